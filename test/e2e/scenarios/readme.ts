/**
 * What a reader copies from README and docs/install.md, run word for word on a real API server, in a folder that holds
 * the manifests as a clone does. Left out is what needs a container engine or a kubelet. Whatever would install all of
 * MetalLB is a server's dry run, and what is fetched from GitHub or a chart repository is taken from MetalLB's module.
 */

import assert from 'node:assert/strict';
import { cp, mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { delimiter, dirname, join, relative } from 'node:path';

import { stringify } from 'yaml';

import { codeLinesOf, codeSpansOf, DOCUMENTS } from '../../docs/documents.ts';
import { valueAt } from '../../support/json-value.ts';
import { installMetallb } from '../metallb.ts';
import { chartOf, copyConfig, RELEASES } from '../metallb-releases.ts';
import { kustomize, parseRendering, run } from '../rendering.ts';
import type { Rig, Scenario } from './scenario.ts';

const ROOT = join(import.meta.dirname, '..', '..', '..');
const SPEAKER = '/apis/apps/v1/namespaces/metallb-system/daemonsets/speaker';
const BASE = /github\.com\/metallb\/metallb\/config\/(native|frr|frr-k8s)\?ref=\S+/;

export const readmeScenario: Scenario = {
  title: 'the commands of README and docs/install.md',
  run: async (rig) => (await Reader.open(rig)).read(),
};

class Reader {
  readonly #rig: Rig;
  /** What a clone is to a reader. */
  readonly #folder: string;
  readonly #kubeconfig: string;
  readonly #config: string;
  readonly #chart: string;
  readonly #helm: string;

  private constructor(given: {
    readonly rig: Rig;
    readonly folder: string;
    readonly kubeconfig: string;
    readonly config: string;
    readonly chart: string;
    readonly helm: string;
  }) {
    this.#rig = given.rig;
    this.#folder = given.folder;
    this.#kubeconfig = given.kubeconfig;
    this.#config = given.config;
    this.#chart = given.chart;
    this.#helm = given.helm;
  }

  static async open(rig: Rig): Promise<Reader> {
    const { assets, cluster } = rig;
    const folder = await mkdtemp(join(cluster.folder, 'readme-'));
    const kubeconfig = await cluster.writeKubeconfig('readme.kubeconfig', 'admin');
    await installMetallb(rig, kubeconfig);
    await cp(join(ROOT, 'manifests'), join(folder, 'manifests'), { recursive: true });
    const version = RELEASES.at(-1)?.version ?? assert.fail('no release');
    const config = await copyConfig(assets, version, folder);
    for (const flavour of ['native', 'frr', 'frr-k8s']) {
      const overlay = join(folder, 'manifests', 'overlays', flavour);
      const file = join(overlay, 'kustomization.yaml');
      const text = await readFile(file, 'utf8');
      assert.match(text, BASE);
      await writeFile(file, text.replace(BASE, relative(overlay, join(config, flavour))));
    }
    const [chart, helm] = [await chartOf(assets, version), await assets.helm()];
    return new Reader({ rig, folder, kubeconfig, config, chart, helm });
  }

  async read(): Promise<void> {
    const { report } = this.#rig;
    const readme = commandsOf('README.md', 'kubectl ');
    const install = commandsOf('docs/install.md', 'kubectl ');
    const apply = commandsOf('docs/install.md', 'manifests/ssa/apply.sh ');
    await report.check(
      'before an image is named, none of them changes anything, and each says what is missing (R34)',
      () => this.#refusesWithoutImage([...readme, ...install, ...apply]),
    );
    await report.check('README and docs/install.md name the image by one and the same command', async () => {
      const [command, ...others] = ['README.md', 'docs/install.md'].flatMap((path) =>
        commandsOf(path, 'sh manifests/image.sh '),
      );
      assert.ok(command !== undefined);
      assert.deepEqual(others, [command]);
      await this.#sh(command);
    });
    await report.check(
      'kubectl apply -k, as README and docs/install.md say it, is accepted (R34)',
      async () => {
        const applies = [...readme, ...install].filter((command) =>
          command.startsWith('kubectl apply -k manifests/overlays/native'),
        );
        assert.ok(applies.length >= 2);
        for (const command of applies) {
          for (const flavour of ['native', 'frr', 'frr-k8s']) {
            const said = await this.#sh(
              `${command.replace(/ +#.*/, '').replace('native', flavour)} --dry-run=server`,
            );
            assert.match(said, /daemonset\.apps\/speaker .*\(server dry run\)/);
          }
        }
      },
    );
    await report.check('Helm 4 calls watchsieve inject - as its post-renderer (R44)', () =>
      this.#helmCallsInject(),
    );
    await this.#onAndOff('the patches of README', readme, ' patch daemonset ', '--server-side=false');
    await this.#onAndOff(
      'the patches of docs/install.md',
      install,
      ' patch daemonset ',
      '--server-side=false',
    );
    await this.#onAndOff('its server-side apply', apply, 'apply.sh ', '--server-side');
    await report.check(
      'helm upgrade --post-renderer, as docs/install.md says it for Helm 4, is accepted (R34)',
      async () => {
        const [plugin, ...upgrades] = commandsOf('docs/install.md', 'helm ').filter(
          (command) => !command.endsWith('.sh'),
        );
        assert.equal(plugin, 'helm plugin install manifests/helm');
        await this.#sh(plugin);
        const upgrade =
          upgrades.find((command) => command.endsWith('--post-renderer watchsieve')) ?? assert.fail();
        const here = upgrade.replace('metallb/metallb', this.#chart).replace(/\bmetallb-system\b/, 'default');
        const said = await this.#sh(`${here} --dry-run=client`);
        assert.match(said, /image: registry\.example\.com\/watchsieve:/);
        assert.match(said, /name: KUBECONFIG/);
      },
    );
  }

  /** The speaker that runs stays as it is. */
  async #refusesWithoutImage(commands: readonly string[]): Promise<void> {
    const installs = commands.filter((command) =>
      / apply -k manifests\/overlays\/native|-sidecar\.yaml$/.test(command.replace(/ +#.*/, '')),
    );
    assert.ok(installs.length >= 5, installs.join('\n'));
    await this.#installSpeaker('--server-side');
    try {
      const before = await this.#spec();
      for (const command of installs) {
        const said = command.includes(' -k ')
          ? /no image is named, run: sh manifests\/image\.sh REGISTRY\/NAME:TAG/
          : /initContainers\[0\]\.image: Required value/;
        await assert.rejects(this.#sh(command), said, command);
      }
      assert.deepEqual(await this.#spec(), before);
    } finally {
      await this.#sh('kubectl delete -f speaker.yaml');
    }
  }

  /** MetalLB's speaker as its manifests have it. */
  async #installSpeaker(how: string): Promise<void> {
    const rendering = parseRendering(await kustomize(this.#rig.assets.kubectl, join(this.#config, 'native')));
    const file = join(this.#folder, 'speaker.yaml');
    await writeFile(file, stringify(rendering.get('DaemonSet/metallb-system/speaker')));
    await this.#sh(`kubectl apply ${how} -f speaker.yaml`);
  }

  /** Helm 4 takes post-renderers from plugins only; docs/inject.md has this one. */
  async #helmCallsInject(): Promise<void> {
    const document = DOCUMENTS.find(({ path }) => path === 'docs/inject.md') ?? assert.fail();
    const plugin =
      /^ *```yaml\n([\s\S]*?postrenderer[\s\S]*?)^ *```/m.exec(document.text)?.[1] ?? assert.fail();
    const folder = join(this.#folder, 'inject-plugin');
    await mkdir(folder);
    await writeFile(join(folder, 'plugin.yaml'), plugin);
    const command = join(this.#folder, 'watchsieve');
    await writeFile(command, `#!/bin/sh\nexec '${process.execPath}' '${this.#rig.program}' "$@"\n`, {
      mode: 0o755,
    });
    await this.#sh('helm plugin install ./inject-plugin');
    const chart = `helm template lb '${this.#chart}' --post-renderer watchsieve-inject`;
    assert.match(await this.#sh(chart), /watchsieve\.dev\/injected/);
  }

  /** The first command puts the sidecar on, the second takes it off again without a trace. */
  async #onAndOff(title: string, commands: readonly string[], words: string, how: string): Promise<void> {
    const { report } = this.#rig;
    await report.check(`${title}: on, and off again without a trace (R34)`, async () => {
      const [on, off, ...more] = commands.filter((command) => command.includes(words));
      assert.ok(on !== undefined && off !== undefined && more.length === 0, commands.join('\n'));
      await this.#installSpeaker(how);
      try {
        const before = await this.#spec();
        await this.#sh(on);
        assert.match(JSON.stringify(await this.#spec()), /"name":"watchsieve"/);
        await this.#sh(off);
        assert.deepEqual(await this.#spec(), before);
      } finally {
        await this.#sh('kubectl delete -f speaker.yaml');
      }
    });
  }

  async #spec(): Promise<unknown> {
    return valueAt(await this.#rig.cluster.admin.getJson(SPEAKER), 'spec');
  }

  /** As in a reader's terminal. */
  #sh(command: string): Promise<string> {
    const path = [
      this.#folder,
      dirname(this.#rig.assets.kubectl),
      dirname(this.#helm),
      process.env['PATH'] ?? '',
    ];
    return run({
      command: 'sh',
      args: ['-c', command],
      cwd: this.#folder,
      env: {
        PATH: path.join(delimiter),
        KUBECONFIG: this.#kubeconfig,
        KUBECACHEDIR: join(this.#folder, 'cache'),
        HELM_DATA_HOME: join(this.#folder, 'helm-data'),
        HELM_CONFIG_HOME: join(this.#folder, 'helm-config'),
        HELM_CACHE_HOME: join(this.#folder, 'helm-cache'),
      },
    });
  }
}

/** Every command of a document that begins so, in fences or between backticks, once each. */
function commandsOf(path: string, beginning: string): readonly string[] {
  const document = DOCUMENTS.find((each) => each.path === path) ?? assert.fail(`no ${path}`);
  const all = [...codeLinesOf(document), ...codeSpansOf(document)].map((line) => line.trim());
  return [...new Set(all.filter((line) => line.startsWith(beginning)))];
}
