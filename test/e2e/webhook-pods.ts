/** Pods for the admission webhook: plain ones, and those that the controllers of MetalLB's DaemonSets would make. */

import assert from 'node:assert/strict';
import { copyFile, mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { parseAllDocuments } from 'yaml';

import { runToEnd } from '../support/child.ts';
import { entriesAt, listAt, parseJson, textAt, valueAt } from '../support/json-value.ts';
import type { ApiClient } from './api-client.ts';
import { releaseManifests } from './metallb-manifests.ts';

export const PLAIN = { containers: [{ name: 'client', image: 'example.org/client:1' }] };
export const ASKED = { 'watchsieve.dev/inject': 'true' };

/** The answer of the API server to a new Pod: what it is now, how long it took, and its warnings. */
export interface Made {
  readonly status: number;
  readonly pod: unknown;
  readonly ms: number;
  readonly warnings: string;
}

export async function makePod(
  admin: ApiClient,
  namespace: string,
  pod: { readonly metadata?: object; readonly spec: unknown },
  query = '',
): Promise<Made> {
  const start = performance.now();
  const metadata = { generateName: 'pod-', ...pod.metadata };
  const body = JSON.stringify({ apiVersion: 'v1', kind: 'Pod', metadata, spec: pod.spec });
  const path = `/api/v1/namespaces/${namespace}/pods${query}`;
  const answer = await admin.request('POST', path, { body, headers: { 'content-type': 'application/json' } });
  const warning = answer.headers['warning'] ?? '';
  return {
    status: answer.status,
    pod: parseJson(answer.body.toString()),
    ms: performance.now() - start,
    warnings: typeof warning === 'string' ? warning : warning.join(', '),
  };
}

export function isInjected({ status, pod, warnings }: Made): boolean {
  assert.equal(status, 201, JSON.stringify(pod));
  const names = [...listAt(pod, 'spec', 'initContainers'), ...listAt(pod, 'spec', 'containers')].map((each) =>
    textAt(each, 'name'),
  );
  assert.ok(names.filter((name) => name === 'watchsieve').length < 2, names.join(' '));
  assert.doesNotMatch(warnings, /failed/);
  return names.includes('watchsieve');
}

/** What a template decides of a Pod, as the API server has stored it. */
export function templatePart(pod: unknown): unknown {
  return {
    annotations: valueAt(pod, 'metadata', 'annotations'),
    labels: valueAt(pod, 'metadata', 'labels'),
    spec: valueAt(pod, 'spec'),
  };
}

/** As the DaemonSet controller makes it (pkg/controller/daemon): its labels, its owner, its node, its tolerations. */
export function daemonSetPod(
  name: string,
  template: unknown,
): { readonly metadata: object; readonly spec: object } {
  const spec = valueAt(template, 'spec');
  assert.ok(typeof spec === 'object' && spec !== null);
  const labels = Object.fromEntries(entriesAt(template, 'metadata', 'labels'));
  const term = { matchFields: [{ key: 'metadata.name', operator: 'In', values: ['node-0'] }] };
  const required = { nodeSelectorTerms: [term] };
  const tolerations = ['not-ready', 'unreachable'].map((what) => ({
    key: `node.kubernetes.io/${what}`,
    operator: 'Exists',
    effect: 'NoExecute',
  }));
  return {
    metadata: {
      generateName: `${name}-`,
      labels: { ...labels, 'controller-revision-hash': '5d8f6b7c9', 'pod-template-generation': '1' },
      annotations: Object.fromEntries(entriesAt(template, 'metadata', 'annotations')),
      ownerReferences: [
        {
          apiVersion: 'apps/v1',
          kind: 'DaemonSet',
          name,
          uid: '0b0c1f4e-1a2b-4c3d-8e9f-000000000000',
          controller: true,
          blockOwnerDeletion: true,
        },
      ],
    },
    spec: {
      ...spec,
      affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: required } },
      tolerations: [...listAt(spec, 'tolerations'), ...tolerations],
    },
  };
}

/** The Pod template of one DaemonSet of a release, and what `watchsieve inject` makes of it. */
export interface TemplatePair {
  /** As `v0.16.1 metallb-native.yaml speaker`. */
  readonly title: string;
  readonly name: string;
  readonly template: unknown;
  readonly injected: unknown;
}

/** Those of all releases; `flags` are for `watchsieve inject`. */
export async function templatePairs(
  program: string,
  folder: string,
  ...flags: readonly string[]
): Promise<readonly TemplatePair[]> {
  await mkdir(folder);
  const manifests = await releaseManifests();
  const files = manifests.map(({ release, name, path }) => ({
    path,
    copy: join(folder, `${release}-${name}`),
  }));
  for (const { path, copy } of files) await copyFile(path, copy);
  const args = [program, 'inject', '--in-place', ...flags, folder];
  const { code, stderr } = await runToEnd({
    name: 'inject',
    command: process.execPath,
    args,
    timeoutMs: 100_000,
  });
  assert.equal(code, 0, stderr);
  const pairs: TemplatePair[] = [];
  for (const { path, copy } of files) {
    const [before, after] = [await daemonSets(path), await daemonSets(copy)];
    for (const [index, daemonSet] of before.entries()) {
      const name = textAt(daemonSet, 'metadata', 'name');
      const [template, injected] = [daemonSet, after[index]].map((each) => valueAt(each, 'spec', 'template'));
      pairs.push({ title: `${copy.slice(folder.length + 1)} ${name}`, name, template, injected });
    }
  }
  return pairs;
}

async function daemonSets(path: string): Promise<readonly unknown[]> {
  const documents = parseAllDocuments(await readFile(path, 'utf8')).map((each) => each.toJS() as unknown);
  return documents.filter((each) => valueAt(each, 'kind') === 'DaemonSet');
}
