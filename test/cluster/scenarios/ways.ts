/**
 * Each way to put the sidecar beside MetalLB's speaker, in a cluster that really runs the Pod (R34, R44): the address
 * is announced, withdrawn by the label and by the condition, and comes back, as soon as without the sidecar.
 */

import assert from 'node:assert/strict';
import { chartOf } from '../../e2e/metallb-releases.ts';
import { reaction } from '../announcement.ts';
import { Metallb, NAMESPACE } from '../metallb.ts';
import { NEWEST, NOISY, type Rig } from '../rig.ts';
import { SPEAKER_PODS, SpeakerPod } from '../speaker.ts';
import { wait } from '../wait.ts';

/** How much later than without the sidecar the speaker may act; commands and polling are in it twice. */
const LATER_MS = 1500;

interface Way {
  readonly name: string;
  readonly version: string;
  readonly container: 'initContainers' | 'containers' | undefined;
  readonly install: (rig: Rig, metallb: Metallb) => Promise<void>;
  readonly remove: (rig: Rig, metallb: Metallb) => Promise<void>;
}

const SPEAKER = ['-n', NAMESPACE, 'daemonset', 'speaker'] as const;
const ssa = (rig: Rig, metallb: Metallb, file: string) =>
  rig.cluster.kubectl(
    'apply',
    '--server-side',
    '--field-manager=watchsieve',
    '-f',
    metallb.file('ssa', file),
  );
const patch = (rig: Rig, metallb: Metallb, file: string) =>
  rig.cluster.kubectl(
    ...['patch', ...SPEAKER, '--field-manager=watchsieve'],
    ...['--patch-file', metallb.file('patch', file)],
  );

const component = (version: string, name: string): Way => ({
  name: `component ${name}`,
  version,
  container: name === 'sidecar' ? 'initContainers' : 'containers',
  install: (_rig, metallb) => metallb.apply(name),
  remove: (_rig, metallb) => metallb.apply(),
});

const WAYS: readonly Way[] = [
  {
    name: 'without the sidecar',
    version: NOISY,
    container: undefined,
    install: (_rig, metallb) => metallb.apply(),
    remove: () => Promise.resolve(),
  },
  component(NOISY, 'sidecar'),
  {
    name: 'without the sidecar',
    version: NEWEST,
    container: undefined,
    install: (_rig, metallb) => metallb.apply(),
    remove: () => Promise.resolve(),
  },
  component(NEWEST, 'sidecar'),
  component(NEWEST, 'sidecar-ordinary'),
  {
    name: 'patch',
    version: NEWEST,
    container: 'initContainers',
    install: async (rig, metallb) => {
      await patch(rig, metallb, 'speaker-sidecar.yaml');
      await metallb.rolledOut();
    },
    remove: async (rig, metallb) => {
      await patch(rig, metallb, 'remove.yaml');
      await metallb.rolledOut();
    },
  },
  {
    name: 'server-side apply',
    version: NEWEST,
    container: 'initContainers',
    install: async (rig, metallb) => {
      await ssa(rig, metallb, 'speaker-sidecar.yaml');
      await metallb.rolledOut();
    },
    remove: async (rig, metallb) => {
      await ssa(rig, metallb, 'remove.yaml');
      await metallb.rolledOut();
    },
  },
  {
    name: 'webhook',
    version: NEWEST,
    container: 'initContainers',
    install: byWebhook,
    remove: removeWebhook,
  },
  {
    name: 'Helm with the post-renderer',
    version: NEWEST,
    container: 'initContainers',
    install: async (rig, metallb) => {
      await metallb.delete();
      await byHelm(rig, metallb, true);
    },
    remove: (rig, metallb) => byHelm(rig, metallb, false),
  },
];

export async function ways(rig: Rig): Promise<void> {
  let metallb: Metallb | undefined;
  /** Of each release without the sidecar, by what was changed. */
  const direct = new Map<string, number>();
  for (const way of WAYS) {
    rig.report.title(`MetalLB ${way.version}, ${way.name}`);
    if (metallb?.version !== way.version) {
      await metallb?.delete();
      metallb = await Metallb.prepare(rig.cluster, rig.assets, way.version);
    }
    await tryWay(rig, metallb, way, direct);
  }
  await metallb?.delete();
}

async function tryWay(rig: Rig, metallb: Metallb, way: Way, direct: Map<string, number>): Promise<void> {
  const { report, cluster } = rig;
  const pod = new SpeakerPod(cluster);
  const title = `${way.version}, ${way.name}`;
  const start = performance.now();
  await report.check(`${title}: the speaker runs${way.container ? ' beside its sidecar' : ''}`, async () => {
    await way.install(rig, metallb);
    await assertSidecar(rig, way.container);
    report.note(`rolled out after ${((performance.now() - start) / 1000).toFixed(1)} s`);
    if (way.container !== undefined) await pod.watches();
    await wait('MetalLB gives the Service its address', 100_000, () => metallb.announce().then(() => true));
  });
  for (const by of ['label', 'condition'] as const) {
    await report.check(`${title}: the address goes with the Node's ${by}, and comes back`, async () => {
      const { withdrawn, announced } = await reaction(cluster, pod, by);
      report.note(
        `withdrawn after ${withdrawn.toFixed(0)} ms, announced again after ${announced.toFixed(0)} ms`,
      );
      for (const [what, ms] of Object.entries({ withdrawn, announced })) {
        const key = `${way.version} ${by} ${what}`;
        if (way.container === undefined) direct.set(key, ms);
        else
          assert.ok(
            ms <= (direct.get(key) ?? 0) + LATER_MS,
            `${what}: ${ms} ms, directly ${direct.get(key)} ms`,
          );
      }
    });
  }
  if (way.container !== undefined)
    await report.check(`${title}: starting and working made no Warning event`, async () => {
      assert.deepEqual(await pod.warnings(), []);
    });
  await report.check(`${title}: comes off`, async () => {
    await way.remove(rig, metallb);
    await assertSidecar(rig, undefined);
  });
}

/** On every running Pod of a speaker: as that kind of container, or not at all. */
async function assertSidecar({ cluster }: Pick<Rig, 'cluster'>, list: Way['container']): Promise<void> {
  for (const each of ['initContainers', 'containers'] as const) {
    const path = `jsonpath={.items[*].spec.${each}[*].name}`;
    const pods = [
      '-n',
      NAMESPACE,
      'get',
      'pods',
      '-l',
      SPEAKER_PODS,
      '--field-selector=status.phase=Running',
    ];
    const names = (await cluster.kubectl(...pods, '-o', path)).split(/\s+/);
    assert.equal(names.includes('watchsieve'), each === list, `${each}: ${names.join(' ')}`);
  }
}

/** As docs/webhook.md says: the webhook, the label, then new Pods. */
async function byWebhook({ cluster }: Rig, metallb: Metallb): Promise<void> {
  await cluster.kubectl('apply', '--server-side', '-k', metallb.file('webhook'));
  const webhook = 'deployment/watchsieve-webhook';
  await cluster.kubectl('-n', 'watchsieve-system', 'rollout', 'status', webhook, '--timeout=55s');
  await cluster.kubectl('label', 'namespace', NAMESPACE, 'watchsieve.dev/injection=enabled', '--overwrite');
  await wait('the webhook is called', 30_000, async () => {
    await cluster.kubectl('rollout', 'restart', ...SPEAKER.slice(0, 2), 'daemonset/speaker');
    await metallb.rolledOut();
    await assertSidecar({ cluster }, 'initContainers');
    return true;
  });
}

async function removeWebhook({ cluster }: Rig, metallb: Metallb): Promise<void> {
  await cluster.kubectl('label', 'namespace', NAMESPACE, 'watchsieve.dev/injection-');
  await cluster.kubectl('delete', '--timeout=50s', '-k', metallb.file('webhook'));
  await cluster.kubectl('rollout', 'restart', ...SPEAKER.slice(0, 2), 'daemonset/speaker');
  await metallb.rolledOut();
}

/** MetalLB's chart, with the post-renderer and without it. */
async function byHelm(rig: Rig, metallb: Metallb, sidecar: boolean): Promise<void> {
  const { cluster, assets } = rig;
  const helm = await cluster.helm(assets);
  if (sidecar) await helm('plugin', 'install', metallb.file('helm'));
  const chart = await chartOf(assets, NEWEST);
  const values = ['--set', 'speaker.frr.enabled=false,frrk8s.enabled=false'];
  const renderer = sidecar ? ['--post-renderer', 'watchsieve'] : [];
  const install = ['upgrade', '--install', 'metallb', chart, '-n', NAMESPACE, '--create-namespace'];
  await helm(...install, ...values, ...renderer);
  await metallb.rolledOut('metallb-speaker');
}
