/**
 * A client that reads the in-cluster configuration alone (@kubernetes/client-node), in a Pod that a kubelet runs: led to
 * the sidecar by each way there is, it is who it was before, and no longer told of what it does not care for (R34, R44).
 */

import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { parse, stringify } from 'yaml';

import { PRESETS } from '../../../src/core/projection/presets.ts';
import { inject, uninject } from '../../../src/install/inject/inject.ts';
import type { PlanOptions } from '../../../src/install/inject/plan.ts';
import { DEFAULT_RESOURCES } from '../../../src/install/inject/resources.ts';
import { listAt, parseJson, textAt, valueAt } from '../../support/json-value.ts';
import { IN_CLUSTER_CLIENT } from '../images.ts';
import { PRODUCT, type Rig } from '../rig.ts';
import { wait } from '../wait.ts';

const NAMESPACE = 'in-cluster';
const NAME = 'js-client';
const SERVICE_ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount';
const READY_MS = 60_000;
const NOISE = 20;

interface Way {
  readonly title: string;
  /** Undefined: without the sidecar, as the others are compared with. */
  readonly options: Partial<PlanOptions> | undefined;
  /** By the webhook, from what annotations say. */
  readonly isWebhook?: boolean;
}

const WAYS: readonly Way[] = [
  { title: 'without the sidecar', options: undefined },
  { title: 'inject, native', options: { variant: 'native' } },
  { title: 'inject, ordinary', options: { variant: 'ordinary' } },
  { title: 'the webhook', options: undefined, isWebhook: true },
];

const ASKED = {
  'watchsieve.dev/inject': 'true',
  'watchsieve.dev/client': 'in-cluster',
  'watchsieve.dev/preset': 'labels',
};

export async function inCluster(rig: Rig): Promise<void> {
  const { cluster, report } = rig;
  report.title('a client without a kubeconfig');
  await apply(rig, 'account', ACCOUNT);
  const direct = new Map<string, unknown>();
  for (const [index, way] of WAYS.entries())
    await report.check(
      `${way.title}: the same Nodes by the same user, without the noise`,
      async () => {
        if (way.isWebhook === true) await installWebhook(rig);
        await apply(rig, `way-${index}`, manifestOf(way));
        await cluster.kubectl(...OF, 'rollout', 'status', `deployment/${NAME}`, '--timeout=55s');
        await judge(rig, way, index, direct);
      },
      3 * READY_MS,
    );
  await cluster.kubectl('delete', 'namespace', NAMESPACE, '--timeout=55s');
  await cluster.kubectl('delete', 'clusterrole,clusterrolebinding', NAME);
}

const OF = ['-n', NAMESPACE] as const;

async function judge(rig: Rig, way: Way, index: number, direct: Map<string, unknown>): Promise<void> {
  const { cluster, report } = rig;
  const isDirect = index === 0;
  const lines = async () =>
    (await cluster.kubectl(...OF, 'logs', `deployment/${NAME}`, '-c', 'client'))
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map(parseJson);
  const has = async (isIt: (line: unknown) => boolean) => (await lines()).some(isIt);
  await wait('the client is synced', READY_MS, () => has((line) => valueAt(line, 'event') === 'synced'));
  const before = (await lines()).length;
  for (let beat = 0; beat < NOISE; beat++)
    await cluster.kubectl('annotate', '--overwrite', 'node', 'node1', `example.com/beat=${index}-${beat}`);
  const mark = `way-${index}`;
  await cluster.kubectl('label', '--overwrite', 'node', 'node1', `example.com/mark=${mark}`);
  await wait('the label arrives', READY_MS, () => has((line) => valueAt(line, 'mark') === mark));
  const events = (await lines()).slice(before).filter((line) => valueAt(line, 'event') === 'update');
  const told = (await lines()).find((line) => valueAt(line, 'user') !== undefined);
  report.note(`${way.title}: ${events.length} updates for ${NOISE} changes of noise and one of a label`);

  assert.equal(textAt(told, 'user'), `system:serviceaccount:${NAMESPACE}:${NAME}`);
  assert.equal(textAt(told, 'namespace'), NAMESPACE);
  if (isDirect) {
    for (const key of ['user', 'namespace']) direct.set(key, valueAt(told, key));
    assert.ok(events.length > NOISE, 'all of it is told');
    return;
  }
  for (const [key, value] of direct) assert.equal(valueAt(told, key), value);
  assert.equal(textAt(told, 'server'), 'https://127.0.0.1:17480');
  // The label, and a frame that was held for long.
  assert.ok(events.length <= 1 + NOISE / 10, `${events.length} updates`);
  assertMounts(parseJson(await cluster.kubectl(...OF, 'get', 'pods', '-o', 'json')));
  const [sidecar = ''] = await cluster.runningTasks('watchsieve');
  const checked = await cluster.cage.run(
    ...['ctr', '-n', 'k8s.io', 'tasks', 'exec', '--exec-id', `check-${index}`, sidecar],
    ...['/nodejs/bin/node', '/app/watchsieve.js', 'check'],
  );
  assert.match(checked, /^✓ in-cluster +\/run\/watchsieve\/serviceaccount leads to /m);
}

/** One mount for the client where its token would be, and nowhere a token for the sidecar (I7). */
function assertMounts(pods: unknown): void {
  const [pod, ...others] = listAt(pods, 'items').filter(
    (each) => valueAt(each, 'metadata', 'deletionTimestamp') === undefined,
  );
  assert.deepEqual(others, []);
  const withToken = listAt(pod, 'spec', 'volumes')
    .filter((volume) => JSON.stringify(volume).includes('"serviceAccountToken"'))
    .map((volume) => textAt(volume, 'name'));
  const mountsOf = (container: unknown) => listAt(container, 'volumeMounts');
  for (const list of ['initContainers', 'containers'])
    for (const container of listAt(pod, 'spec', list)) {
      const isSidecar = textAt(container, 'name').startsWith('watchsieve');
      const tokens = mountsOf(container).filter((mount) => withToken.includes(textAt(mount, 'name')));
      const there = mountsOf(container).filter((mount) => valueAt(mount, 'mountPath') === SERVICE_ACCOUNT);
      assert.equal(tokens.length, isSidecar ? 0 : 1, textAt(container, 'name'));
      assert.deepEqual(
        there.map((mount) => textAt(mount, 'name')),
        [isSidecar ? 'watchsieve-ca' : 'watchsieve'],
      );
    }
}

async function installWebhook({ cluster, release }: Rig): Promise<void> {
  const kustomization = join(release.folder, 'manifests', 'webhook');
  await cluster.kubectl('apply', '--server-side', '-k', kustomization);
  const status = ['rollout', 'status', 'deployment/watchsieve-webhook', '--timeout=55s'];
  await cluster.kubectl('-n', 'watchsieve-system', ...status);
  await cluster.kubectl('label', 'namespace', NAMESPACE, 'watchsieve.dev/injection=enabled');
  const probe = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'probe', namespace: NAMESPACE, annotations: ASKED },
  };
  const file = join(cluster.folder, 'probe.yaml');
  const spec = { serviceAccountName: NAME, containers: [{ name: 'client', image: 'x' }] };
  await writeFile(file, stringify({ ...probe, spec }));
  await wait('the webhook is called', READY_MS, async () =>
    (await cluster.kubectl('create', '--dry-run=server', '-o', 'name', '-o', 'yaml', '-f', file)).includes(
      'name: watchsieve-token',
    ),
  );
}

async function apply({ cluster }: Rig, name: string, text: string): Promise<void> {
  const file = join(cluster.folder, `${name}.yaml`);
  await writeFile(file, text);
  await cluster.kubectl('apply', '-f', file);
}

const ACCOUNT = [
  { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } },
  { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: NAME, namespace: NAMESPACE } },
  {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRole',
    metadata: { name: NAME },
    rules: [{ apiGroups: [''], resources: ['nodes'], verbs: ['get', 'list', 'watch'] }],
  },
  {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRoleBinding',
    metadata: { name: NAME },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: NAME },
    subjects: [{ kind: 'ServiceAccount', name: NAME, namespace: NAMESPACE }],
  },
]
  .map((object) => stringify(object))
  .join('---\n');

function manifestOf({ options, isWebhook = false, title }: Way): string {
  const labels = { app: NAME };
  const plain = stringify({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: NAME, namespace: NAMESPACE },
    spec: {
      selector: { matchLabels: labels },
      // Two would answer for one.
      strategy: { type: 'Recreate' },
      template: {
        metadata: { labels, annotations: { way: title, ...(isWebhook ? ASKED : {}) } },
        spec: {
          serviceAccountName: NAME,
          containers: [{ name: 'client', image: IN_CLUSTER_CLIENT, imagePullPolicy: 'IfNotPresent' }],
        },
      },
    },
  });
  if (options === undefined) return plain;
  const choice = { names: [NAME], selector: undefined };
  const { text, problems } = inject(plain, choice, {
    ...{ image: PRODUCT, variant: 'native', leading: 'in-cluster', preset: 'labels' },
    ...{ port: undefined, container: undefined, resources: DEFAULT_RESOURCES, presets: PRESETS },
    ...options,
  });
  assert.deepEqual(problems, []);
  assert.notDeepEqual(parse(text), parse(plain));
  assert.equal(uninject(text, choice).text, plain);
  return text;
}
