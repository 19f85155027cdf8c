/**
 * Objects of several resources, each with noise and changes: what the scenario `resources` does to them, by which setting
 * they are sieved, and what of them counts by that, told by the tests themselves.
 */

import type { ApiClient } from './api-client.ts';
import { nodeName } from './node-object.ts';
import { listAt, parseJson, valueAt } from '../support/json-value.ts';

/** Where the objects lie; one of each resource in both, of the same name. */
export const NAMESPACES = ['red', 'blue'] as const;

export interface Subject {
  /** As metrics name it. */
  readonly resource: string;
  /** Of its group and version. */
  readonly root: string;
  readonly plural: string;
  readonly hasProtobuf: boolean;
  /** Under `resources` in the config file; undefined for Nodes, which `preset` sieves. */
  readonly setting?: string;
  /** Absent where there are objects already. */
  readonly object?: object;
  readonly name: string;
  /** Patches that change nothing that counts, and such that change something; another one for each round. */
  readonly noise: (round: number) => Patch;
  readonly news: (round: number, text: string) => Patch;
  /** What of an object counts, besides its name. */
  readonly counted: (object: unknown) => unknown;
}

export interface Patch {
  readonly subresource?: string;
  readonly body: object;
}

const HEARTBEAT = 'kubevirt.io/heartbeat';
const TRIGGER = 'endpoints.kubernetes.io/last-change-trigger-time';
const time = (round: number): string => new Date(Date.UTC(2026, 0, 1, 0, 0, round)).toISOString();
const micros = (round: number): string => time(round).replace('Z', '000Z');
const annotated = (annotations: object): Patch => ({ body: { metadata: { annotations } } });
const labelled = (text: string): Patch => ({ body: { metadata: { labels: { text } } } });

/** What lists leave out of their items, and what tells of writes alone. */
const NEVER = ['kind', 'apiVersion', 'resourceVersion'];

function allBut(object: unknown, keys: readonly string[]): unknown {
  return parseJson(
    JSON.stringify(object, (key, value: unknown) =>
      NEVER.includes(key) || keys.includes(key) ? undefined : value,
    ),
  );
}

const POD: Subject = {
  ...{ resource: 'pods', root: '/api/v1', plural: 'pods', hasProtobuf: true, name: 'calm' },
  setting:
    'pods: { include: [metadata.labels, spec.nodeName, "status.conditions[type=Ready].status", status.reason] }',
  object: { spec: { nodeName: nodeName(1), containers: [{ name: 'c', image: 'example.org/c' }] } },
  noise: (round) =>
    round % 2 === 0
      ? annotated({ seen: String(round) })
      : {
          subresource: '/status',
          body: { status: { conditions: [{ type: 'Ready', status: 'False', lastProbeTime: time(round) }] } },
        },
  news: (round, text) =>
    round % 2 === 0 ? labelled(text) : { subresource: '/status', body: { status: { reason: text } } },
  counted: (pod) => [
    // Identity fields always count; a Pod that is deleted is first marked so.
    valueAt(pod, 'metadata', 'deletionTimestamp'),
    valueAt(pod, 'metadata', 'labels'),
    valueAt(pod, 'spec', 'nodeName'),
    listAt(pod, 'status', 'conditions')
      .filter((condition) => valueAt(condition, 'type') === 'Ready')
      .map((condition) => valueAt(condition, 'status')),
    valueAt(pod, 'status', 'reason'),
  ],
};

const ENDPOINT_SLICE: Subject = {
  ...{ resource: 'endpointslices.discovery.k8s.io', root: '/apis/discovery.k8s.io/v1' },
  ...{ plural: 'endpointslices', hasProtobuf: true, name: 'calm' },
  setting: `endpointslices.discovery.k8s.io: { exclude: [metadata.managedFields, 'metadata.annotations["${TRIGGER}"]'] }`,
  object: {
    addressType: 'IPv4',
    endpoints: [{ addresses: ['10.0.0.1'], conditions: { ready: true } }],
    ports: [{ name: 'http', port: 80 }],
  },
  noise: (round) => annotated({ [TRIGGER]: time(round) }),
  news: (round, text) => ({
    body: {
      endpoints: [{ addresses: ['10.0.0.1'], conditions: { ready: round % 2 === 0 }, hostname: text }],
    },
  }),
  counted: (slice) => allBut(slice, ['managedFields', TRIGGER]),
};

const LEASE: Subject = {
  ...{ resource: 'leases.coordination.k8s.io', root: '/apis/coordination.k8s.io/v1' },
  ...{ plural: 'leases', hasProtobuf: true, name: 'calm' },
  setting: 'leases.coordination.k8s.io/v1/Lease: { include: [spec.holderIdentity] }',
  object: { spec: { holderIdentity: 'a', renewTime: micros(0) } },
  noise: (round) => ({ body: { spec: { renewTime: micros(round + 1) } } }),
  news: (_round, text) => ({ body: { spec: { holderIdentity: text } } }),
  counted: (lease) => valueAt(lease, 'spec', 'holderIdentity'),
};

const CUSTOM: Subject = {
  ...{ resource: 'sieves.e2e.watchsieve.dev', root: '/apis/e2e.watchsieve.dev/v1', plural: 'sieves' },
  ...{ hasProtobuf: false, name: 'calm' },
  setting: 'sieves.e2e.watchsieve.dev/v1/Sieve: { include: [spec.addresses] }',
  object: { apiVersion: 'e2e.watchsieve.dev/v1', kind: 'Sieve', spec: { addresses: ['a'], seen: -1 } },
  noise: (round) => ({ body: { spec: { seen: round } } }),
  news: (_round, text) => ({ body: { spec: { addresses: ['a', text] } } }),
  counted: (sieve) => valueAt(sieve, 'spec', 'addresses'),
};

/** Of the heartbeat nothing is news; of an annotation with nearly the same name all is. */
export const NODE: Subject = {
  ...{ resource: 'nodes', root: '/api/v1', plural: 'nodes', hasProtobuf: true, name: nodeName(2) },
  noise: (round) => annotated({ [HEARTBEAT]: time(round) }),
  news: (round, text) => (round % 2 === 0 ? annotated({ [`${HEARTBEAT}s`]: text }) : labelled(text)),
  counted: (node) => allBut(node, [HEARTBEAT]),
};

export const SUBJECTS: readonly Subject[] = [POD, ENDPOINT_SLICE, LEASE, CUSTOM, NODE];

/** With all of it in the config file. */
export const CONFIG = `preset: beatless
projections:
  beatless: { exclude: ['metadata.annotations["${HEARTBEAT}"]'] }
resources:
${SUBJECTS.flatMap(({ setting }) => (setting === undefined ? [] : [`  ${setting}\n`])).join('')}`;

const DEFINITIONS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
const DEFINITION = {
  metadata: { name: CUSTOM.resource },
  spec: {
    group: 'e2e.watchsieve.dev',
    scope: 'Namespaced',
    names: { plural: 'sieves', singular: 'sieve', kind: 'Sieve', listKind: 'SieveList' },
    versions: [
      {
        ...{ name: 'v1', served: true, storage: true },
        schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
      },
    ],
  },
};

/** Namespaces and the definition, then the objects. @param until - waits for what the server does by itself */
export async function createAll(
  admin: ApiClient,
  until: (holds: () => Promise<boolean>) => Promise<void>,
): Promise<void> {
  await admin.send('POST', DEFINITIONS, DEFINITION);
  for (const name of NAMESPACES) await admin.send('POST', '/api/v1/namespaces', { metadata: { name } });
  await until(async () => (await admin.get(collectionOf(CUSTOM))).status === 200);
  for (const subject of SUBJECTS)
    for (const namespace of namespacesOf(subject))
      if (subject.object !== undefined)
        await admin.send('POST', collectionOf(subject, namespace), {
          // With nothing but what does not count, a map is as good as none.
          metadata: { name: subject.name, labels: { text: 'first' }, annotations: { other: 'x' } },
          ...subject.object,
        });
}

/** Other scenarios count Nodes' annotations, and list what is there. */
export async function removeAll(admin: ApiClient): Promise<void> {
  const annotations = { [HEARTBEAT]: null, [`${HEARTBEAT}s`]: null };
  await patch(admin, NODE, '', { body: { metadata: { annotations, labels: { text: null } } } });
  for (const subject of SUBJECTS)
    for (const namespace of namespacesOf(subject))
      if (subject.object !== undefined)
        await admin.request('DELETE', `${collectionOf(subject, namespace)}/${subject.name}`, GONE_AT_ONCE);
  await admin.request('DELETE', `${DEFINITIONS}/${CUSTOM.resource}`);
}

const GONE_AT_ONCE = {
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ gracePeriodSeconds: 0 }),
};

/** @param namespace - empty for all, and for what lies in none. */
export function collectionOf({ root, plural }: Subject, namespace = ''): string {
  return `${root}${namespace === '' ? '' : `/namespaces/${namespace}`}/${plural}`;
}

export function namespacesOf(subject: Subject): readonly string[] {
  return subject === NODE ? [''] : NAMESPACES;
}

/** A merge patch, which custom resources take too. @throws where the server does not take it */
export async function patch(
  admin: ApiClient,
  subject: Subject,
  namespace: string,
  { subresource = '', body }: Patch,
): Promise<void> {
  const path = `${collectionOf(subject, namespace)}/${subject.name}${subresource}`;
  const headers = { 'content-type': 'application/merge-patch+json' };
  const { status, body: answer } = await admin.request('PATCH', path, {
    headers,
    body: JSON.stringify(body),
  });
  if (status !== 200) throw new Error(`PATCH ${path}: ${status} ${answer.toString('utf8', 0, 300)}`);
}

export async function remove(admin: ApiClient, subject: Subject, namespace: string): Promise<void> {
  const path = `${collectionOf(subject, namespace)}/${subject.name}`;
  const { status } = await admin.request('DELETE', path, GONE_AT_ONCE);
  if (status !== 200) throw new Error(`DELETE ${path}: ${status}`);
}
