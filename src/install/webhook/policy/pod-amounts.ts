/**
 * The requests and limits of a Pod, of each container and as a whole, summed as the API server does for LimitRanges and
 * quotas (KEP-753 for sidecars, KEP-2837 for resources of a Pod as a whole). Pure.
 */
import { listAt, recordAt, textAt, valueAt } from '../../../platform/text/json-value.ts';
import { type Amount, parseQuantity } from '../../inject/quantity.ts';
import { isRecord } from '../../../platform/text/record.ts';

/** Keyed by the resource's name, such as `memory`. */
export type Amounts = ReadonlyMap<string, Amount>;

export const SIDES = ['requests', 'limits'] as const;
export type Side = (typeof SIDES)[number];

export type Sides = Readonly<Record<Side, Amounts>>;

export interface ContainerAmounts extends Sides {
  readonly name: string;
  /** An init container that keeps running. */
  readonly isSidecar: boolean;
}

export interface PodAmounts {
  readonly containers: readonly ContainerAmounts[];
  readonly initContainers: readonly ContainerAmounts[];
  /** Amounts of the Pod as a whole; undefined if it has none for CPU, memory or huge pages. */
  readonly whole: Sides | undefined;
  readonly overhead: Amounts;
}

/** Something in a Pod or policy is malformed or too large, so the policies cannot be judged. */
export class NotUnderstood extends Error {
  override readonly name = 'NotUnderstood';
}

/** @throws NotUnderstood */
export function readAmounts(value: unknown): Amounts {
  const entries = isRecord(value) ? Object.entries(value) : [];
  return new Map(
    entries.map(([name, written]) => {
      const amount = parseQuantity(written);
      if (amount === undefined) throw new NotUnderstood(`an amount of ${name} is not understood`);
      return [name, amount];
    }),
  );
}

/** Reads a Pod; a container without requests has its limits as requests, as in the API server. @throws NotUnderstood */
export function readPod(pod: unknown): PodAmounts {
  const spec = recordAt(pod, 'spec');
  const whole = sidesOf(spec['resources']);
  const isSaid = SIDES.some((side) => [...whole[side].keys()].some(isOfWholes));
  return {
    containers: listAt(spec, 'containers').map(readContainer),
    initContainers: listAt(spec, 'initContainers').map(readContainer),
    whole: isSaid ? whole : undefined,
    overhead: readAmounts(spec['overhead']),
  };
}

function readContainer(container: unknown): ContainerAmounts {
  const { requests, limits } = sidesOf(valueAt(container, ['resources']));
  return {
    name: textAt(container, 'name') ?? '',
    isSidecar: textAt(container, 'restartPolicy') === 'Always',
    requests: new Map([...limits, ...requests]),
    limits,
  };
}

function sidesOf(resources: unknown): Sides {
  return {
    requests: readAmounts(valueAt(resources, ['requests'])),
    limits: readAmounts(valueAt(resources, ['limits'])),
  };
}

/** Whether a Pod can have the resource as a whole, which then replaces the sum of its containers. */
function isOfWholes(resource: string): boolean {
  return resource === 'cpu' || resource === 'memory' || resource.startsWith('hugepages-');
}

export function containersOf({ initContainers, containers }: PodAmounts): readonly ContainerAmounts[] {
  return [...initContainers, ...containers];
}

/** The sum of the Pod's containers. Sidecars run beside them; other init containers run one by one before them. */
export function summed(pod: PodAmounts, side: Side): Amounts {
  const running = new Map<string, Amount>();
  const sidecars = new Map<string, Amount>();
  const starting = new Map<string, Amount>();
  for (const container of pod.containers) add(running, container[side]);
  for (const container of pod.initContainers) {
    if (container.isSidecar) {
      add(running, container[side]);
      add(sidecars, container[side]);
      raise(starting, sidecars);
    } else {
      const moment = new Map(sidecars);
      add(moment, container[side]);
      raise(starting, moment);
    }
  }
  raise(running, starting);
  return running;
}

/** The Pod's total as a LimitRange counts it. */
export function totalOf(pod: PodAmounts, side: Side): Amounts {
  const total = new Map(summed(pod, side));
  // A whole Pod with limits alone takes the requests of its containers, or its limits if no container has requests.
  const limits = side === 'requests' ? [...(pod.whole?.limits ?? [])] : [];
  for (const [resource, amount] of limits)
    if (isOfWholes(resource) && !total.has(resource)) total.set(resource, amount);
  for (const [resource, amount] of pod.whole?.[side] ?? [])
    if (isOfWholes(resource)) total.set(resource, amount);
  return total;
}

/** The Pod's total as a quota counts it, which includes the overhead of its runtime. */
export function chargedOf(pod: PodAmounts, side: Side): Amounts {
  const total = new Map(totalOf(pod, side));
  for (const [resource, amount] of pod.overhead) {
    const before = total.get(resource) ?? 0n;
    if (side === 'requests' || before > 0n) total.set(resource, before + amount);
  }
  return total;
}

/** Whether the Pod has no requests or limits for CPU or memory. */
export function isBestEffort(pod: PodAmounts): boolean {
  const all: readonly Sides[] = pod.whole === undefined ? containersOf(pod) : [pod.whole];
  return all.every((each) =>
    SIDES.every((side) => ['cpu', 'memory'].every((resource) => (each[side].get(resource) ?? 0n) === 0n)),
  );
}

function add(to: Map<string, Amount>, amounts: Amounts): void {
  for (const [resource, amount] of amounts) to.set(resource, (to.get(resource) ?? 0n) + amount);
}

function raise(to: Map<string, Amount>, amounts: Amounts): void {
  for (const [resource, amount] of amounts) {
    const before = to.get(resource);
    if (before === undefined || amount > before) to.set(resource, amount);
  }
}
