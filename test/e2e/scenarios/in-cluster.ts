/**
 * Pods of clients without a kubeconfig, made at a real API server with the webhook: what it makes of a Pod that already has
 * its token mounted is valid there, and any other is made as it is, with a warning (R44, I7). The ServiceAccount plugin,
 * which the API servers of this suite have not, is played here; `npm run test:cluster -- --only in-cluster` has it.
 */

import assert from 'node:assert/strict';

import { listAt, textAt, valueAt } from '../../support/json-value.ts';
import { CONFIGURATION, CONFIGURATIONS, grant } from '../webhook.ts';
import { ASKED, isInjected, makePod } from '../webhook-pods.ts';
import { type Given, withWebhook } from '../with-webhook.ts';
import type { Rig, Scenario } from './scenario.ts';

export const inClusterScenario: Scenario = { title: 'Pods of clients without a kubeconfig', run };

const NAMESPACE = 'in-cluster-e2e';
const SERVICE_ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount';
const VOLUME = 'kube-api-access-abcde';
const IN_CLUSTER = { ...ASKED, 'watchsieve.dev/client': 'in-cluster' };

/** As the plugin leaves it. */
function spec(volume: string, variant: object = {}): object {
  const volumeMounts = [{ name: volume, readOnly: true, mountPath: SERVICE_ACCOUNT }];
  const sources = [{ serviceAccountToken: { expirationSeconds: 3607, path: 'token' } }];
  return {
    serviceAccountName: 'default',
    containers: [
      { name: 'client', image: 'example.org/client:1', volumeMounts },
      { name: 'other', image: 'example.org/other:1', volumeMounts },
    ],
    volumes: [{ name: volume, projected: { sources } }],
    ...variant,
  };
}

async function run(rig: Rig): Promise<void> {
  const { admin } = rig.cluster;
  const given: Given = { ...rig, ...(await grant(rig.cluster)), namespace: NAMESPACE };
  const labels = { 'watchsieve.dev/injection': 'enabled' };
  await admin.send('POST', '/api/v1/namespaces', { metadata: { name: NAMESPACE, labels } });
  try {
    await withWebhook(given, ['--container', 'client'], () => pods(given));
  } finally {
    await admin.request('DELETE', `${CONFIGURATIONS}/${CONFIGURATION}`);
  }
}

async function pods({ report, cluster }: Given): Promise<void> {
  const make = (annotations: object, podSpec: unknown) =>
    makePod(cluster.admin, NAMESPACE, { metadata: { annotations }, spec: podSpec }, '?dryRun=All');
  for (const variant of ['native', 'ordinary'])
    await report.check(
      `${variant}: the client has its token behind a link, others have theirs, the sidecar has none`,
      async () => {
        const made = await make({ ...IN_CLUSTER, 'watchsieve.dev/variant': variant }, spec(VOLUME));
        assert.ok(isInjected(made), made.warnings);
        const mounts = (list: string) =>
          listAt(made.pod, 'spec', list).map((container) => [
            textAt(container, 'name'),
            listAt(container, 'volumeMounts').map((mount) => textAt(mount, 'name')),
          ]);
        const sidecar = ['watchsieve', 'watchsieve-config', 'watchsieve-ca'];
        const clients = [
          ['client', ['watchsieve', 'watchsieve-token']],
          ['other', [VOLUME]],
        ];
        const isNative = variant === 'native';
        assert.deepEqual(mounts('containers'), [...(isNative ? [] : [['watchsieve', sidecar]]), ...clients]);
        assert.deepEqual(mounts('initContainers'), [[isNative ? 'watchsieve' : 'watchsieve-init', sidecar]]);
      },
    );
  for (const [what, podSpec, reason] of [
    ['with a volume of its own there', spec('own'), 'has something mounted at'],
    ['without a token', { containers: [{ name: 'client', image: 'x' }] }, 'is given no token in'],
  ] as const)
    await report.check(`a Pod ${what} is made as it is, with a warning`, async () => {
      const made = await make(IN_CLUSTER, podSpec);
      assert.ok(!isInjected(made));
      assert.match(made.warnings, new RegExp(`gets no sidecar: its container client ${reason}`));
      assert.equal(valueAt(made.pod, 'spec', 'initContainers'), undefined);
    });
}
