/**
 * `inject` and `uninject` on every manifest of MetalLB's releases (R34, R44): restored byte for byte, only the
 * sidecar added, and accepted by a real API server.
 */

import assert from 'node:assert/strict';
import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { parseAllDocuments, stringify } from 'yaml';

import { runToEnd } from '../../support/child.ts';
import { entriesAt, listAt, textAt, valueAt } from '../../support/json-value.ts';
import { Kubectl } from '../kubectl.ts';
import { releaseManifests, type ReleaseManifest } from '../metallb-manifests.ts';
import type { Rig, Scenario } from './scenario.ts';

export const injectScenario: Scenario = { title: 'inject on the manifests of MetalLB', run };

interface Copy {
  readonly manifest: ReleaseManifest;
  readonly path: string;
  readonly original: Buffer;
}

const NAMESPACE = 'metallb-system';

async function run(rig: Rig): Promise<void> {
  const { cluster, assets, report } = rig;
  const kubeconfig = await cluster.writeKubeconfig('inject.kubeconfig', 'admin');
  const folder = cluster.folder;
  const kubectl = new Kubectl({ program: assets.kubectl, kubeconfig, way: 'inject', folder });
  await kubectl.run('create', 'namespace', NAMESPACE);
  const manifests = await releaseManifests();
  for (const variant of ['native', 'ordinary'] as const) {
    const at = join(folder, `inject-${variant}`);
    const copies = await copyAll(manifests, at);
    await checkVariant(rig, { variant, at, copies, kubectl });
  }
  report.note(`${manifests.length} manifests of MetalLB, native and ordinary`);
}

async function copyAll(manifests: readonly ReleaseManifest[], folder: string): Promise<readonly Copy[]> {
  await mkdir(folder);
  const copies: Copy[] = [];
  for (const manifest of manifests) {
    const path = join(folder, `${manifest.release}-${manifest.name}`);
    await copyFile(manifest.path, path);
    copies.push({ manifest, path, original: await readFile(manifest.path) });
  }
  return copies;
}

const IMAGE = 'example.org/watchsieve:e2e';

async function checkVariant(
  { program, report }: Rig,
  given: {
    readonly variant: 'native' | 'ordinary';
    readonly at: string;
    readonly copies: readonly Copy[];
    readonly kubectl: Kubectl;
  },
): Promise<void> {
  const { variant, at, copies, kubectl } = given;
  const watchsieve = async (command: string, ...flags: readonly string[]) => {
    const args = [program, command, '--in-place', ...flags, at];
    const result = await runToEnd({ name: command, command: process.execPath, args, timeoutMs: 100_000 });
    assert.equal(result.code, 0, result.stderr);
    return result.stderr;
  };
  const injected = new Map<Copy, Buffer>();
  await report.check(
    `${variant}: every manifest is injected, and only the sidecar is added (R44)`,
    async () => {
      await watchsieve('inject', '--image', IMAGE, '--variant', variant);
      for (const copy of copies) {
        const text = await readFile(copy.path);
        injected.set(copy, text);
        checkOnlySidecarAdded(copy, documentsOf(text), variant);
      }
    },
  );
  await report.check(`${variant}: a real API server accepts every injected workload (R34)`, async () => {
    const workloads = [...injected.values()].flatMap((text) => documentsOf(text).filter(isDaemonSet));
    const file = join(at, '..', `inject-${variant}-workloads.yaml`);
    await writeFile(file, workloads.map((workload) => `---\n${stringify(workload)}`).join(''));
    await checkAccepted(kubectl, file, workloads.length);
  });
  await report.check(
    `${variant}: a real API server accepts whole manifests, MetalLB's CRDs included`,
    async () => {
      const whole = copies.filter(
        ({ manifest }) => manifest.release === 'v0.16.1' && !manifest.name.includes('prometheus'),
      );
      assert.equal(whole.length, 3);
      for (const { path, original } of whole)
        await checkAccepted(kubectl, path, documentsOf(original).filter((each) => each !== null).length);
    },
  );
  await report.check(`${variant}: injecting twice is injecting once`, async () => {
    const said = await watchsieve('inject', '--image', IMAGE, '--variant', variant);
    assert.doesNotMatch(said, /injected|updated/);
    for (const copy of copies) assert.deepEqual(await readFile(copy.path), injected.get(copy));
  });
  await report.check(`${variant}: uninject restores every manifest byte for byte (R44)`, async () => {
    await watchsieve('uninject');
    for (const copy of copies) assert.deepEqual(await readFile(copy.path), copy.original, copy.path);
  });
}

async function checkAccepted(kubectl: Kubectl, file: string, count: number): Promise<void> {
  const { code, output } = await kubectl.run('apply', '--dry-run=server', '--validate=strict', '-f', file);
  assert.equal(code, 0, output);
  assert.equal(output.match(/\(server dry run\)/g)?.length, count, output);
}

function documentsOf(text: Buffer): readonly unknown[] {
  return parseAllDocuments(text.toString()).map((document) => document.toJS() as unknown);
}

function isDaemonSet(document: unknown): boolean {
  return valueAt(document, 'kind') === 'DaemonSet';
}

function checkOnlySidecarAdded(copy: Copy, after: readonly unknown[], variant: string): void {
  const before = documentsOf(copy.original);
  assert.equal(after.length, before.length);
  const expected = copy.manifest.name.includes('frr-k8s') ? 2 : 1;
  assert.equal(after.filter(isDaemonSet).length, expected, copy.path);
  for (const [index, document] of after.entries()) {
    assert.deepEqual(isDaemonSet(document) ? withoutSidecar(document) : document, before[index], copy.path);
    if (isDaemonSet(document)) checkSidecar(document, variant);
  }
}

function checkSidecar(document: unknown, variant: string): void {
  const podSpec = valueAt(document, 'spec', 'template', 'spec');
  const init = listAt(podSpec, 'initContainers');
  const own = variant === 'native' ? init[0] : listAt(podSpec, 'containers')[0];
  assert.equal(textAt(own, 'name'), 'watchsieve');
  assert.equal(textAt(init[0], 'name'), variant === 'native' ? 'watchsieve' : 'watchsieve-init');
  const clients = listAt(podSpec, 'containers').filter((container) =>
    listAt(container, 'env').some((variable) => valueAt(variable, 'name') === 'KUBECONFIG'),
  );
  const name = textAt(document, 'metadata', 'name');
  assert.equal(clients.length, 1);
  assert.match(textAt(clients[0], 'image'), name === 'speaker' ? /\/speaker:/ : /\/frr-k8s:/);
}

/** Everything whose name tells that it is ours, taken out of the object; what is empty then, too. */
function withoutSidecar(value: unknown): unknown {
  if (Array.isArray(value)) {
    const others = value.filter((item: unknown) => {
      const name = valueAt(item, 'name');
      return !(typeof name === 'string' && (name.startsWith('watchsieve') || name === 'KUBECONFIG'));
    });
    return others.map(withoutSidecar);
  }
  if (typeof value !== 'object' || value === null) return value;
  const entries = entriesAt(value)
    .filter(([key, each]) => key !== 'watchsieve.dev/injected' && !isOwnDefault(key, each))
    .map(([key, each]) => [key, isEmpty(each) ? each : withoutSidecar(each)] as const)
    .filter(([key, each]) => !isEmpty(each) || isEmpty(valueAt(value, key)));
  return Object.fromEntries(entries);
}

function isOwnDefault(key: string, value: unknown): boolean {
  return key === 'kubectl.kubernetes.io/default-container' && value === 'speaker';
}

function isEmpty(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0;
}
