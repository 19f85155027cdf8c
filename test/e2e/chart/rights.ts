/**
 * What the webhook's service account may do, tried with a token of its own: the API server lists exactly its rules,
 * what the program needs succeeds, and what it may not do is refused (R44).
 */

import assert from 'node:assert/strict';

import type { Dispatcher } from 'undici';

import { listAt, textAt, valueAt } from '../../support/json-value.ts';
import { ApiClient } from '../api-client.ts';
import type { Cluster } from '../cluster.ts';
import { CONFIGURATIONS, NAME, NAMESPACE, SECRET } from './place.ts';

const SECRETS = `/api/v1/namespaces/${NAMESPACE}/secrets`;
const OTHER = 'another';

export interface Attempt {
  readonly method: Dispatcher.HttpMethod;
  readonly path: string;
  readonly body?: unknown;
}

/** A token of an account of the namespace, as a Pod would find it. */
export async function tokenOf({ admin }: Cluster, name = NAME): Promise<string> {
  const path = `/api/v1/namespaces/${NAMESPACE}/serviceaccounts/${name}/token`;
  const answer = await admin.send('POST', path, { spec: { expirationSeconds: 600 } });
  return textAt(answer, 'status', 'token');
}

/** An account of the namespace, signed in. */
export async function signIn(cluster: Cluster, name = NAME): Promise<ApiClient> {
  const { server, ca } = cluster;
  return new ApiClient({ server, ca, token: await tokenOf(cluster, name) });
}

/** As the program writes it. @throws unless it is taken. */
export async function putBundle(account: ApiClient, bundle: string): Promise<void> {
  const patch = [{ op: 'add', path: '/webhooks/0/clientConfig/caBundle', value: bundle }];
  assert.equal(
    await statusOf(account, { method: 'PATCH', path: `${CONFIGURATIONS}/${NAME}`, body: patch }),
    200,
  );
}

/** Makes the Secret as the program does at its first start, and writes it once. */
export async function proveAllowed(account: ApiClient): Promise<void> {
  const secret = (generation: string) => ({
    metadata: { name: SECRET },
    data: { 'ca.crt': Buffer.from(generation).toString('base64') },
  });
  const steps: readonly (readonly [number, Attempt])[] = [
    [201, { method: 'POST', path: SECRETS, body: secret('one') }],
    [200, { method: 'GET', path: `${SECRETS}/${SECRET}` }],
    [200, { method: 'PUT', path: `${SECRETS}/${SECRET}`, body: secret('two') }],
    [200, { method: 'GET', path: `${CONFIGURATIONS}/${NAME}` }],
    [200, { method: 'GET', path: '/api/v1/namespaces/default/limitranges' }],
    [200, { method: 'GET', path: '/api/v1/namespaces/default/resourcequotas' }],
  ];
  for (const [status, step] of steps) assert.equal(await statusOf(account, step), status, sentenceOf(step));
}

/** Every one of them exists, so that nothing but the missing permission can be the reason. */
export async function proveRefused({ admin }: Cluster, account: ApiClient): Promise<void> {
  const webhooks: readonly unknown[] = [];
  await admin.send('POST', SECRETS, { metadata: { name: OTHER } });
  await admin.send('POST', CONFIGURATIONS, { metadata: { name: OTHER }, webhooks });
  try {
    for (const attempt of refused()) {
      assert.equal(await statusOf(account, attempt), 403, sentenceOf(attempt));
      // The paths are right: somebody who may is not told that there is no such thing.
      const probe = await admin.get(attempt.path.replace(/\/token$|\?.*$/, ''));
      assert.equal(probe.status, 200, attempt.path);
    }
  } finally {
    await admin.send('DELETE', `${SECRETS}/${OTHER}`, {});
    await admin.send('DELETE', `${CONFIGURATIONS}/${OTHER}`, {});
  }
}

function refused(): readonly Attempt[] {
  const namespace = `/api/v1/namespaces/${NAMESPACE}`;
  const named = { metadata: { name: 'made-by-the-webhook' } };
  return [
    { method: 'GET', path: SECRETS },
    { method: 'GET', path: `${SECRETS}?watch=true` },
    { method: 'GET', path: `${SECRETS}/${OTHER}` },
    { method: 'PUT', path: `${SECRETS}/${OTHER}`, body: { metadata: { name: OTHER } } },
    { method: 'PATCH', path: `${SECRETS}/${SECRET}`, body: [] },
    { method: 'DELETE', path: `${SECRETS}/${SECRET}` },
    { method: 'DELETE', path: SECRETS },
    { method: 'GET', path: '/api/v1/secrets' },
    { method: 'POST', path: '/api/v1/namespaces/default/secrets', body: named },
    { method: 'GET', path: CONFIGURATIONS },
    { method: 'GET', path: `${CONFIGURATIONS}?watch=true` },
    { method: 'POST', path: CONFIGURATIONS, body: named },
    { method: 'GET', path: `${CONFIGURATIONS}/${OTHER}` },
    { method: 'PATCH', path: `${CONFIGURATIONS}/${OTHER}`, body: [] },
    { method: 'PUT', path: `${CONFIGURATIONS}/${NAME}`, body: { metadata: { name: NAME }, webhooks: [] } },
    { method: 'DELETE', path: `${CONFIGURATIONS}/${NAME}` },
    { method: 'GET', path: CONFIGURATIONS.replace('mutating', 'validating') },
    { method: 'GET', path: `${namespace}/pods` },
    { method: 'POST', path: `${namespace}/pods`, body: named },
    { method: 'GET', path: `${namespace}/configmaps` },
    { method: 'POST', path: `${namespace}/configmaps`, body: named },
    { method: 'GET', path: `${namespace}/serviceaccounts/${NAME}` },
    { method: 'POST', path: `${namespace}/serviceaccounts/${NAME}/token`, body: { spec: {} } },
    { method: 'GET', path: `/apis/apps/v1/namespaces/${NAMESPACE}/deployments/${NAME}` },
    { method: 'GET', path: `${namespace}/limitranges?watch=true` },
    { method: 'POST', path: `${namespace}/resourcequotas`, body: named },
    { method: 'DELETE', path: `${namespace}/resourcequotas` },
    { method: 'GET', path: '/api/v1/nodes' },
    { method: 'GET', path: `/apis/rbac.authorization.k8s.io/v1/clusterroles/${NAME}` },
  ];
}

/** What RBAC gives the webhook's account in a namespace and any other account not, one line each. */
export async function rulesIn(cluster: Cluster, namespace: string): Promise<readonly string[]> {
  const accounts = `/api/v1/namespaces/${NAMESPACE}/serviceaccounts`;
  await cluster.admin.send('POST', accounts, { metadata: { name: OTHER } });
  const [own, other] = [await signIn(cluster), await signIn(cluster, OTHER)];
  try {
    const common = new Set(await allRulesIn(other, namespace));
    return (await allRulesIn(own, namespace)).filter((rule) => !common.has(rule)).sort();
  } finally {
    await Promise.all([own.close(), other.close()]);
    await cluster.admin.send('DELETE', `${accounts}/${OTHER}`, {});
  }
}

async function allRulesIn(account: ApiClient, namespace: string): Promise<readonly string[]> {
  const path = '/apis/authorization.k8s.io/v1/selfsubjectrulesreviews';
  const answer = await account.send('POST', path, { spec: { namespace } });
  const rules = listAt(answer, 'status', 'resourceRules');
  assert.ok(rules.length > 0);
  return rules.map((rule) =>
    ['verbs', 'resources', 'resourceNames']
      .map((part) => listAt(rule, part).join(','))
      .join(' ')
      .trim(),
  );
}

async function statusOf(account: ApiClient, { method, path, body }: Attempt): Promise<number> {
  const type = method === 'PATCH' ? 'application/json-patch+json' : 'application/json';
  const answer = await account.request(method, path, {
    ...(body === undefined ? {} : { headers: { 'content-type': type }, body: JSON.stringify(body) }),
  });
  return answer.status;
}

function sentenceOf({ method, path }: Attempt): string {
  return `${method} ${path}`;
}

/** The bundle that the API server has; undefined for none. */
export async function bundleIn({ admin }: Cluster): Promise<unknown> {
  const configuration = await admin.getJson(`${CONFIGURATIONS}/${NAME}`);
  return valueAt(configuration, 'webhooks', 0, 'clientConfig', 'caBundle');
}
