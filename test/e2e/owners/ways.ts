/** The ways to put the sidecar on, each with its own way back. */

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { valueAt } from '../../support/json-value.ts';
import { daemonSetPod, makePod } from '../webhook-pods.ts';
import { CONFIGURATION, configurationOf, CONFIGURATIONS, grant, Webhook } from '../webhook.ts';
import type { Helm, Tools } from './tools.ts';
import type { Owner } from './later.ts';
import { DAEMON_SET, NAMESPACE, PATH, sidecarIn, sidecarOf } from './speaker.ts';
import type { Seen } from './speaker.ts';

export interface Way {
  readonly title: string;
  /** In the words of the table. */
  readonly takenOffBy: string;
  /** Those that may come later. */
  readonly helms: readonly Helm[];
  /** Whether MetalLB is Helm's release before any later owner comes, if that is Helm. */
  readonly isHelms: boolean;
  /** Ways of one group differ in nothing where there is no sidecar: they share what it is compared with. */
  readonly group: string;
  /** MetalLB as it is before the sidecar. */
  readonly install: (owner: Owner) => Promise<unknown>;
  /** @param isReal - false does whatever of it would have happened without a sidecar. */
  readonly on: (isReal: boolean) => Promise<unknown>;
  readonly off: (isReal: boolean) => Promise<unknown>;
  readonly look: () => Promise<Seen>;
  /** Ends what is not part of any cell. */
  readonly end?: () => Promise<unknown>;
}

export async function waysOf(tools: Tools): Promise<readonly Way[]> {
  return [
    onFiles(tools, 'component'),
    onFiles(tools, 'inject'),
    patch(tools),
    serverSide(tools),
    postRenderer(tools, tools.helm3),
    postRenderer(tools, tools.helm4),
    await webhook(tools),
  ];
}

/** Whoever keeps the manifests applies them with the sidecar, by `kubectl apply`, and without it. */
function onFiles(tools: Tools, form: 'component' | 'inject'): Way {
  const apply = (isReal: boolean) =>
    tools.kubectl('apply', '-f', tools.speaker.file(isReal ? form : 'plain', 0));
  const words = { component: 'without the component', inject: 'after `uninject`' };
  return {
    title: form === 'component' ? 'component' : '`inject`',
    takenOffBy: `\`kubectl apply\` ${words[form]}`,
    ...{ helms: [tools.helm4], isHelms: false, group: 'files' },
    install: () => Promise.resolve(),
    on: apply,
    off: () => apply(false),
    look: () => sidecarIn(tools.rig.cluster),
  };
}

/** On what the later owner has installed itself. */
function onRunning(tools: Tools): Omit<Way, 'title' | 'takenOffBy' | 'on' | 'off'> {
  return {
    ...{ helms: [tools.helm4, tools.helm3], isHelms: true, group: 'running' },
    install: (owner) => owner.first(),
    look: () => sidecarIn(tools.rig.cluster),
  };
}

function patch(tools: Tools): Way {
  const patched = (isReal: boolean, file: string) =>
    isReal
      ? tools.kubectl(
          ...['patch', 'daemonset', DAEMON_SET, `--namespace=${NAMESPACE}`, '--field-manager=watchsieve'],
          ...['--patch-file', join(tools.manifests, 'patch', file)],
        )
      : Promise.resolve();
  return {
    title: 'patch',
    takenOffBy: '`patch/remove.yaml`',
    ...onRunning(tools),
    on: (isReal) => patched(isReal, 'speaker-sidecar.yaml'),
    off: (isReal) => patched(isReal, 'remove.yaml'),
  };
}

function serverSide(tools: Tools): Way {
  const applied = (isReal: boolean, file: string) => (isReal ? tools.serverSide(file) : Promise.resolve());
  return {
    title: 'server-side apply',
    takenOffBy: '`ssa/apply.sh remove.yaml`',
    ...onRunning(tools),
    on: (isReal) => applied(isReal, 'speaker-sidecar.yaml'),
    off: (isReal) => applied(isReal, 'remove.yaml'),
  };
}

function postRenderer(tools: Tools, helm: Helm): Way {
  const upgrade = (isReal: boolean) => helm.upgrade(0, ...(isReal ? [helm.postRenderer] : []));
  return {
    title: `post-renderer, ${helm.title}`,
    takenOffBy: '`helm upgrade` without it',
    ...{ helms: [helm], isHelms: true, group: helm.title },
    install: () => helm.upgrade(0),
    on: upgrade,
    // What others own by now, Helm 4 leaves to them unless it is told.
    off: () => helm.upgrade(0, ...helm.force),
    look: () => sidecarIn(tools.rig.cluster),
  };
}

const INJECTION = 'watchsieve.dev/injection';
const KNOWN_WITHIN_MS = 20_000;

/** The DaemonSet stays as it is: a Pod of its template is looked at. */
async function webhook(tools: Tools): Promise<Way> {
  const { cluster, program } = tools.rig;
  const { kubeconfig } = await grant(cluster);
  const running = await Webhook.start(program, kubeconfig, '--drain-delay', '0s');
  await cluster.admin.send('POST', CONFIGURATIONS, configurationOf(CONFIGURATION, { url: running.url() }));
  await running.ready();
  const look = async () => {
    const template = valueAt(await cluster.admin.getJson(PATH), 'spec', 'template');
    const made = await makePod(cluster.admin, NAMESPACE, daemonSetPod(DAEMON_SET, template), '?dryRun=All');
    assert.equal(made.status, 201, JSON.stringify(made.pod));
    return sidecarOf(valueAt(made.pod, 'spec'));
  };
  // The API server hears of a label by a watch of its own.
  const label = async (value: string | null, expected: Seen) => {
    await cluster.admin.send('PATCH', `/api/v1/namespaces/${NAMESPACE}`, {
      metadata: { labels: { [INJECTION]: value } },
    });
    const deadline = Date.now() + KNOWN_WITHIN_MS;
    while ((await look()) !== expected) {
      assert.ok(Date.now() < deadline, `the label is ${value}, and Pods have not ${expected}`);
      await delay(100);
    }
  };
  return {
    title: 'webhook',
    takenOffBy: 'the label off the namespace',
    ...onRunning(tools),
    on: (isReal) => (isReal ? label('enabled', 'whole') : Promise.resolve()),
    off: (isReal) => (isReal ? label(null, 'none') : Promise.resolve()),
    look,
    end: async () => {
      await cluster.admin.send('DELETE', `${CONFIGURATIONS}/${CONFIGURATION}`, {});
      assert.equal(await running.child.stop(15_000), 0);
    },
  };
}
