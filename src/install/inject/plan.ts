/** Plans the additions to one workload, or lists everything that prevents them. Pure. */
import { admittedMount } from './admitted-mount.ts';
import { conflictsOfClient, conflictsOfPod, conflictsWithHub } from './conflicts.ts';
import { type Edit, withEntries } from './edit.ts';
import type { HubWish } from './hub.ts';
import { HUB_ALONE, hubAlone, problemsOfHubAlone, type Variant, VARIANTS } from './hub-alone.ts';
import type { Path } from '../../platform/text/json-value.ts';
import { type Leading, LEADINGS } from './leading.ts';
import { ANNOTATION, DEFAULT_CONTAINER, SERVICE_ACCOUNT_DIR } from './names.ts';
import { containerOfClient, recognise } from './recognise.ts';
import { type Resources, resourcesFor } from './resources.ts';
import {
  DEFAULT_PORT,
  DEFAULT_PRESET,
  type Pieces,
  type Ports,
  portsFrom,
  SECOND_CLIENT_OFFSET,
  sidecar,
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
import { wayOf, wayToHub } from './way.ts';

/** Options for all workloads; annotations of a workload take precedence. */
export interface PlanOptions {
  /** Empty if none is named; only a client of a hub alone needs none. */
  readonly image: string;
  readonly variant: Variant;
  /**
   * True if the release of the cluster is known to support native sidecars; false if it is known not to, so that an
   * annotation cannot ask for one.
   */
  readonly hasNativeSidecars?: boolean;
  /** How clients are directed to the sidecar. */
  readonly leading: Leading;
  /** True if ServiceAccount admission has processed the workload, as it has each Pod that a webhook reviews. */
  readonly isAdmitted?: boolean;
  readonly preset: string | undefined;
  /** The first of three consecutive ports, for a speaker; for frr-k8s they are {@link SECOND_CLIENT_OFFSET} higher. */
  readonly port: number | undefined;
  readonly container: string | undefined;
  readonly resources: Resources;
  /** Hubs that the sidecar asks first, or that a client without one talks to. */
  readonly hub?: HubWish | undefined;
  readonly presets: readonly string[];
}

export interface Plan {
  /** Paths begin at the workload. */
  readonly edits: readonly Edit[];
  /** Elements of lists that are removed before anything is added; only in an admitted Pod. */
  readonly displaced: readonly Path[];
  readonly container: string;
  readonly namesDefaultContainer: boolean;
  readonly variant: Variant;
  readonly leading: Leading;
  /** Undefined if there is no sidecar. */
  readonly ports: Ports | undefined;
  readonly preset: string;
  /** Remarks about things that may be different from what the user expects. */
  readonly notes: readonly string[];
}

export type Planned = { readonly ok: Plan } | { readonly problems: readonly string[] };

/** @param workload contains nothing of watchsieve */
export function planInjection(workload: Workload, options: PlanOptions): Planned {
  const wishes = readWishes(workload, options);
  const container = chooseContainer(workload, options.container);
  if (typeof container === 'string') return { problems: [container, ...wishes.problems] };
  const { variant, leading, ports, preset } = wishes;
  if (variant === HUB_ALONE) return planHubAlone(workload, container, { wishes, hub: options.hub });
  const way = wayOf(workload, container, leading);
  const token = leading === 'in-cluster' && options.isAdmitted === true;
  const displaced = token ? admittedMount(workload, container) : undefined;
  const problems = [
    ...wishes.problems,
    ...conflictsOfPod(workload, ports),
    ...conflictsOfClient(workload, container, { leading, displaced: Number(displaced?.at(-1) ?? -1) }),
    ...way.problems,
  ];
  // The service account may say so, or the plugin is off; otherwise the Pod would have a token by now.
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
      edits: editsFor(workload, {
        ...{ container, pieces },
        annotations: namesDefaultContainer ? { [DEFAULT_CONTAINER]: container.name } : {},
      }),
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

function planHubAlone(
  workload: Workload,
  container: Container,
  { wishes, hub }: { readonly wishes: Wishes; readonly hub: HubWish | undefined },
): Planned {
  const { leading, preset } = wishes;
  const way = wayToHub(workload, container);
  const problems = [
    ...wishes.problems,
    ...conflictsOfPod(workload, undefined),
    ...conflictsWithHub(workload),
    ...conflictsOfClient(workload, container, { leading, displaced: undefined }),
    ...way.problems,
  ];
  if (problems.length > 0 || hub === undefined) return { problems };
  const { pieces, kubeconfig } = hubAlone(hub, preset);
  const annotations = { [ANNOTATION.kubeconfig]: kubeconfig };
  if (!hasRoomFor(workload, annotations)) return { problems: ['its annotations leave no room for another'] };
  return {
    ok: {
      edits: editsFor(workload, { container, pieces, annotations }),
      displaced: [],
      container: container.name,
      namesDefaultContainer: false,
      variant: HUB_ALONE,
      leading,
      ports: undefined,
      preset,
      notes: way.notes,
    },
  };
}

/** The edits of the plan, and the record on the workload. */
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
  if (variant !== HUB_ALONE && options.image === '')
    problems.push(`variant ${variant} needs an image: set --image`);
  if (variant === 'native' && options.hasNativeSidecars === false)
    problems.push(`the annotation ${ANNOTATION.variant} is native, which needs Kubernetes 1.29 or newer`);

  const asked = steering(workload, ANNOTATION.client) ?? options.leading;
  const leading = LEADINGS.find((known) => known === asked);
  if (leading === undefined)
    problems.push(`the annotation ${ANNOTATION.client} must be ${LEADINGS.join(' or ')}, not ${asked}`);

  if (variant === HUB_ALONE)
    problems.push(...problemsOfHubAlone(options.hub?.urls, leading ?? options.leading));

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

/** Leaves room for the other two ports, and for those of a second client. */
export const PORT_RANGE = 'a port from 1024 to 65523';

/** The first of three ports; undefined if the text is not a valid one. */
export function parsePort(text: string): number | undefined {
  const port = /^\d{4,5}$/.test(text) ? Number(text) : 0;
  return port >= 1024 && port <= 65523 ? port : undefined;
}

/** Usual names of controller containers, if nothing else tells the containers apart. */
const USUAL_NAMES: readonly string[] = ['speaker', 'metallb-speaker', 'frr-k8s', 'controller', 'manager'];

/** Returns a problem if the container cannot be determined. */
function chooseContainer(workload: Workload, given: string | undefined): Container | string {
  const containers = containersOf(workload);
  const named = (name: unknown) => containers.find((container) => container.name === name);
  const list = containers.map(({ name }) => name).join(', ');
  if (containers.length === 0)
    return `${workload.kind === 'Pod' ? 'it' : 'its Pod template'} has no containers`;
  const wish = steering(workload, ANNOTATION.container) ?? given;
  if (wish !== undefined) return named(wish) ?? `it has no container ${wish}, only ${list}`;
  const client = recognise(workload);
  // frr-k8s 0.0.25 names a default container that does not exist.
  const found =
    named(templateAnnotationsOf(workload)[DEFAULT_CONTAINER]) ??
    (containers.length === 1 ? containers[0] : undefined) ??
    (client === undefined ? undefined : containerOfClient(workload, client)) ??
    USUAL_NAMES.map(named).find((container) => container !== undefined);
  return (
    found ??
    `which of its containers is the client (${list})? Name it with --container or the annotation ${ANNOTATION.container}`
  );
}

/** The API server's limit for all annotations of an object, names and values. */
const MAX_ANNOTATIONS_BYTES = 256 * 1024;

/** The default container is only a convenience and must never be a reason for a refusal. */
function mayNameDefaultContainer(workload: Workload, name: string): boolean {
  if (templateAnnotationsOf(workload)[DEFAULT_CONTAINER] !== undefined) return false;
  return hasRoomFor(workload, { [DEFAULT_CONTAINER]: name });
}

function hasRoomFor(workload: Workload, more: Readonly<Record<string, string>>): boolean {
  const bytes = Object.entries({ ...templateAnnotationsOf(workload), ...more })
    .flat()
    .reduce<number>((sum, text) => sum + (typeof text === 'string' ? Buffer.byteLength(text) : 0), 0);
  return bytes <= MAX_ANNOTATIONS_BYTES;
}

/** Containers are inserted at the front, because they start in this order. */
function editsFor(
  workload: Workload,
  given: {
    readonly container: Container;
    readonly pieces: Pieces;
    /** The annotations that the Pod template gets. */
    readonly annotations: Readonly<Record<string, string>>;
  },
): readonly Edit[] {
  const { container, pieces, annotations } = given;
  const edits: Edit[] = [
    // The client's container comes first, because its index changes when a container is inserted before it.
    { path: [...container.path, 'env'], items: pieces.env },
    { path: [...container.path, 'volumeMounts'], items: pieces.volumeMounts },
    { path: podSpecPath(workload, 'initContainers'), items: pieces.initContainers },
    { path: podSpecPath(workload, 'containers'), items: pieces.containers },
    { path: podSpecPath(workload, 'volumes'), items: pieces.volumes },
  ];
  if (Object.keys(annotations).length > 0)
    edits.unshift({
      path: [...workload.path, ...templatePath(workload, 'metadata', 'annotations')],
      entries: annotations,
    });
  return edits.filter((edit) => !('items' in edit) || edit.items.length > 0);
}
