/**
 * What docs/operate.md says at three in the morning, run word for word on a real API server: the switch of the filter,
 * the speaker of a node, all speakers, and what is asked of the admin port. What needs a kubelet (exec, logs,
 * port-forward) is only seen to be asked for, with the arguments it would get.
 */

import assert from 'node:assert/strict';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';

import { parse } from 'yaml';

import { DOCUMENTS } from '../../docs/documents.ts';
import { listAt, textAt, valueAt } from '../../support/json-value.ts';
import { installMetallb } from '../metallb.ts';
import { watchAs } from '../named-clients.ts';
import type { Proxy } from '../proxy.ts';
import { run } from '../rendering.ts';
import { makePod } from '../webhook-pods.ts';
import { type Rig, type Scenario, withProxy } from './scenario.ts';

const NAMESPACE = 'metallb-system';
const CONFIG_MAP = `/api/v1/namespaces/${NAMESPACE}/configmaps/watchsieve`;
const PODS = `/api/v1/namespaces/${NAMESPACE}/pods`;
/** A ConfigMap that somebody has kept for long. */
const KEPT = {
  'config.yaml': '# Ours.\npreset: heartbeat\nmode: filter\nlogLevel: debug # for a while\n',
  other: 'somebody else reads this\n',
};

export const operateScenario: Scenario = {
  title: 'the commands of docs/operate.md',
  run: async (rig) => {
    const reader = await Reader.open(rig);
    await reader.switches();
    await reader.findsSpeakers();
    await withProxy(rig, (proxy) => reader.asks(proxy));
  },
};

class Reader {
  readonly #rig: Rig;
  readonly #folder: string;
  readonly #kubeconfig: string;

  private constructor(rig: Rig, folder: string, kubeconfig: string) {
    this.#rig = rig;
    this.#folder = folder;
    this.#kubeconfig = kubeconfig;
  }

  static async open(rig: Rig): Promise<Reader> {
    const folder = await mkdtemp(join(rig.cluster.folder, 'operate-'));
    const kubeconfig = await rig.cluster.writeKubeconfig('operate.kubeconfig', 'admin');
    await installMetallb(rig, kubeconfig);
    const shim = `#!/bin/sh
case " $* " in *" exec "*) echo "asked: $*" ;; *) exec '${rig.assets.kubectl}' "$@" ;; esac
`;
    await writeFile(join(folder, 'kubectl'), shim, { mode: 0o755 });
    return new Reader(rig, folder, kubeconfig);
  }

  /** Off and on again, whatever the ConfigMap holds. */
  async switches(): Promise<void> {
    const { report, cluster } = this.#rig;
    const { admin } = cluster;
    const block = blockWith('set_mode()');
    const [create = ''] = block.split('\n');
    const [define = ''] = block.slice(create.length + 1).split('set_mode observe');
    assert.match(create, /^kubectl .* create configmap watchsieve$/);
    await report.check(
      'set_mode turns the filter off and on where there was no ConfigMap (R33)',
      async () => {
        await this.#sh(block);
        assert.deepEqual(await this.#settings(), { mode: 'filter' });
        await this.#sh(`${define}set_mode observe`);
        assert.deepEqual(await this.#settings(), { mode: 'observe' });
      },
    );
    await admin.send('DELETE', CONFIG_MAP, {});
    await report.check('it keeps the other settings, their comments, and the other keys', async () => {
      const metadata = { name: 'watchsieve', annotations: { ours: 'yes' } };
      await admin.send('POST', dirname(CONFIG_MAP), { metadata, data: KEPT });
      await this.#sh(`${define}set_mode observe`);
      assert.deepEqual(await this.#settings(), { preset: 'heartbeat', logLevel: 'debug', mode: 'observe' });
      await this.#sh(`${define}set_mode filter`);
      assert.deepEqual(await this.#settings(), { preset: 'heartbeat', logLevel: 'debug', mode: 'filter' });
      const after = await admin.getJson(CONFIG_MAP);
      assert.match(textAt(after, 'data', 'config.yaml'), /^# Ours\.\n[^]*# for a while$/m);
      assert.equal(textAt(after, 'data', 'other'), KEPT.other);
      assert.equal(textAt(after, 'metadata', 'annotations', 'ours'), 'yes');
    });
    await admin.send('DELETE', CONFIG_MAP, {});
  }

  async #settings(): Promise<unknown> {
    return parse(textAt(await this.#rig.cluster.admin.getJson(CONFIG_MAP), 'data', 'config.yaml'));
  }

  async findsSpeakers(): Promise<void> {
    const { report, cluster } = this.#rig;
    const { admin } = cluster;
    const [list = '', ...loop] = blockWith('--field-selector').split(/\n(?=for )/);
    const serviceAccounts = `/api/v1/namespaces/${NAMESPACE}/serviceaccounts`;
    if ((await admin.get(`${serviceAccounts}/default`)).status !== 200)
      await admin.send('POST', serviceAccounts, { metadata: { name: 'default' } });
    const made = await Promise.all(
      ['node-a', 'node-b'].map(async (nodeName) => {
        const { status, pod } = await makePod(admin, NAMESPACE, {
          metadata: { labels: { component: 'speaker' } },
          spec: {
            nodeName,
            automountServiceAccountToken: false,
            tolerations: [{ operator: 'Exists' }],
            containers: [{ name: 'watchsieve', image: 'registry.example.com/watchsieve:1' }],
          },
        });
        assert.equal(status, 201, JSON.stringify(pod));
        return textAt(pod, 'metadata', 'name');
      }),
    );
    try {
      const [first = '', second = ''] = made;
      await report.check('the speaker of a node is found, and no other (R33)', async () => {
        const said = await this.#sh(list.replace('NODE', 'node-b'));
        assert.ok(said.includes(second) && !said.includes(first), said);
      });
      await report.check('each speaker is checked', async () => {
        const said = await this.#sh(loop.join('\n'));
        for (const name of made)
          assert.ok(
            said.includes(
              `== pod/${name}\nasked: -n ${NAMESPACE} exec pod/${name} -c watchsieve -- /nodejs/bin/node /app/watchsieve.js check`,
            ),
            said,
          );
      });
    } finally {
      for (const name of made) await admin.send('DELETE', `${PODS}/${name}?gracePeriodSeconds=0`, {});
    }
  }

  /** The lines for the admin port, of the running program. */
  async asks(proxy: Proxy): Promise<void> {
    const { report } = this.#rig;
    const lines = documentText()
      .split('\n')
      .map((line) => line.replace(/^\$ /, ''))
      .filter((line) => line.startsWith('curl '));
    assert.ok(lines.length >= 6, lines.join('\n'));
    const watches = await watchAs(proxy, [{ agent: 'speaker/v0.14.5', encoding: 'json' }]);
    await proxy.until('the watch is open', (scrape) => scrape.sum('watchsieve_streams') === 1);
    for (const line of new Set(lines))
      await report.check(`${line.replace(/ +#.*/, '')} is answered`, async () => {
        const asked = line.replace('127.0.0.1:17481', proxy.admin).replace('NODE', 'node-0001');
        const said = await this.#sh(asked);
        assert.match(said, /readyz check passed|^watchsieve_streams\{.*\} 1$|^[[{]/m);
        assert.doesNotMatch(said, /"error"|not found/i);
        if (line.includes('/debug/explain')) assert.ok(Array.isArray(listAt(JSON.parse(said), 'streams')));
        if (line.includes('/debug/config')) assert.ok(valueAt(JSON.parse(said), 'settings') !== undefined);
      });
    await Promise.all(watches.map((watch) => watch.close()));
  }

  /** As in a reader's terminal. */
  #sh(command: string): Promise<string> {
    const path = [this.#folder, dirname(process.execPath), process.env['PATH'] ?? ''].join(delimiter);
    const env = { PATH: path, KUBECONFIG: this.#kubeconfig, KUBECACHEDIR: join(this.#folder, 'cache') };
    return run({ command: 'sh', args: ['-c', command], cwd: this.#folder, env });
  }
}

function documentText(): string {
  return DOCUMENTS.find(({ path }) => path === 'docs/operate.md')?.text ?? assert.fail('no docs/operate.md');
}

/** The lines to be typed, of the one block with this in it. */
function blockWith(part: string): string {
  const blocks = [...documentText().matchAll(/^```sh\n([^]*?)^```$/gm)].map(([, body = '']) => body);
  const [block, ...others] = blocks.filter((body) => body.includes(part));
  assert.ok(block !== undefined && others.length === 0, part);
  return block.trimEnd();
}
