/** Finds what in a workload, or in the container of its client, prevents the sidecar. Pure. */
import { listAt, textAt, valueAt } from '../../platform/text/json-value.ts';
import { ADDRESS_VARIABLES, type Leading, mountPathsOf } from './leading.ts';
import { ANNOTATION, CONTAINER_NAMES, VOLUME_NAMES } from './names.ts';
import { tooOldSpeaker } from './recognise.ts';
import type { Ports } from './sidecar.ts';
import { type Apart, markOfNetwork, standsApart } from './stands-apart.ts';
import { type Container, containersOf, podSpecAt, templateAnnotationsOf, type Workload } from './workload.ts';

/** @param ports - of the sidecar; undefined if there is none */
export function conflictsOfPod(workload: Workload, ports: Ports | undefined): string[] {
  const containers = [...containersOf(workload, 'initContainers'), ...containersOf(workload)];
  const problems = containers
    .filter(({ name }) => CONTAINER_NAMES.includes(name))
    .map(({ name }) => `it already has a container ${name} that is not watchsieve's`);
  const apart = standsApart(workload);
  if (apart !== undefined) problems.unshift(APART[apart]);
  const volumes = listAt(podSpecAt(workload, 'volumes')).map((volume) => textAt(volume, 'name') ?? '');
  for (const name of volumes.filter((volume) => VOLUME_NAMES.includes(volume)))
    problems.push(`it already has a volume ${name} that is not watchsieve's`);
  if (ports !== undefined) problems.push(...conflictsOfPorts(containers, ports));
  return problems;
}

/** The containers of a Pod share one network, so each port can be used only once. */
function conflictsOfPorts(containers: readonly Container[], { proxy, admin, metrics }: Ports): string[] {
  return containers.flatMap(({ name, value }) =>
    listAt(value, 'ports')
      .flatMap((entry) => [...portsOf(entry)])
      .filter((port) => [proxy, admin, metrics].some((own) => own === port))
      .map((port) => `its container ${name} has port ${String(port)} already; choose others with --port`),
  );
}

/** The reasons for which this client cannot talk to a hub without a sidecar. */
export function conflictsWithHub(workload: Workload): string[] {
  const problems: string[] = [];
  if (templateAnnotationsOf(workload)[ANNOTATION.kubeconfig] !== undefined)
    problems.push(`it already has an annotation ${ANNOTATION.kubeconfig} that is not watchsieve's`);
  const mark = markOfNetwork(workload);
  if (mark !== undefined)
    problems.push(
      `the network of Pods needs it (${mark}), and a hub is reached over that network: use a sidecar`,
    );
  return problems;
}

const APART: Readonly<Record<Apart, string>> = {
  windows: 'it runs on Windows, and the sidecar does not',
  mirror: 'it mirrors a Pod that a kubelet runs from a file: the sidecar has to go into that file',
};

function portsOf(entry: unknown): ReadonlySet<unknown> {
  return new Set([valueAt(entry, ['containerPort']), valueAt(entry, ['hostPort'])]);
}

/** @param displaced - the mount that the sidecar's mount replaces, if any */
export function conflictsOfClient(
  workload: Workload,
  { name, value }: Container,
  { leading, displaced }: { readonly leading: Leading; readonly displaced: number | undefined },
): string[] {
  const words = [...listAt(value, 'command'), ...listAt(value, 'args')];
  const isSet = (variable: string) => listAt(value, 'env').some((each) => textAt(each, 'name') === variable);
  const problems: string[] = [];
  if (isSet('KUBECONFIG')) problems.push('has KUBECONFIG set already');
  if (words.some((word) => typeof word === 'string' && /^--?kubeconfig(?:=|$)/.test(word)))
    problems.push(`is started with --kubeconfig, which wins over ${WON_OVER[leading]}`);
  if (leading === 'in-cluster')
    for (const variable of ADDRESS_VARIABLES.filter(isSet)) problems.push(`has ${variable} set already`);
  const mounts = listAt(value, 'volumeMounts').filter((_mount, index) => index !== displaced);
  const readOnly = readOnlyVolumes(workload);
  for (const path of mountPathsOf(leading))
    problems.push(...mounts.flatMap((mount) => mountConflict(mount, readOnly, path)));
  const old = leading === 'kubeconfig' ? tooOldSpeaker(textAt(value, 'image') ?? '') : undefined;
  const ofContainer = problems.map((problem) => `its container ${name} ${problem}`);
  return old === undefined
    ? ofContainer
    : [...ofContainer, `MetalLB ${old} ignores KUBECONFIG; use 0.13 or newer, or --client in-cluster`];
}

const WON_OVER: Readonly<Record<Leading, string>> = {
  kubeconfig: 'KUBECONFIG',
  'in-cluster': 'the in-cluster configuration',
};

/**
 * The sidecar's mounts are read-only, so nothing can be mounted inside them, and they cannot be inside a read-only
 * mount.
 */
function mountConflict(mount: unknown, readOnly: ReadonlySet<string>, ours: string): readonly string[] {
  const given = textAt(mount, 'mountPath') ?? '';
  const [theirs, own] = [placeOf(given), placeOf(ours)];
  // Both spellings are compared, because placeOf() moves /var/run out of a mount at /var.
  const isInside = isBelow(own, theirs) || isBelow(ours, theirs);
  if (theirs === own) return [`has something mounted at ${ours} already`];
  if (isBelow(theirs, own)) return [`has something mounted at ${given}, which is inside of ${ours}`];
  const isReadOnly = valueAt(mount, ['readOnly']) === true || readOnly.has(textAt(mount, 'name') ?? '');
  if (isInside && isReadOnly)
    return [`has something read-only mounted at ${given}, which leaves no place for ${ours}`];
  return [];
}

/** One name for a directory: /var/run is a link to /run in nearly every image. */
function placeOf(path: string): string {
  const steps: string[] = [];
  for (const step of path.split('/')) {
    if (step === '..') steps.pop();
    else if (step !== '' && step !== '.') steps.push(step);
  }
  const plain = steps.length === 0 ? '/' : `/${steps.join('/')}/`;
  return plain.startsWith('/var/run/') ? plain.slice('/var'.length) : plain;
}

function isBelow(inner: string, outer: string): boolean {
  return inner !== outer && inner.startsWith(outer);
}

/** The kubelet always mounts volumes of these kinds read-only. */
const READ_ONLY_KINDS = ['configMap', 'secret', 'projected', 'downwardAPI'];

function readOnlyVolumes(workload: Workload): ReadonlySet<string> {
  const volumes = listAt(podSpecAt(workload, 'volumes')).filter((volume) =>
    READ_ONLY_KINDS.some((kind) => (valueAt(volume, [kind]) ?? undefined) !== undefined),
  );
  return new Set(volumes.map((volume) => textAt(volume, 'name') ?? ''));
}
