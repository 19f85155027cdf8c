/** Finds by name what `uninject` removes from a workload, even if another program has rewritten the text. Pure. */
import { isVoid, listAt, type Path, textAt, valueAt } from '../../platform/text/json-value.ts';
import { isLeadingMount, leadingVariables } from './leading.ts';
import { ANNOTATION, DEFAULT_CONTAINER, VOLUME_NAMES } from './names.ts';
import { type InjectRecord, parseRecord, slotOf } from './record.ts';
import {
  annotationsOf,
  containersOf,
  detached,
  isOurs,
  podSpecAt,
  podSpecPath,
  templatePath,
  type Workload,
} from './workload.ts';
import { isRecord } from '../../platform/text/record.ts';

/** An element of a list, a key of a mapping, or a value that is replaced by the original one. */
export interface Removal {
  readonly path: Path;
  readonly keys: readonly (string | number)[];
}
export interface Restoral {
  readonly path: Path;
  /** The text after the key. */
  readonly text: string;
}

export interface Removals {
  readonly removals: readonly Removal[];
  readonly restorals: readonly Restoral[];
}

/**
 * All removals, by paths in the workload. A collection that becomes empty is removed too, or replaced by the original
 * empty value.
 * @param given a workload that {@link isInjected}
 */
export function findRemovals(given: Workload, mayRestore: (text: string) => boolean): Removals {
  const workload = detached(given);
  const record = parseRecord(textAt(annotationsOf(workload), ANNOTATION.injected));
  const found = [
    ...ownContainers(workload),
    { path: podSpecPath(workload, 'volumes'), keys: indexes(podSpecAt(workload), 'volumes', isOwnVolume) },
    ...ofClients(workload),
    ...annotations(workload, record),
  ].filter(({ keys }) => keys.length > 0);
  return closeOver(workload.value, found, { record, mayRestore });
}

function ownContainers(workload: Workload): readonly Removal[] {
  return (['initContainers', 'containers'] as const).map((list) => ({
    path: podSpecPath(workload, list),
    keys: containersOf(workload, list).flatMap((container, index) => (isOurs(container) ? [index] : [])),
  }));
}

/** What directs any container to the sidecar. */
function ofClients(workload: Workload): readonly Removal[] {
  const clients = [...containersOf(workload, 'initContainers'), ...containersOf(workload)].filter(
    (container) => !isOurs(container),
  );
  return clients.flatMap(({ path, value }) => [
    { path: [...path, 'env'], keys: indexes(value, 'env', leadingVariables(value)) },
    { path: [...path, 'volumeMounts'], keys: indexes(value, 'volumeMounts', isLeadingMount) },
  ]);
}

function isOwnVolume(volume: unknown): boolean {
  return VOLUME_NAMES.includes(textAt(volume, 'name') ?? '');
}

function indexes(value: unknown, list: string, isMeant: (item: unknown) => boolean): readonly number[] {
  return listAt(value, list).flatMap((item, index) => (isMeant(item) ? [index] : []));
}

function annotations(workload: Workload, record: InjectRecord | undefined): readonly Removal[] {
  const { path, value } = workload;
  const removals: Removal[] = [];
  if (annotationsOf(workload)[ANNOTATION.injected] !== undefined)
    removals.push({ path: [...path, 'metadata', 'annotations'], keys: [ANNOTATION.injected] });
  const template = templatePath(workload, 'metadata', 'annotations');
  if (valueAt(value, [...template, ANNOTATION.kubeconfig]) !== undefined)
    removals.push({ path: [...path, ...template], keys: [ANNOTATION.kubeconfig] });
  // Without the record it is unknown who added it, and it does no harm.
  if (
    record?.namesDefaultContainer === true &&
    valueAt(value, [...template, DEFAULT_CONTAINER]) === record.container
  )
    removals.push({ path: [...path, ...template], keys: [DEFAULT_CONTAINER] });
  return removals;
}

/** Adds the collections that become empty, from the inside out. */
function closeOver(
  root: unknown,
  found: readonly Removal[],
  given: { readonly record: InjectRecord | undefined; readonly mayRestore: (text: string) => boolean },
): Removals {
  const { record, mayRestore } = given;
  const removals: Removal[] = [];
  const restorals: Restoral[] = [];
  const open = new Map<string, Removal>();
  const add = ({ path, keys }: Removal) => {
    const known = open.get(JSON.stringify(path));
    open.set(JSON.stringify(path), { path, keys: [...(known?.keys ?? []), ...keys] });
  };
  found.forEach(add);
  while (open.size > 0) {
    const next = [...open.values()].reduce((a, b) => (b.path.length > a.path.length ? b : a));
    const { path, keys } = next;
    open.delete(JSON.stringify(path));
    const last = path.at(-1);
    const isLeftEmpty = keys.length === sizeOf(valueAt(root, path));
    const former = record?.replaced[slotOf(path)];
    if (!isLeftEmpty || last === undefined) removals.push(next);
    else if (former !== undefined && mayRestore(former)) restorals.push({ path, text: former });
    else add({ path: path.slice(0, -1), keys: [last] });
  }
  return { removals, restorals };
}

function sizeOf(value: unknown): number {
  return typeof value === 'object' && value !== null ? Object.keys(value).length : 0;
}

/** The value of `root` after all removals; restored values are null in it. */
export function applyRemovals(root: unknown, { removals, restorals }: Removals): unknown {
  return without(root, [], {
    removed: new Map(removals.map(({ path, keys }) => [JSON.stringify(path), keys])),
    restored: new Set(restorals.map(({ path }) => JSON.stringify(path))),
  });
}

function without(
  value: unknown,
  path: Path,
  gone: {
    readonly removed: ReadonlyMap<string, readonly (string | number)[]>;
    readonly restored: ReadonlySet<string>;
  },
): unknown {
  const here = JSON.stringify(path);
  if (gone.restored.has(here)) return null;
  const keys = gone.removed.get(here) ?? [];
  if (Array.isArray(value)) {
    return value.flatMap((item: unknown, index) =>
      keys.includes(index) ? [] : [without(item, [...path, index], gone)],
    );
  }
  if (!isRecord(value)) return value;
  const kept = Object.entries(value).filter(([key]) => !keys.includes(key));
  return Object.fromEntries(kept.map(([key, each]) => [key, without(each, [...path, key], gone)]));
}

/** Makes all empty values equal, as they are for Kubernetes, to compare restored values. */
export function voidsAsNull(value: unknown): unknown {
  if (isVoid(value)) return null;
  if (Array.isArray(value)) return value.map(voidsAsNull);
  if (!isRecord(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, voidsAsNull(each)]));
}
