/** One workload and the wishes for it → what is added, or everything that stands in the way. Pure. */
import { admittedMount } from './admitted-mount.ts';
import { conflictsOfClient, conflictsOfPod } from './conflicts.ts';
import { type Edit, withEntries } from './edit.ts';
import type { HubWish } from './hub.ts';
import type { Path } from '../../platform/text/json-value.ts';
import { type Leading, LEADINGS } from './leading.ts';
import { ANNOTATION, DEFAULT_CONTAINER, SERVICE_ACCOUNT_DIR } from './names.ts';
import { containerOfClient, recognise } from './recognise.ts';
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
  /** How the client is led to the sidecar. */
  readonly leading: Leading;
  /** Whether ServiceAccount admission has seen it, as it has each Pod that a webhook is asked about. */
  readonly isAdmitted?: boolean;
  readonly preset: string | undefined;
  /** First of three ports in a row, for a speaker; frr-k8s has those {@link SECOND_CLIENT_OFFSET} higher. */
  readonly port: number | undefined;
  readonly container: string | undefined;
  readonly resources: Resources;
  /** Hubs that the sidecar asks first. */
  readonly hub?: HubWish | undefined;
  /** The presets there are. */
  readonly presets: readonly string[];
}

export interface Plan {
  /** Paths begin where the workload's own do. */
  readonly edits: readonly Edit[];
  /** Elements of lists that go before anything is added; of a Pod that is admitted alone. */
  readonly displaced: readonly Path[];
  readonly container: string;
  readonly namesDefaultContainer: boolean;
  readonly variant: Variant;
  readonly leading: Leading;
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
  const { variant, leading, ports, preset } = wishes;
  const way = wayOf(workload, container, leading);
  const token = leading === 'in-cluster' && options.isAdmitted === true;
  const displaced = token ? admittedMount(workload, container) : undefined;
  const problems = [
    ...wishes.problems,
    ...conflictsOfPod(workload, ports),
    ...conflictsOfClient(workload, container, { leading, displaced: Number(displaced?.at(-1) ?? -1) }),
    ...way.problems,
  ];
  // By an account that says so, or without the plugin: others would have one by now.
  if (token && displaced === undefined && problems.length === 0)
    problems.push(`its container ${container.name} is given no token in ${SERVICE_ACCOUNT_DIR}`);
  if (problems.length > 0) return { problems };
  const isHostNetwork = podSpecAt(workload, 'hostNetwork') === true;
  const resources = resourcesFor(workload, options.resources);
  const { image, hub } = options;
  const pieces = sidecar({
    ...{ image, variant, leading, ports, preset, isHostNetwork, resources, hub },
    way: way.env,
  });
  const namesDefaultContainer = mayNameDefaultContainer(workload, container.name);
  return {
    ok: {
      edits: editsFor(workload, { container, pieces, namesDefaultContainer }),
      displaced: displaced === undefined ? [] : [displaced],
      container: container.name,
      namesDefaultContainer,
      variant,
      leading,
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
  readonly leading: Leading;
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

  const asked = steering(workload, ANNOTATION.client) ?? options.leading;
  const leading = LEADINGS.find((known) => known === asked);
  if (leading === undefined)
    problems.push(`the annotation ${ANNOTATION.client} must be ${LEADINGS.join(' or ')}, not ${asked}`);

  const own = steering(workload, ANNOTATION.port);
  const base =
    own === undefined
      ? (options.port ?? DEFAULT_PORT) + (isSecond ? SECOND_CLIENT_OFFSET : 0)
      : parsePort(own);
  if (base === undefined)
    problems.push(`the annotation ${ANNOTATION.port} must be ${PORT_RANGE}, not ${own ?? ''}`);
  return {
    ...{ variant, preset, problems },
    leading: leading ?? options.leading,
    ports: portsFrom(base ?? DEFAULT_PORT),
  };
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
