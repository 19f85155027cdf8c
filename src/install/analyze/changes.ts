/**
 * Finds the fields that differ between two states of an object. It knows no schema: elements of a list are told apart
 * by the field that usually names them in Kubernetes, if all have it. Pure.
 */
import { fieldOf, isTime } from './values.ts';
import { isRecord } from '../../platform/text/record.ts';

/** One step of a path: a field of a mapping, or an element of a list by the field that names it. */
export type Step = { readonly field: string } | { readonly by: string; readonly value: string };
export type Path = readonly Step[];

export interface Change {
  readonly path: Path;
  /** Both values are times, so the change says only when something happened. */
  readonly isTime: boolean;
}

/**
 * The most changes of one event. An object has about ten thousand fields, and an event that changes all of them says
 * nothing by their names.
 */
export const MAX_CHANGES = 200;
const MAX_DEPTH = 32;
/** Fields that name elements. The first one that all elements have, with different values, is used. */
const NAMES = ['type', 'name', 'key', 'uid', 'ip', 'containerPort', 'port'] as const;
/** Fields that change with every write. */
const BOOKKEEPING: readonly string[] = ['resourceVersion', 'managedFields'];

/** The differences, at most {@link MAX_CHANGES}. */
export function changesBetween(before: unknown, after: unknown): readonly Change[] {
  const found: Change[] = [];
  compare(before, after, [], found);
  return found;
}

function compare(before: unknown, after: unknown, path: Path, found: Change[]): void {
  if (found.length === MAX_CHANGES || before === after) return;
  if (path.length < MAX_DEPTH) {
    if (isRecord(before) && isRecord(after)) {
      compareFields(before, after, path, found);
      return;
    }
    if (Array.isArray(before) && Array.isArray(after)) {
      compareLists(before, after, path, found);
      return;
    }
  }
  found.push({ path, isTime: isTime(before) && isTime(after) });
}

function compareFields(
  before: Readonly<Record<string, unknown>>,
  after: Readonly<Record<string, unknown>>,
  path: Path,
  found: Change[],
): void {
  const isMetadata = path.length === 1 && isField(path[0], 'metadata');
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  for (const field of names)
    if (!isMetadata || !BOOKKEEPING.includes(field))
      compare(fieldOf(before, field), fieldOf(after, field), [...path, { field }], found);
}

function isField(step: Step | undefined, name: string): boolean {
  return step !== undefined && 'field' in step && step.field === name;
}

function compareLists(
  before: readonly unknown[],
  after: readonly unknown[],
  path: Path,
  found: Change[],
): void {
  for (const by of NAMES) {
    const [was, is] = [named(before, by), named(after, by)];
    if (was === undefined || is === undefined) continue;
    const names = [...is.keys()];
    const isSameOrder = was.size === is.size && [...was.keys()].every((name, at) => name === names[at]);
    if (!isSameOrder) found.push({ path, isTime: false });
    for (const [value, element] of is)
      if (was.has(value)) compare(was.get(value), element, [...path, { by, value }], found);
    return;
  }
  if (!isSame(before, after, 0)) found.push({ path, isTime: false });
}

/** The elements by their names; undefined if this field does not name all of them. */
function named(list: readonly unknown[], by: string): ReadonlyMap<string, unknown> | undefined {
  const elements = new Map<string, unknown>();
  for (const element of list) {
    const value = fieldOf(element, by);
    if (typeof value !== 'string' && typeof value !== 'number') return undefined;
    elements.set(String(value), element);
  }
  return elements.size === list.length ? elements : undefined;
}

/** True if two values are equal. Values that are nested too deeply count as different. */
function isSame(a: unknown, b: unknown, depth: number): boolean {
  if (a === b) return true;
  if (depth === MAX_DEPTH) return false;
  if (Array.isArray(a) && Array.isArray(b))
    return a.length === b.length && a.every((element, at) => isSame(element, b[at], depth + 1));
  if (!isRecord(a) || !isRecord(b)) return false;
  const names = Object.keys(a);
  return (
    names.length === Object.keys(b).length &&
    names.every((name) => Object.hasOwn(b, name) && isSame(a[name], b[name], depth + 1))
  );
}
