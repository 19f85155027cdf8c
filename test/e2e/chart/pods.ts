/** Pods that meet what was installed: the webhook's own under Pod Security, and others while nobody answers for it. */

import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';

import { entriesAt, listAt, parseJson, textAt, valueAt } from '../../support/json-value.ts';
import type { Answer } from '../api-client.ts';
import type { Cluster } from '../cluster.ts';
import { Scrape } from '../metrics.ts';
import { NAME, NAMESPACE, WEBHOOK } from './place.ts';

const FAIL_OPEN = 'apiserver_admission_webhook_fail_open_count';
/** The API server gives the webhook 3 s; the rest is this machine's. */
const CREATED_WITHIN_MS = 10_000;
const KNOWN_WITHIN_MS = 20_000;

/** Unless it is there. */
export async function createNamespace({ admin }: Cluster, name: string, labels = {}): Promise<void> {
  const path = '/api/v1/namespaces';
  if ((await admin.get(`${path}/${name}`)).status !== 200)
    await admin.send('POST', path, { metadata: { name, labels } });
}

/** A Pod of the Deployment's template is taken where Pod Security enforces `restricted`; with less it is not. */
export async function proveRestricted(cluster: Cluster): Promise<void> {
  const { admin } = cluster;
  const level = textAt(
    await admin.getJson(`/api/v1/namespaces/${NAMESPACE}`),
    ...['metadata', 'labels', 'pod-security.kubernetes.io/enforce'],
  );
  assert.equal(level, 'restricted');
  const deployment = await admin.getJson(`/apis/apps/v1/namespaces/${NAMESPACE}/deployments/${NAME}`);
  const template = Object.fromEntries(entriesAt(deployment, 'spec', 'template'));
  const labels = valueAt(template, 'metadata', 'labels');
  const pod = { ...template, metadata: { labels, name: 'from-the-template' } };
  const taken = await create(cluster, NAMESPACE, pod, '?dryRun=All');
  assert.equal(taken.status, 201, taken.body.toString());
  assert.equal(taken.headers['warning'], undefined);
  const text = JSON.stringify(pod);
  for (const part of ['"runAsNonRoot":true', '"allowPrivilegeEscalation":false', '"drop":["ALL"]']) {
    assert.ok(text.includes(part), part);
    const weaker: unknown = parseJson(text.replace(part, '"x":0').replace('"capabilities":{"x":0},', ''));
    const answer = await create(cluster, NAMESPACE, weaker, '?dryRun=All');
    assert.equal(answer.status, 403, part);
    assert.match(answer.body.toString(), /violates PodSecurity \\"restricted:latest\\"/);
  }
}

/** Nothing runs behind the Service: who asks for injection waits 3 s at most, and nobody else notices. */
export async function proveDead(cluster: Cluster): Promise<void> {
  const opted = { 'watchsieve.dev/injection': 'enabled' };
  await createNamespace(cluster, 'opted-in', opted);
  for (const name of ['kube-system', NAMESPACE])
    await cluster.admin.send('PATCH', `/api/v1/namespaces/${name}`, { metadata: { labels: opted } });
  const before = await failOpens(cluster);
  // It takes the API server a moment to hear of a new configuration.
  const deadline = Date.now() + KNOWN_WITHIN_MS;
  while ((await failOpens(cluster)) === before) {
    assert.ok(Date.now() < deadline, 'the API server never asked the webhook');
    await delay(100);
    const started = Date.now();
    const answer = await create(cluster, 'opted-in', podNamed('asks'), '?dryRun=All');
    assert.equal(answer.status, 201, answer.body.toString());
    assert.ok(Date.now() - started < CREATED_WITHIN_MS);
    const names = listAt(parseJson(answer.body.toString()), 'spec', 'containers').map((container) =>
      textAt(container, 'name'),
    );
    assert.deepEqual(names, ['main']);
  }
  const known = await failOpens(cluster);
  const own = podNamed('own', { 'app.kubernetes.io/name': NAME });
  for (const [namespace, pod] of [
    ['default', podNamed('elsewhere')],
    ['kube-system', podNamed('system')],
    [NAMESPACE, podNamed('beside')],
    ['opted-in', own],
  ] as const) {
    const { status, body } = await create(cluster, namespace, pod, '?dryRun=All');
    assert.equal(status, 201, body.toString());
    assert.equal(await failOpens(cluster), known, namespace);
  }
}

async function failOpens({ admin }: Cluster): Promise<number> {
  const { body } = await admin.get('/metrics');
  return new Scrape(body.toString()).sum(FAIL_OPEN, { name: WEBHOOK });
}

function create({ admin }: Cluster, namespace: string, pod: unknown, query: string): Promise<Answer> {
  const headers = { 'content-type': 'application/json' };
  const path = `/api/v1/namespaces/${namespace}/pods${query}`;
  return admin.request('POST', path, { headers, body: JSON.stringify(pod) });
}

/** It asks for the sidecar, and is fit for a restricted namespace. */
function podNamed(name: string, labels: Readonly<Record<string, string>> = {}): unknown {
  const securityContext = {
    runAsNonRoot: true,
    allowPrivilegeEscalation: false,
    capabilities: { drop: ['ALL'] },
    seccompProfile: { type: 'RuntimeDefault' },
  };
  return {
    metadata: { name, labels, annotations: { 'watchsieve.dev/inject': 'true' } },
    spec: { containers: [{ name: 'main', image: 'main', securityContext }] },
  };
}

/** Objects of these that are still there. */
export async function leftOf({ admin }: Cluster, objects: Iterable<unknown>): Promise<readonly string[]> {
  const left: string[] = [];
  for (const object of objects) {
    const answer = await admin.get(pathOf(object));
    if (answer.status !== 404) left.push(`${pathOf(object)}: ${answer.status}`);
  }
  return left;
}

/** All Secrets of the namespace: those in which Helm keeps its releases too. */
export async function secretsLeft({ admin }: Cluster): Promise<readonly string[]> {
  const list = await admin.getJson(`/api/v1/namespaces/${NAMESPACE}/secrets`);
  return listAt(list, 'items').map((secret) => textAt(secret, 'metadata', 'name'));
}

function pathOf(object: unknown): string {
  const version = textAt(object, 'apiVersion');
  const namespace = valueAt(object, 'metadata', 'namespace');
  const plural = `${textAt(object, 'kind').toLowerCase()}s`.replace(/ys$/, 'ies');
  return [
    version === 'v1' ? '/api/v1' : `/apis/${version}`,
    ...(typeof namespace === 'string' ? ['namespaces', namespace] : []),
    plural,
    textAt(object, 'metadata', 'name'),
  ].join('/');
}
