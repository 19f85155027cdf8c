/** One workload and the wishes for it → what is added, or everything that stands in the way. Pure. */
import { type Edit, withEntries } from './edit.ts';
import { listAt, textAt, valueAt } from './json.ts';
import { ANNOTATION, CONTAINER_NAMES, DEFAULT_CONTAINER, STATE_DIR, VOLUME_NAMES } from './names.ts';
import { containerOfClient, recognise, tooOldSpeaker } from './recognise.ts';
import { type Resources, resourcesFor } from './resources.ts';
import {
  DEFAULT_PORT,
  DEFAULT_PRESET,
  type Ports,
  portsFrom,
  SECOND_CLIENT_OFFSET,
  type Sidecar,
  sidecar,
  type Variant,
  VARIANTS,
} from './sidecar.ts';
import { type Apart, standsApart } from './stands-apart.ts';
import {
  type Container,
  containersOf,
  podSpecAt,
  podSpecPath,
  steering,
  templateAnnotationsOf,
  templatePath,
  type Workload,
} from './workload.ts';
import { wayOf } from './way.ts';

/** Wishes for all workloads; a workload's own annotations win. */
export interface PlanOptions {
  readonly image: string;
  readonly variant: Variant;
  /** Of the cluster, where its release is known: without them, an annotation cannot ask for one. */
  readonly hasNativeSidecars?: boolean;
  readonly preset: string | undefined;
  /** First of three ports in a row, for a speaker; frr-k8s has those {@link SECOND_CLIENT_OFFSET} higher. */
  readonly port: number | undefined;
  readonly container: string | undefined;
  readonly resources: Resources;
  /** The presets there are. */
  readonly presets: readonly string[];
}

export interface Plan {
  /** Paths begin where the workload's own do. */
  readonly edits: readonly Edit[];
  readonly container: string;
  readonly namesDefaultContainer: boolean;
  readonly variant: Variant;
  readonly ports: Ports;
  readonly preset: string;
  /** What may be otherwise than somebody thinks. */
  readonly notes: readonly string[];
}

export type Planned = { readonly ok: Plan } | { readonly problems: readonly string[] };

/** @param workload without anything of ours in it. */
export function planInjection(workload: Workload, options: PlanOptions): Planned {
  const wishes = readWishes(workload, options);
  const container = chooseContainer(workload, options.container);
  if (typeof container === 'string') return { problems: [container, ...wishes.problems] };
  const way = wayOf(workload, container);
  const problems = [
    ...wishes.problems,
    ...conflictsOfPod(workload, wishes.ports),
    ...conflictsOfClient(container),
    ...way.problems,
  ];
  if (problems.length > 0) return { problems };
  const { variant, ports, preset } = wishes;
  const isHostNetwork = podSpecAt(workload, 'hostNetwork') === true;
  const resources = resourcesFor(workload, options.resources);
  const { image } = options;
  const pieces = sidecar({ image, variant, ports, preset, isHostNetwork, resources, way: way.env });
  const namesDefaultContainer = mayNameDefaultContainer(workload, container.name);
  return {
    ok: {
      edits: editsFor(workload, { container, pieces, namesDefaultContainer }),
      container: container.name,
      namesDefaultContainer,
      variant,
      ports,
      preset,
      notes: way.notes,
    },
  };
}

/** The plan's edits, and the record of them on the workload. */
export function editsWith({ edits }: Plan, record: string): readonly Edit[] {
  return withEntries(edits, {
    path: ['metadata', 'annotations'],
    entries: { [ANNOTATION.injected]: record },
  });
}

interface Wishes {
  readonly variant: Variant;
  readonly ports: Ports;
  readonly preset: string;
  readonly problems: readonly string[];
}

function readWishes(workload: Workload, options: PlanOptions): Wishes {
  const problems: string[] = [];
  const isSecond = recognise(workload) === 'frr-k8s';
  const preset =
    steering(workload, ANNOTATION.preset) ?? options.preset ?? (isSecond ? 'labels' : DEFAULT_PRESET);
  if (!options.presets.includes(preset))
    problems.push(`there is no preset ${preset}; there are ${options.presets.join(', ')}`);

  const wish = steering(workload, ANNOTATION.variant);
  const variant = VARIANTS.find((known) => known === (wish ?? options.variant)) ?? options.variant;
  if (wish !== undefined && wish !== variant)
    problems.push(`the annotation ${ANNOTATION.variant} must be ${VARIANTS.join(' or ')}, not ${wish}`);
  if (variant === 'native' && options.hasNativeSidecars === false)
    problems.push(`the annotation ${ANNOTATION.variant} is native, which needs Kubernetes 1.29 or newer`);

  const own = steering(workload, ANNOTATION.port);
  const base =
    own === undefined
      ? (options.port ?? DEFAULT_PORT) + (isSecond ? SECOND_CLIENT_OFFSET : 0)
      : parsePort(own);
  if (base === undefined)
    problems.push(`the annotation ${ANNOTATION.port} must be ${PORT_RANGE}, not ${own ?? ''}`);
  return { variant, preset, ports: portsFrom(base ?? DEFAULT_PORT), problems };
}

/** Room above for the other two, and for those of a second client. */
export const PORT_RANGE = 'a port from 1024 to 65523';

/** The first of three ports; undefined for what is none. */
export function parsePort(text: string): number | undefined {
  const port = /^\d{4,5}$/.test(text) ? Number(text) : 0;
  return port >= 1024 && port <= 65523 ? port : undefined;
}

/** Names under which controllers are known, where nothing else tells one container from the next. */
const USUAL_NAMES: readonly string[] = ['speaker', 'metallb-speaker', 'frr-k8s', 'controller', 'manager'];

/** A problem instead, where it cannot be told which. */
function chooseContainer(workload: Workload, given: string | undefined): Container | string {
  const containers = containersOf(workload);
  const named = (name: unknown) => containers.find((container) => container.name === name);
  const list = containers.map(({ name }) => name).join(', ');
  if (containers.length === 0)
    return `${workload.kind === 'Pod' ? 'it' : 'its Pod template'} has no containers`;
  const wish = steering(workload, ANNOTATION.container) ?? given;
  if (wish !== undefined) return named(wish) ?? `it has no container ${wish}, only ${list}`;
  const client = recognise(workload);
  // frr-k8s 0.0.25 names a default container that it does not have.
  const found =
    named(templateAnnotationsOf(workload)[DEFAULT_CONTAINER]) ??
    (containers.length === 1 ? containers[0] : undefined) ??
    (client === undefined ? undefined : containerOfClient(workload, client)) ??
    USUAL_NAMES.map(named).find((container) => container !== undefined);
  return (
    found ??
    `which of its containers is the client (${list})? Say so by the annotation ${ANNOTATION.container}`
  );
}

function conflictsOfPod(workload: Workload, ports: Ports): string[] {
  const containers = [...containersOf(workload, 'initContainers'), ...containersOf(workload)];
  const problems = containers
    .filter(({ name }) => CONTAINER_NAMES.includes(name))
    .map(({ name }) => `it has a container ${name} already that is not ours`);
  const apart = standsApart(workload);
  if (apart !== undefined) problems.unshift(APART[apart]);
  const volumes = listAt(podSpecAt(workload, 'volumes')).map((volume) => textAt(volume, 'name') ?? '');
  for (const name of volumes.filter((volume) => VOLUME_NAMES.includes(volume)))
    problems.push(`it has a volume ${name} already that is not ours`);
  // Containers of a Pod share one network, so that each port can be listened on once.
  for (const { name, value } of containers) {
    for (const port of listAt(value, 'ports').flatMap((entry) => [...portsOf(entry)])) {
      if ([ports.proxy, ports.admin, ports.metrics].some((own) => own === port))
        problems.push(`its container ${name} has port ${String(port)} already; choose others with --port`);
    }
  }
  return problems;
}

const APART: Readonly<Record<Apart, string>> = {
  windows: 'it runs on Windows, and the sidecar does not',
  mirror: 'it mirrors a Pod that a kubelet runs from a file: the sidecar has to go into that file',
};

function portsOf(entry: unknown): ReadonlySet<unknown> {
  return new Set([valueAt(entry, ['containerPort']), valueAt(entry, ['hostPort'])]);
}

function conflictsOfClient({ name, value }: Container): string[] {
  const problems: string[] = [];
  const words = [...listAt(value, 'command'), ...listAt(value, 'args')];
  if (listAt(value, 'env').some((variable) => textAt(variable, 'name') === 'KUBECONFIG'))
    problems.push(`its container ${name} has KUBECONFIG set already`);
  if (words.some((word) => typeof word === 'string' && /^--?kubeconfig(?:=|$)/.test(word)))
    problems.push(`its container ${name} is started with --kubeconfig, which wins over KUBECONFIG`);
  for (const mount of listAt(value, 'volumeMounts')) {
    if (textAt(mount, 'mountPath')?.replace(/(?<!\/)\/+$/, '') === STATE_DIR)
      problems.push(`its container ${name} has something mounted at ${STATE_DIR} already`);
  }
  const old = tooOldSpeaker(textAt(value, 'image') ?? '');
  if (old !== undefined)
    problems.push(`MetalLB ${old} takes no notice of KUBECONFIG; it has to be 0.13 or newer`);
  return problems;
}

/** The API server refuses what has more: all annotations of an object, names and values. */
const MAX_ANNOTATIONS_BYTES = 256 * 1024;

/** It is for people's convenience alone, and never a reason to be refused. */
function mayNameDefaultContainer(workload: Workload, name: string): boolean {
  const annotations = templateAnnotationsOf(workload);
  if (annotations[DEFAULT_CONTAINER] !== undefined) return false;
  const bytes = Object.entries({ ...annotations, [DEFAULT_CONTAINER]: name })
    .flat()
    .reduce<number>((sum, text) => sum + (typeof text === 'string' ? Buffer.byteLength(text) : 0), 0);
  return bytes <= MAX_ANNOTATIONS_BYTES;
}

/** All in front: the order of containers is the order in which they start. */
function editsFor(
  workload: Workload,
  given: { readonly container: Container; readonly pieces: Sidecar; readonly namesDefaultContainer: boolean },
): readonly Edit[] {
  const { container, pieces, namesDefaultContainer } = given;
  const annotations = [...workload.path, ...templatePath(workload, 'metadata', 'annotations')];
  const edits: Edit[] = [
    // The client's container first: its index is another once one stands in front of it.
    { path: [...container.path, 'env'], items: pieces.env },
    { path: [...container.path, 'volumeMounts'], items: pieces.volumeMounts },
    { path: podSpecPath(workload, 'initContainers'), items: pieces.initContainers },
    { path: podSpecPath(workload, 'containers'), items: pieces.containers },
    { path: podSpecPath(workload, 'volumes'), items: pieces.volumes },
  ];
  if (namesDefaultContainer)
    edits.unshift({ path: annotations, entries: { [DEFAULT_CONTAINER]: container.name } });
  return edits.filter((edit) => !('items' in edit) || edit.items.length > 0);
}
