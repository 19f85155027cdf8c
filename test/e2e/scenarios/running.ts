/**
 * The patches for a speaker that runs already (R34), on a real API server: one command puts the sidecar on,
 * one takes it off, and the DaemonSet is as it was, however it was installed and whoever has applied it
 * again in between. No controller runs here, so the DaemonSets make no Pods.
 */

import assert from 'node:assert/strict';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { stringify } from 'yaml';

import { FLUX, takeOver } from '../flux.ts';
import { installMetallb } from '../metallb.ts';
import { chartOf, copyConfig } from '../metallb-releases.ts';
import { kustomize, parseRendering, renderWith, run } from '../rendering.ts';
import type { Rendering } from '../rendering.ts';
import { listAt, textAt, valueAt } from '../../support/json-value.ts';
import { copyManifests, IMAGE } from '../../support/named-manifests.ts';
import { withSidecar } from '../../support/sidecar-shape.ts';
import type { Side, SidecarShape } from '../../support/sidecar-shape.ts';
import type { Rig, Scenario } from './scenario.ts';

const DAEMON_SETS = '/apis/apps/v1/namespaces/metallb-system/daemonsets';

export const runningScenario: Scenario = { title: 'patches for a running speaker', run: prove };

/** Whom the sidecar serves, and the files that are for it. */
interface Client {
  readonly daemonSet: string;
  readonly component: string;
  readonly on: string;
  readonly off: string;
  readonly shape: SidecarShape;
}

const NATIVE = { variant: 'native', annotated: false, image: IMAGE } as const;
const SPEAKER: Client = {
  ...{ daemonSet: 'speaker', component: 'sidecar', on: 'speaker-sidecar.yaml', off: 'remove.yaml' },
  shape: { ...NATIVE, port: 17_480, preset: undefined, container: 'speaker' },
};
const FRR_K8S: Client = {
  ...{ daemonSet: 'frr-k8s-daemon', component: 'frr-k8s' },
  ...{ on: 'frr-k8s-sidecar.yaml', off: 'frr-k8s-remove.yaml' },
  shape: { ...NATIVE, port: 17_490, preset: 'labels', container: 'controller' },
};

/** One way to install MetalLB. */
interface Way {
  readonly title: string;
  readonly client: Client;
  /** What it calls the client's. */
  readonly daemonSet: string;
  readonly install: () => Promise<unknown>;
  /** The same with the component. */
  readonly installWithSidecar?: () => Promise<unknown>;
  readonly uninstall: () => Promise<unknown>;
  /** What it would change if it came again, as its drift detection finds out. @throws where there is something. */
  readonly drift?: () => Promise<unknown>;
}

async function prove(rig: Rig): Promise<void> {
  const { cluster, assets, report } = rig;
  const folder = await mkdtemp(join(cluster.folder, 'running-'));
  const kubeconfig = await cluster.writeKubeconfig('running.kubeconfig', 'admin');
  await installMetallb(rig, kubeconfig);
  copyManifests(folder);
  const common = [`--kubeconfig=${kubeconfig}`, `--cache-dir=${join(folder, 'cache')}`];
  const kubectl = (...args: readonly string[]) =>
    run({ command: assets.kubectl, args: [...common, ...args], cwd: folder });
  const clientSide = await byKubectl({
    rig,
    folder,
    kubectl,
    version: 'v0.16.1',
    flavour: 'native',
    args: [],
  });
  const serverSide = ['--server-side'];
  const frr = await byKubectl({ rig, folder, kubectl, version: 'v0.15.2', flavour: 'frr', args: serverSide });
  const helm = await byHelm(rig, folder, kubeconfig);
  for (const way of [clientSide, frr, helm]) {
    await proveWay({ rig, way, method: patching(kubectl, way) });
  }
  for (const way of [frr, helm]) {
    await proveWay({ rig, way, method: applying(rig, way, { folder, kubeconfig }) });
  }
  for (const way of [clientSide, frr]) await proveComponent({ rig, way });
  const newest = { rig, folder, kubectl, version: 'v0.16.1', flavour: 'frr-k8s', client: FRR_K8S };
  const daemon = await byKubectl({ ...newest, args: serverSide });
  for (const method of [patching(kubectl, daemon), applying(rig, daemon, { folder, kubeconfig })])
    await proveWay({ rig, way: daemon, method });
  await proveComponent({ rig, way: daemon });
  const argocd = [...serverSide, '--field-manager=argocd-controller', '--force-conflicts'];
  const argo = await byKubectl({ rig, folder, kubectl, version: 'v0.14.5', flavour: 'native', args: argocd });
  await proveWay({ rig, way: argo, method: patching(kubectl, argo) });
  await proveFlux({ rig, way: await byFlux({ rig, folder, kubectl }), kubectl });
  await report.check(
    `after ${clientSide.title} server-side apply is refused, on and off, and changes nothing`,
    async () => {
      const applied = applying(rig, clientSide, { folder, kubeconfig });
      await clientSide.install();
      try {
        const before = [await specOf(rig, clientSide), await ownersOf(rig, clientSide)];
        for (const act of [applied.on, applied.off])
          await assert.rejects(act(), /watchsieve: speaker was applied by kubectl apply.*\.\.\/patch/);
        assert.deepEqual([await specOf(rig, clientSide), await ownersOf(rig, clientSide)], before);
      } finally {
        await clientSide.uninstall();
      }
    },
  );
}

type Command = (...args: readonly string[]) => Promise<string>;

/** How the sidecar gets on a DaemonSet and off it. */
interface Method {
  readonly title: string;
  /** Where the API server puts it. */
  readonly side: Side;
  readonly on: () => Promise<unknown>;
  readonly off: () => Promise<unknown>;
}

function patching(kubectl: Command, { client, daemonSet }: Way): Method {
  const patch = (file: string) =>
    kubectl(
      ...['patch', 'daemonset', daemonSet, '--namespace=metallb-system'],
      ...['--field-manager=watchsieve', '--patch-file', `manifests/patch/${file}`],
    );
  return { title: 'patch', side: 'front', on: () => patch(client.on), off: () => patch(client.off) };
}

interface Place {
  readonly folder: string;
  readonly kubeconfig: string;
}

/** By the script, which knows another name of the speaker. */
function applying({ assets }: Rig, { client, daemonSet }: Way, at: Place): Method {
  const apply = (file: string) =>
    run({
      command: join(at.folder, 'manifests', 'ssa', 'apply.sh'),
      args: [file, daemonSet],
      env: { KUBECTL: assets.kubectl, KUBECONFIG: at.kubeconfig },
    });
  return {
    title: 'server-side apply',
    side: 'end',
    on: () => apply(client.on),
    off: () => apply(client.off),
  };
}

async function proveWay(options: { readonly rig: Rig; readonly way: Way; readonly method: Method }) {
  const { rig, way, method } = options;
  const sentence = `${way.title}, then ${method.title}: on, and off again without a trace (R34)`;
  try {
    await rig.report.check(sentence, async () => {
      await way.install();
      const [before, owners] = [await specOf(rig, way), await ownersOf(rig, way)];
      await method.on();
      const withIt = await specOf(rig, way);
      assertSidecarAdded(way, before, withIt, method.side);
      await way.drift?.();
      await method.on();
      assert.deepEqual(await specOf(rig, way), withIt, 'put on twice');
      await way.install();
      assert.deepEqual(await specOf(rig, way), withIt, 'after MetalLB was applied again');
      await method.off();
      assert.deepEqual(await specOf(rig, way), before, 'taken off');
      assert.deepEqual(await ownersOf(rig, way), owners);
      assert.ok(!(await managersOf(rig, way)).includes('watchsieve'));
      await method.off();
      assert.deepEqual(await specOf(rig, way), before, 'taken off twice');
    });
  } finally {
    await way.uninstall();
  }
}

async function proveComponent({ rig, way }: { readonly rig: Rig; readonly way: Way }): Promise<void> {
  try {
    await rig.report.check(`${way.title}: with the component, and without again (R34)`, async () => {
      assert.ok(way.installWithSidecar);
      await way.install();
      const [before, owners] = [await specOf(rig, way), await ownersOf(rig, way)];
      await way.installWithSidecar();
      assertSidecarAdded(way, before, await specOf(rig, way), 'end');
      await way.install();
      assert.deepEqual(await specOf(rig, way), before);
      assert.deepEqual(await ownersOf(rig, way), owners);
    });
  } finally {
    await way.uninstall();
  }
}

/** As Flux does it at each reconcile: what managers called kubectl... own becomes its own, then it applies. */
async function byFlux(given: {
  readonly rig: Rig;
  readonly folder: string;
  readonly kubectl: Command;
}): Promise<Way> {
  const args = ['--server-side', `--field-manager=${FLUX}`, '--force-conflicts'];
  const way = await byKubectl({ ...given, version: 'v0.14.5', flavour: 'native', args });
  return {
    ...way,
    title: 'Flux, v0.14.5 native',
    install: async () => {
      await takeOver(given.rig.cluster, `${DAEMON_SETS}/${way.daemonSet}`);
      return way.install();
    },
  };
}

async function proveFlux(given: {
  readonly rig: Rig;
  readonly way: Way;
  readonly kubectl: Command;
}): Promise<void> {
  const { rig, way, kubectl } = given;
  await proveWay({ rig, way, method: patching(kubectl, way) });
  try {
    await rig.report.check(
      'Flux takes a patch without a field manager off again, as docs/gitops.md says',
      async () => {
        await way.install();
        const before = await specOf(rig, way);
        const file = 'manifests/patch/speaker-sidecar.yaml';
        await kubectl('patch', 'daemonset', 'speaker', '--namespace=metallb-system', '--patch-file', file);
        assertSidecarAdded(way, before, await specOf(rig, way), 'front');
        await takeOver(rig.cluster, `${DAEMON_SETS}/${way.daemonSet}`);
        await assert.rejects(way.drift?.() ?? Promise.resolve(), /kubectl.* diff .*: 1\n/);
        await way.install();
        assert.deepEqual(await specOf(rig, way), before);
      },
    );
  } finally {
    await way.uninstall();
  }
}

function daemonSetOf(rig: Rig, way: Way): Promise<unknown> {
  return rig.cluster.admin.getJson(`${DAEMON_SETS}/${way.daemonSet}`);
}

async function specOf(rig: Rig, way: Way): Promise<unknown> {
  return valueAt(await daemonSetOf(rig, way), 'spec');
}

/** Who owns which fields, whenever they were written. */
async function ownersOf(rig: Rig, way: Way): Promise<readonly unknown[]> {
  const entries = listAt(await daemonSetOf(rig, way), 'metadata', 'managedFields');
  return entries.map((entry) => ['manager', 'operation', 'fieldsV1'].map((field) => valueAt(entry, field)));
}

async function managersOf(rig: Rig, way: Way): Promise<readonly string[]> {
  const entries = listAt(await daemonSetOf(rig, way), 'metadata', 'managedFields');
  assert.ok(entries.length > 0);
  return entries.map((entry) => textAt(entry, 'manager'));
}

/** What the server has filled in for the sidecar is left out: the difference to `before` is the shape. */
function assertSidecarAdded({ client }: Way, before: unknown, after: unknown, side: Side): void {
  assertContains({ spec: after }, withSidecar({ spec: before }, client.shape, side), 'DaemonSet');
}

/** Every value of `expected` is at its place in `actual`, lists have the same length. */
function assertContains(actual: unknown, expected: unknown, path: string): void {
  if (Array.isArray(expected)) {
    assert.ok(Array.isArray(actual) && actual.length === expected.length, path);
    for (const [index, item] of expected.entries()) assertContains(actual[index], item, `${path}.${index}`);
  } else if (typeof expected === 'object' && expected !== null) {
    for (const [key, value] of Object.entries(expected)) {
      assertContains(valueAt(actual, key), value, `${path}.${key}`);
    }
  } else {
    assert.equal(actual, expected, path);
  }
}

async function byKubectl(options: {
  readonly rig: Rig;
  readonly folder: string;
  readonly kubectl: Command;
  readonly version: string;
  readonly flavour: string;
  readonly client?: Client;
  /** Of `kubectl apply`. */
  readonly args: readonly string[];
}): Promise<Way> {
  const { rig, folder, kubectl, version, flavour, client = SPEAKER, args } = options;
  const { daemonSet, component } = client;
  const config = await copyConfig(rig.assets, version, folder);
  const base = join(config, flavour);
  const plain = parseRendering(await kustomize(rig.assets.kubectl, base));
  const patched = await renderWith({ kubectl: rig.assets.kubectl, folder, base, components: [component] });
  const write = async (rendering: Rendering, name: string) => {
    const file = join(folder, `${daemonSet}-${flavour}-${version}-${name}.yaml`);
    await writeFile(file, stringify(rendering.get(`DaemonSet/metallb-system/${daemonSet}`)));
    return file;
  };
  const [file, withSidecarFile] = [await write(plain, 'plain'), await write(patched, 'sidecar')];
  return {
    title: ['kubectl apply', ...args, version, flavour, ...(client === SPEAKER ? [] : [daemonSet])].join(' '),
    client,
    daemonSet,
    install: () => kubectl('apply', ...args, '-f', file),
    installWithSidecar: () => kubectl('apply', ...args, '-f', withSidecarFile),
    uninstall: () => kubectl('delete', '--ignore-not-found', '-f', file),
    // A dry run on the server with all that applying takes, compared with what is there.
    drift: () => kubectl('diff', ...args, '-f', file),
  };
}

async function byHelm(rig: Rig, folder: string, kubeconfig: string): Promise<Way> {
  const command = await rig.assets.helm();
  const chart = await chartOf(rig.assets, 'v0.16.1');
  const env = {
    HELM_DATA_HOME: join(folder, 'helm-data'),
    HELM_CONFIG_HOME: join(folder, 'helm-config'),
    HELM_CACHE_HOME: join(folder, 'helm-cache'),
  };
  const common = [`--kubeconfig=${kubeconfig}`, '--namespace=metallb-system'];
  const values = ['crds.enabled=false', 'frrk8s.enabled=false', 'rbac.create=false'];
  const args = ['upgrade', '--install', 'lb', chart, ...values.map((value) => `--set=${value}`), ...common];
  return {
    title: 'helm upgrade --install v0.16.1',
    client: SPEAKER,
    daemonSet: 'lb-metallb-speaker',
    install: () => run({ command, env, args }),
    uninstall: () => run({ command, env, args: ['uninstall', 'lb', '--ignore-not-found', ...common] }),
  };
}
