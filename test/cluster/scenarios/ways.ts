/**
 * Each way to put the sidecar beside MetalLB's speaker, in a cluster that really runs the Pod (R34, R44): the address
 * is announced, withdrawn by the label and by the condition, and comes back, as soon as without the sidecar.
 */

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { chartOf } from '../../e2e/metallb-releases.ts';
import { reaction } from '../announcement.ts';
import { Metallb, NAMESPACE } from '../metallb.ts';
import type { Helm } from '../cluster.ts';
import type { Rig } from '../rig.ts';
import { SPEAKER_PODS, SpeakerPod } from '../speaker.ts';
import { wait } from '../wait.ts';

/** How much later than without the sidecar the speaker may act; commands and polling are in it twice. */
const LATER_MS = 1500;
/** Other work of the machine makes one reaction late now and then; a delay of the sidecar's own makes all of them late. */
const TRIES = 3;

/** Something that is put into the cluster and taken out again. */
interface Installation {
  readonly name: string;
  readonly install: (rig: Rig, metallb: Metallb) => Promise<void>;
  readonly remove: (rig: Rig, metallb: Metallb) => Promise<void>;
}

interface Way extends Installation {
  readonly container: 'initContainers' | 'containers' | undefined;
  /** Where MetalLB itself came this way too: takes it off. */
  readonly leave?: (rig: Rig) => Promise<void>;
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

const component = (name: string): Way => ({
  name: `component ${name}`,
  container: name === 'sidecar' ? 'initContainers' : 'containers',
  install: (_rig, metallb) => metallb.apply(name),
  remove: (_rig, metallb) => metallb.apply(),
});

/** With the files that put it on a speaker that runs and take it off. */
const onTheRunning = (name: string, change: typeof patch): Way => {
  const after = (file: string) => async (rig: Rig, metallb: Metallb) => {
    await change(rig, metallb, file);
    await metallb.rolledOut();
  };
  return {
    name,
    container: 'initContainers',
    install: after('speaker-sidecar.yaml'),
    remove: after('remove.yaml'),
  };
};

const byHelm = (
  name: string,
  helmOf: (rig: Rig) => Promise<Helm>,
  renderer: (metallb: Metallb) => string,
  force: readonly string[] = [],
): Way => {
  const upgrade = async (rig: Rig, metallb: Metallb, flags: readonly string[]) => {
    const chart = await chartOf(rig.assets, metallb.version);
    const values = ['--set', 'speaker.frr.enabled=false,frrk8s.enabled=false'];
    const install = ['upgrade', '--install', 'metallb', chart, '-n', NAMESPACE, '--create-namespace'];
    await (
      await helmOf(rig)
    )(...install, ...values, ...flags, ...force);
    await metallb.rolledOut('metallb-speaker');
  };
  return {
    name: `${name} with the post-renderer`,
    container: 'initContainers',
    install: async (rig, metallb) => {
      await metallb.delete();
      await upgrade(rig, metallb, ['--post-renderer', renderer(metallb)]);
    },
    remove: (rig, metallb) => upgrade(rig, metallb, []),
    leave: async (rig) => {
      await (
        await helmOf(rig)
      )('uninstall', 'metallb', '-n', NAMESPACE, '--wait');
    },
  };
};

const webhook: Installation = {
  name: 'webhook',
  install: async ({ cluster }, metallb) => {
    await cluster.kubectl('apply', '--server-side', '-k', metallb.file('webhook'));
  },
  remove: async ({ cluster }, metallb) => {
    await cluster.kubectl('delete', '--timeout=50s', '-k', metallb.file('webhook'));
  },
};
const WEBHOOK = ['watchsieve-webhook', '-n', 'watchsieve-system'] as const;
const chart: Installation = {
  name: "webhook by Helm's chart",
  install: async (rig) => {
    const helm = await rig.cluster.helm(rig.assets.helm);
    const [name, ...where] = WEBHOOK;
    await helm('install', name, rig.release.chart, ...where, '--create-namespace');
  },
  remove: async (rig) => {
    await (
      await rig.cluster.helm(rig.assets.helm)
    )('uninstall', ...WEBHOOK);
    await rig.cluster.kubectl('delete', 'namespace', 'watchsieve-system', '--timeout=50s');
  },
};

/** The first is what the others are compared with. */
const WAYS: readonly Way[] = [
  {
    name: 'without the sidecar',
    container: undefined,
    install: (_rig, metallb) => metallb.apply(),
    remove: () => Promise.resolve(),
  },
  component('sidecar'),
  component('sidecar-ordinary'),
  onTheRunning('patch', patch),
  onTheRunning('server-side apply', ssa),
  byWebhook(webhook),
  byWebhook(chart),
  // MetalLB's controller writes its certificate into CRDs of the chart, and Helm 4, which applies on the server's side,
  // is in conflict with it over that, without a sidecar too.
  byHelm('Helm 4', helm4, () => 'watchsieve', ['--force-conflicts']),
  byHelm(
    'Helm 3',
    ({ cluster, assets }) => cluster.helm(assets.helm3),
    (metallb) => metallb.file('helm', 'post-render.sh'),
  ),
];

/** Helm 4 takes post-renderers from plugins. */
async function helm4({ cluster, assets, release }: Rig): Promise<Helm> {
  const helm = await cluster.helm(assets.helm);
  const plugins = await helm('plugin', 'list');
  if (!plugins.includes('watchsieve'))
    await helm('plugin', 'install', join(release.folder, 'manifests', 'helm'));
  return helm;
}

export const ways =
  (version: string) =>
  async (rig: Rig): Promise<void> => {
    /** Without the sidecar, by what was changed. */
    const direct = new Map<string, number>();
    const metallb = await Metallb.prepare(rig, version);
    for (const way of WAYS) {
      rig.report.title(`MetalLB ${version}, ${way.name}`);
      await tryWay(rig, metallb, way, direct);
    }
    await metallb.delete();
  };

async function tryWay(rig: Rig, metallb: Metallb, way: Way, direct: Map<string, number>): Promise<void> {
  const { report, cluster } = rig;
  const pod = new SpeakerPod(cluster);
  const title = `${metallb.version}, ${way.name}`;
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
      let late: string[] = [];
      for (let tries = 0; tries < TRIES && (tries === 0 || late.length > 0); tries++) {
        const took = await reaction(cluster, pod, by);
        report.note(
          `withdrawn after ${took.withdrawn.toFixed(0)} ms, announced again after ${took.announced.toFixed(0)} ms`,
        );
        late = [];
        for (const what of ['withdrawn', 'announced'] as const) {
          const key = `${by} ${what}`;
          if (way.container === undefined) direct.set(key, took[what]);
          else if (took[what] > (direct.get(key) ?? 0) + LATER_MS)
            late.push(`${what}: ${took[what]} ms, directly ${direct.get(key)} ms`);
        }
      }
      assert.deepEqual(late, []);
    });
  }
  if (way.container !== undefined)
    await report.check(`${title}: starting and working made no Warning event`, async () => {
      assert.deepEqual(await pod.warnings(), []);
    });
  await report.check(`${title}: comes off`, async () => {
    await way.remove(rig, metallb);
    await assertSidecar(rig, undefined);
    await way.leave?.(rig);
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
function byWebhook({ name, install, remove }: Installation): Way {
  const restart = async ({ cluster }: Rig, metallb: Metallb) => {
    await cluster.kubectl('rollout', 'restart', '-n', NAMESPACE, 'daemonset/speaker');
    await metallb.rolledOut();
  };
  const label = ({ cluster }: Rig, given: string) => cluster.kubectl('label', 'namespace', NAMESPACE, given);
  return {
    name,
    container: 'initContainers',
    install: async (rig, metallb) => {
      await install(rig, metallb);
      const status = ['rollout', 'status', 'deployment/watchsieve-webhook', '--timeout=55s'];
      await rig.cluster.kubectl('-n', 'watchsieve-system', ...status);
      await label(rig, 'watchsieve.dev/injection=enabled');
      await wait('the webhook is called', 30_000, async () => {
        await restart(rig, metallb);
        await assertSidecar(rig, 'initContainers');
        return true;
      });
    },
    remove: async (rig, metallb) => {
      await label(rig, 'watchsieve.dev/injection-');
      await remove(rig, metallb);
      await restart(rig, metallb);
    },
  };
}
