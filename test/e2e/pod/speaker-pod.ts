/**
 * A speaker's Pod with its sidecar: the DaemonSet as rendered, the images, and in the cluster what MetalLB's
 * manifests and the kubelet would have put there: CRDs, rights, the Pod's own object, a token.
 */

import { chmod, cp, mkdtemp, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import { stringify } from 'yaml';

import { entriesAt, textAt, valueAt } from '../../support/json-value.ts';
import { copyManifests, IMAGE } from '../../support/named-manifests.ts';
import { METALLB } from '../assets.ts';
import { OWN_NODE } from '../metallb.ts';
import { copyConfig } from '../metallb-releases.ts';
import { kustomize, parseRendering, renderWith, run } from '../rendering.ts';
import type { Rendering } from '../rendering.ts';
import type { Rig } from '../scenarios/scenario.ts';
import { SPEAKER_NAMESPACE } from '../speaker.ts';
import type { Image } from './container.ts';
import { NODE_IP } from './network.ts';
import type { PodNetwork } from './network.ts';
import { Pod } from './pod.ts';

const RBAC_KINDS = ['ServiceAccount', 'ClusterRole', 'ClusterRoleBinding', 'Role', 'RoleBinding'];
/** As in distroless images. */
const PASSWD = `root:x:0:0:root:/root:/sbin/nologin
nonroot:x:65532:65532:nonroot:/home/nonroot:/sbin/nologin
`;

export interface PodGiven {
  readonly rig: Rig;
  readonly network: PodNetwork;
  readonly kubeconfig: string;
  /** The sidecar's. */
  readonly image: Image;
  readonly version: string;
  readonly variant: 'native' | 'ordinary';
  /** What puts the sidecar into MetalLB's manifests. */
  readonly by: 'component' | 'inject';
}

/** The sidecar's image, as the Dockerfile makes it: the bundle alone, readable for everyone, and Node.js. */
export async function makeImage(program: string, folder: string): Promise<Image> {
  const [app, passwd] = [join(folder, 'app'), join(folder, 'passwd')];
  await cp(dirname(program), app, { recursive: true });
  await chmod(app, 0o755);
  await writeFile(passwd, PASSWD);
  return {
    entrypoint: ['/nodejs/bin/node', '/app/watchsieve.js'],
    files: { '/etc/passwd': passwd, '/nodejs/bin/node': process.execPath, '/app': app },
  };
}

/** The speaker's image is a distroless one too. */
function passwdOf({ files }: Image): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(files).filter(([path]) => path === '/etc/passwd'));
}

/** The Pod of the rendered DaemonSet, and in the cluster what it finds there. */
export async function makePod(given: PodGiven): Promise<Pod> {
  const { rig, network, image, version, variant } = given;
  const { assets, cluster } = rig;
  const folder = await mkdtemp(join(cluster.folder, `pod-${version}-${variant}-`));
  const rendering = await render(given, folder);
  await prepareCluster(given, rendering, folder);
  const daemonSet = rendering.get(`DaemonSet/${SPEAKER_NAMESPACE}/speaker`);
  const spec = valueAt(daemonSet, 'spec', 'template', 'spec');
  const name = `speaker-${version.replaceAll('.', '-')}-${variant}`;
  await createPodObject(given, name, valueAt(daemonSet, 'spec', 'template'));
  const speaker = version === 'v0.14.5' ? assets.speaker : await assets.speakerOf(version);
  return Pod.create({
    namespace: SPEAKER_NAMESPACE,
    name,
    node: OWN_NODE,
    spec,
    rendering,
    images: {
      watchsieve: image,
      'watchsieve-init': image,
      speaker: { entrypoint: ['/speaker'], files: { ...passwdOf(image), '/speaker': speaker } },
    },
    network,
    folder,
    ca: cluster.ca,
    token: await tokenOf(rig, textAt(spec, 'serviceAccountName')),
  });
}

async function render({ rig, version, variant, by }: PodGiven, folder: string): Promise<Rendering> {
  const { kubectl } = rig.assets;
  const base = join(await copyConfig(rig.assets, version, folder), 'native');
  if (by === 'inject') {
    const file = join(folder, 'metallb.yaml');
    await writeFile(file, await kustomize(kubectl, base));
    const args = [rig.program, 'inject', `--image=${IMAGE}`, `--variant=${variant}`, file];
    return parseRendering(await run({ command: process.execPath, args }));
  }
  copyManifests(folder);
  const components = [variant === 'native' ? 'sidecar' : 'sidecar-ordinary'];
  return renderWith({ kubectl, folder, base, components });
}

/** This release's CRDs, RBAC and ConfigMaps: what a speaker is given rights to, and no more. */
async function prepareCluster(given: PodGiven, rendering: Rendering, folder: string): Promise<void> {
  const { rig, kubeconfig, version } = given;
  const objects = [...rendering.values()].filter((object) =>
    [...RBAC_KINDS, 'ConfigMap'].includes(textAt(object, 'kind')),
  );
  const file = join(folder, 'rights.yaml');
  await writeFile(file, objects.map((object) => stringify(object)).join('---\n'));
  const kubectl = (...args: readonly string[]) =>
    run({
      command: rig.assets.kubectl,
      args: [`--kubeconfig=${kubeconfig}`, `--cache-dir=${join(folder, 'cache')}`, ...args],
    });
  await kubectl('apply', '-f', file);
  // Those of the oldest release are there; the newer ones hold what it does not know yet.
  if (version === 'v0.14.5') return;
  const crds = join(await rig.assets.moduleFolder(METALLB, version), 'config', 'crd', 'bases');
  await kubectl('apply', '--server-side', '--force-conflicts', '-f', crds);
  await kubectl('wait', '--for=condition=Established', '--timeout=60s', 'crd', '--all');
}

/** The speaker asks for its own Pod, and memberlist for the addresses of all. */
async function createPodObject({ rig }: PodGiven, name: string, template: unknown): Promise<void> {
  const pods = `/api/v1/namespaces/${SPEAKER_NAMESPACE}/pods`;
  const spec = { ...Object.fromEntries(entriesAt(template, 'spec')), nodeName: OWN_NODE };
  const metadata = { name, labels: valueAt(template, 'metadata', 'labels') };
  await rig.cluster.admin.send('POST', pods, { metadata, spec });
  const status = { phase: 'Running', hostIP: NODE_IP, podIP: NODE_IP, podIPs: [{ ip: NODE_IP }] };
  await rig.cluster.admin.send('PATCH', `${pods}/${name}/status`, { status });
}

async function tokenOf({ cluster }: Rig, serviceAccount: string): Promise<string> {
  const path = `/api/v1/namespaces/${SPEAKER_NAMESPACE}/serviceaccounts/${serviceAccount}/token`;
  return textAt(await cluster.admin.send('POST', path, { spec: {} }), 'status', 'token');
}
