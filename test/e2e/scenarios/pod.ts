/**
 * The Pod that the manifests describe, really run (R23, R24, R31, R34): sidecar and speaker as two processes
 * with the root, mounts, user, capabilities, environment and arguments of the rendered DaemonSet, with the
 * speaker's own service account and MetalLB's own RBAC, on a network with the ports of the manifests.
 * Whatever a kubelet would do, the scenario does: start order, probes, restarts, the end.
 */

import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { installMetallb, OWN_NODE } from '../metallb.ts';
import { Scrape } from '../metrics.ts';
import { swapConfigMap } from '../pod/config-map.ts';
import { NetworkUnavailable, NODE_IP, PodNetwork } from '../pod/network.ts';
import type { Pod } from '../pod/pod.ts';
import { makeImage, makePod } from '../pod/speaker-pod.ts';
import type { PodGiven } from '../pod/speaker-pod.ts';
import { Speaker } from '../speaker.ts';
import type { Scenario } from './scenario.ts';

const PODS: readonly Pick<PodGiven, 'version' | 'variant' | 'by'>[] = [
  { version: 'v0.14.5', variant: 'native', by: 'component' },
  { version: 'v0.14.5', variant: 'ordinary', by: 'component' },
  { version: 'v0.16.1', variant: 'native', by: 'inject' },
];
const STATE = 'watchsieve';
const SECRETS_MOUNT = 'var/run/secrets/kubernetes.io/serviceaccount';
const NET_RAW = 1n << 13n;
const HEARTBEATS_PER_SECOND = 40;

export const podScenario: Scenario = {
  title: "the DaemonSet's Pod",
  run: async (rig) => {
    const folder = await mkdtemp(join(rig.cluster.folder, 'pod-'));
    let network: PodNetwork;
    try {
      network = await PodNetwork.start(folder, rig.cluster.server);
    } catch (error) {
      if (!(error instanceof NetworkUnavailable)) throw error;
      rig.report.skip('sidecar and speaker as the manifests run them (R34)', error.message);
      return;
    }
    try {
      const kubeconfig = await rig.cluster.writeKubeconfig('pod.kubeconfig', 'admin');
      await installMetallb(rig, kubeconfig);
      const image = await makeImage(rig.program, folder);
      for (const pod of PODS) await PodProof.run({ rig, network, kubeconfig, image, ...pod });
    } finally {
      await network.stop();
    }
  },
};

class PodProof {
  readonly #given: PodGiven;
  readonly #pod: Pod;
  readonly #title: string;

  private constructor(given: PodGiven, pod: Pod) {
    this.#given = given;
    this.#pod = pod;
    this.#title = `${given.version}, ${given.variant}, by ${given.by}`;
  }

  static async run(given: PodGiven): Promise<void> {
    const pod = await makePod(given);
    try {
      const proof = new PodProof(given, pod);
      if (given.variant === 'ordinary') await proof.#startTooEarly();
      await proof.#start();
      await proof.#privileges();
      await proof.#heartbeats();
      await proof.#killSwitch();
      await proof.#diversion();
      await proof.#restartSidecar();
      await proof.#restartSpeaker();
      await proof.#end();
    } finally {
      await pod.kill();
    }
  }

  /** No start order is given to ordinary containers: the speaker may be the first. */
  async #startTooEarly(): Promise<void> {
    await this.#check(
      'a speaker that starts before the sidecar listens ends, and does not go round it',
      async () => {
        const lists = (await this.#speakerLists()).length;
        await this.#pod.runInit('watchsieve-init');
        const speaker = await this.#pod.run('speaker');
        assert.notEqual(await speaker.exited, 0);
        const words = [...speaker.stdout.lines, ...speaker.stderr.lines].join('\n');
        assert.match(words, /127\.0\.0\.1:17480: connect: connection refused/);
        assert.equal((await this.#speakerLists()).length, lists);
      },
    );
  }

  async #start(): Promise<void> {
    const { variant } = this.#given;
    const sentence =
      variant === 'native'
        ? 'the sidecar is ready before the speaker starts, which then works (R24)'
        : 'the kubeconfig is there before the speaker starts, which works when the sidecar does (R24)';
    await this.#check(sentence, async () => {
      const started = await this.#pod.start();
      const before = variant === 'native' ? ['watchsieve'] : ['watchsieve-init', 'watchsieve'];
      assert.deepEqual(started, [...before, 'speaker']);
      await this.#speakerWorks();
      assert.ok((await this.#speakerLists()).length >= 1, 'the speaker has not listed Nodes');
      const scrape = await this.#scrape();
      assert.equal(scrape.gauge('watchsieve_streams'), 1, 'its watch does not come through the sidecar');
    });
  }

  /** A kubelet starts it again until it finds the sidecar listening. */
  async #speakerWorks(): Promise<void> {
    while (this.#given.variant === 'ordinary') {
      const isUp = await this.#speaker()
        .announced(1)
        .then(
          () => true,
          () => false,
        );
      if (isUp || !this.#pod.child('speaker').hasExited) break;
      await this.#pod.startContainer('speaker');
    }
    await this.#speaker().announced(1);
  }

  /** What the container's spec takes away is really gone, on both sides. */
  async #privileges(): Promise<void> {
    const sidecar = this.#pod.child('watchsieve');
    await this.#check(
      'the sidecar is nobody: no root, no capability, no token, nothing to write but its state (R35)',
      async () => {
        const status = await readFile(`/proc/${sidecar.pid}/status`, 'utf8');
        assert.match(status, /^Uid:\t65532\t65532\t65532\t65532$/m);
        assert.match(status, /^Cap(Eff|Prm|Bnd):\t0+$/m);
        assert.match(status, /^NoNewPrivs:\t1$/m);
        const root = `/proc/${sidecar.pid}/root`;
        assert.deepEqual(await readdir(join(root, SECRETS_MOUNT)), ['ca.crt']);
        await assert.rejects(writeFile(join(root, 'any'), ''), { code: 'EROFS' });
        assert.deepEqual((await readdir(join(root, 'app'))).includes('watchsieve.js'), true);
      },
    );
    await this.#check(
      "the speaker, root without DAC_OVERRIDE, reads the kubeconfig and no key of the sidecar's (R24)",
      async () => {
        const { pid } = this.#pod.child('speaker');
        const capabilities = /^CapEff:\t(\w+)$/m.exec(await readFile(`/proc/${pid}/status`, 'utf8'))?.[1];
        assert.equal(BigInt(`0x${capabilities ?? ''}`), NET_RAW);
        assert.equal(await this.#catAsSpeaker('kubeconfig'), 0);
        assert.equal(await this.#catAsSpeaker('ca.crt'), 0);
        for (const key of ['ca.key', 'tls.key']) assert.equal(await this.#catAsSpeaker(key), 1, key);
      },
    );
  }

  async #heartbeats(): Promise<void> {
    await this.#check(
      'heartbeats are swallowed, and metrics are read on the address of the Pod (R28, R29)',
      async () => {
        const load = { heartbeatsPerSecond: HEARTBEATS_PER_SECOND, seconds: 3, change: 'none' } as const;
        await this.#given.rig.nodes.load(load);
        await this.#until((scrape) => scrape.swallowedShare() > 0.3);
        (await this.#scrape()).assertSumRule();
        const outside = await this.#given.network.get(`http://${NODE_IP}:17482/debug/config`);
        assert.equal(outside.status, 404);
      },
    );
    const megabytes = (name: string) => (this.#pod.child(name).usage().rssBytes / 1e6).toFixed(0);
    this.#given.rig.report.note(
      `${this.#title}: RSS sidecar ${megabytes('watchsieve')} MB, speaker ${megabytes('speaker')} MB`,
    );
  }

  /** The ConfigMap is made, changed and changed back; the kubelet swaps what is mounted. */
  async #killSwitch(): Promise<void> {
    const { rig } = this.#given;
    const turn = async (mode: string, version: string) => {
      await swapConfigMap(this.#pod.volume('watchsieve-config'), version, {
        'config.yaml': `mode: ${mode}\n`,
      });
      await this.#until((scrape) => scrape.sum('watchsieve_build_info', { mode }) === 1);
    };
    await this.#check(
      'the ConfigMap turns the running sidecar to observe: everything is forwarded, with no restart and no LIST (R21)',
      async () => {
        const [sidecar, speaker] = ['watchsieve', 'speaker'].map((name) => this.#pod.child(name));
        const lists = (await this.#speakerLists()).length;
        await turn('observe', '2026_01_01_1');
        const before = await this.#scrape();
        const load = { heartbeatsPerSecond: HEARTBEATS_PER_SECOND, seconds: 2, change: 'none' } as const;
        const { heartbeats } = await rig.nodes.load(load);
        const verdicts = (scrape: Scrape, verdict: string) =>
          scrape.sum('watchsieve_events_total', { verdict });
        const would = (scrape: Scrape) =>
          verdicts(scrape, 'would_swallow') - verdicts(before, 'would_swallow');
        await this.#until((scrape) => would(scrape) >= heartbeats / 2);
        const after = await this.#scrape();
        after.assertSumRule();
        assert.equal(verdicts(after, 'swallowed'), verdicts(before, 'swallowed'));
        await turn('filter', '2026_01_01_2');
        await rig.nodes.load(load);
        await this.#until((scrape) => verdicts(scrape, 'swallowed') > verdicts(before, 'swallowed'));
        assert.ok(sidecar?.hasExited === false && speaker?.hasExited === false);
        assert.equal((await this.#speakerLists()).length, lists);
      },
    );
  }

  /** By somebody who may write the ConfigMap and nothing else. */
  async #diversion(): Promise<void> {
    await this.#check(
      'a ConfigMap that names another API server is refused, by the running sidecar and by one that starts (I7, R33)',
      async () => {
        const volume = this.#pod.volume('watchsieve-config');
        const isValid = (value: number) => (scrape: Scrape) =>
          scrape.sum('watchsieve_config_file_valid') === value;
        await swapConfigMap(volume, '2026_01_01_3', {
          'config.yaml': 'mode: observe\nkubeconfig: /etc/watchsieve/elsewhere\n',
        });
        await this.#until(isValid(0));
        assert.equal((await this.#scrape()).sum('watchsieve_build_info', { mode: 'filter' }), 1);
        const another = await this.#pod.run('watchsieve');
        assert.equal(await another.exited, 2);
        assert.match(
          another.stderr.lines.join('\n'),
          /^watchsieve: kubeconfig \(\/etc\/watchsieve\/config\.yaml line 2\) is not taken from the default config file/,
        );
        await swapConfigMap(volume, '2026_01_01_4', { 'config.yaml': 'mode: filter\n' });
        await this.#until(isValid(1));
      },
    );
  }

  async #restartSidecar(): Promise<void> {
    const sentence =
      'the sidecar killed and started again has the same CA and port, and the speaker goes on without a LIST (R24, R31)';
    await this.#check(sentence, async () => {
      const lists = (await this.#speakerLists()).length;
      const files = await this.#publicFiles();
      const speaker = this.#speaker();
      this.#pod.child('watchsieve').signal('SIGKILL');
      await this.#pod.child('watchsieve').exited;
      await this.#given.rig.nodes.setNetworkUnavailable(OWN_NODE, true);
      await this.#pod.startContainer('watchsieve');
      await speaker.withdrawn(1);
      await this.#given.rig.nodes.setNetworkUnavailable(OWN_NODE, false);
      await speaker.withdrawnAndAnnounced(1);
      assert.deepEqual(await this.#publicFiles(), files);
      assert.equal((await this.#speakerLists()).length, lists);
    });
  }

  async #restartSpeaker(): Promise<void> {
    await this.#check('the speaker ends and starts again beside the same sidecar', async () => {
      const lists = (await this.#speakerLists()).length;
      await this.#pod.stopContainer('speaker');
      await this.#pod.startContainer('speaker');
      await this.#speaker().announced(1);
      assert.ok((await this.#speakerLists()).length > lists);
      // Until all of it works: one of a few hundred speakers that were told to end while they started hung for 10 s.
      await this.#given.rig.nodes.setNetworkUnavailable(OWN_NODE, true);
      await this.#speaker().withdrawn(1);
      await this.#given.rig.nodes.setNetworkUnavailable(OWN_NODE, false);
      await this.#speaker().withdrawnAndAnnounced(1);
    });
  }

  /** The kubelet ends sidecars after the containers, ordinary ones with them. */
  async #end(): Promise<void> {
    await this.#check('SIGTERM ends the sidecar with exit code 0, after the speaker (R31)', async () => {
      const speaker = await this.#pod.stopContainer('speaker');
      const sidecar = await this.#pod.stopContainer('watchsieve');
      assert.equal(sidecar.code, 0);
      // How a speaker ends is its own affair; a kubelet that waits in vain kills it, and goes on to the sidecar.
      this.#given.rig.report.note(
        `${this.#title}: speaker ended by ${speaker.code} within ${speaker.ms.toFixed(0)} ms, sidecar within ${sidecar.ms.toFixed(0)} ms`,
      );
    });
  }

  #check(sentence: string, body: () => Promise<void>): Promise<void> {
    return this.#given.rig.report.check(`${this.#title}: ${sentence}`, async () => {
      try {
        await body();
      } catch (error) {
        // A program that ended says why on stderr, which nobody else shows.
        throw new Error(`${messageOf(error)}\n${this.#pod.lastWords()}`, { cause: error });
      }
    });
  }

  /** What its log tells since its last start. */
  #speaker(): Speaker {
    return Speaker.over(this.#pod.child('speaker'), this.#title);
  }

  async #speakerLists(): Promise<readonly string[]> {
    const requests = await this.#given.rig.cluster.nodeRequests();
    const isList = ({ verb, target }: { verb: string; target: string }) =>
      verb === 'list' || target.includes('sendInitialEvents=true');
    return requests.filter((r) => r.client.startsWith('speaker/') && isList(r)).map(({ target }) => target);
  }

  async #scrape(): Promise<Scrape> {
    return new Scrape((await this.#given.network.get(`http://${NODE_IP}:17482/metrics`)).body);
  }

  async #until(holds: (scrape: Scrape) => boolean): Promise<void> {
    const limit = Date.now() + 20_000;
    while (!holds(await this.#scrape())) assert.ok(Date.now() < limit, 'the metrics do not say so in 20 s');
  }

  /** What clients read once: a restart must not change it. */
  async #publicFiles(): Promise<readonly string[]> {
    const folder = this.#pod.volume(STATE);
    const files = ['kubeconfig', 'ca.crt'].map((file) => join(folder, file));
    for (const file of files) assert.equal((await stat(file)).mode & 0o777, 0o644, file);
    return Promise.all(files.map((file) => readFile(file, 'utf8')));
  }

  /** @returns the exit code of `cat` with the speaker's user, capabilities and mounts. */
  async #catAsSpeaker(file: string): Promise<number | NodeJS.Signals> {
    const image = { entrypoint: ['/cat'], files: { '/cat': '/bin/cat' } };
    const cat = await this.#pod.run('speaker', { image, args: [`/run/watchsieve/${file}`] });
    return cat.exited;
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
