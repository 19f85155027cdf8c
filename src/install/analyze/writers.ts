/**
 * Who wrote a field: the manager that owns it by metadata.managedFields. Where several own it, those whose entry was
 * renewed with this event. Pure.
 */
import { attempt } from '../../platform/text/failure.ts';
import type { Path, Step } from './changes.ts';
import { listAt } from '../../platform/text/json-value.ts';
import { fieldOf, nameAt } from './values.ts';
import { isRecord } from '../../platform/text/record.ts';

/** Of one object; the API server itself keeps ten of those that updated. */
const MAX_ENTRIES = 100;
/** Keys of a set that are parsed in search of one element of a list. */
const MAX_KEYS = 500;
/** A manager's name has no more characters. */
const MAX_NAME = 128;

/** The name of who wrote it, or with an empty path who wrote at all, with the subresource where that says more; undefined where nobody is named. */
export function writerOf(path: Path, before: unknown, after: unknown): string | undefined {
  const entries = listAt(after, 'metadata', 'managedFields').slice(0, MAX_ENTRIES);
  const former = listAt(before, 'metadata', 'managedFields').slice(0, MAX_ENTRIES);
  const owners = entries.filter((entry) => owns(fieldOf(entry, 'fieldsV1'), path, 0));
  const renewed = owners.filter((entry) => !former.some((old) => isOfOneTime(entry, old)));
  // Of an event in which nothing differs, only a new time of an entry says whose it is.
  const found = renewed.length > 0 || path.length === 0 ? renewed : owners;
  // What was taken away is owned by nobody now: whose entry is new has done it.
  const known =
    found.length > 0 ? found : entries.filter((entry) => !former.some((old) => isOfOneTime(entry, old)));
  const names = new Set(known.map(nameOf).filter((name) => name !== ''));
  return names.size === 0 ? undefined : [...names].sort().slice(0, 3).join(' or ');
}

function nameOf(entry: unknown): string {
  const manager = nameAt(entry, 'manager').slice(0, MAX_NAME);
  const subresource = nameAt(entry, 'subresource').slice(0, MAX_NAME);
  return manager === '' || subresource === '' ? manager : `${manager} (${subresource})`;
}

function isOfOneTime(entry: unknown, other: unknown): boolean {
  return (['manager', 'operation', 'subresource', 'time'] as const).every(
    (field) => nameAt(entry, field) === nameAt(other, field),
  );
}

/** Whether a set of fields holds this one: `{}` stands for all that is below. */
function owns(set: unknown, path: Path, at: number): boolean {
  if (!isRecord(set)) return false;
  const step = path[at];
  if (step === undefined) return true;
  if (isEmpty(set)) return at > 0;
  const below = 'field' in step ? fieldOf(set, `f:${step.field}`) : elementOf(set, step);
  return below !== undefined && owns(below, path, at + 1);
}

function isEmpty(set: Readonly<Record<string, unknown>>): boolean {
  for (const name in set) return name === '';
  return true;
}

function elementOf(
  set: Readonly<Record<string, unknown>>,
  { by, value }: Exclude<Step, { readonly field: string }>,
): unknown {
  const simple = fieldOf(set, `k:${JSON.stringify({ [by]: value })}`);
  if (simple !== undefined) return simple;
  for (const key of Object.keys(set).slice(0, MAX_KEYS)) {
    if (!key.startsWith('k:')) continue;
    const found = fieldOf(
      attempt((): unknown => JSON.parse(key.slice(2))),
      by,
    );
    if ((typeof found === 'string' || typeof found === 'number') && String(found) === value) return set[key];
  }
  return undefined;
}
