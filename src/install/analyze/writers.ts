/**
 * Finds the writer of a field: the manager that owns it according to metadata.managedFields. If several own it, those
 * whose entry was renewed with this event count. Pure.
 */
import { attempt } from '../../platform/text/failure.ts';
import type { Path, Step } from './changes.ts';
import { listAt } from '../../platform/text/json-value.ts';
import { fieldOf, nameAt } from './values.ts';
import { isRecord } from '../../platform/text/record.ts';

/** The most entries of one object. The API server keeps ten for updates. */
const MAX_ENTRIES = 100;
/** The most keys of a set that are parsed to find one element of a list. */
const MAX_KEYS = 500;
const MAX_NAME = 128;

/**
 * The name of the writer of a field, or of the object if the path is empty, with the subresource if there is one;
 * undefined if no manager is named.
 */
export function writerOf(path: Path, before: unknown, after: unknown): string | undefined {
  const entries = listAt(after, 'metadata', 'managedFields').slice(0, MAX_ENTRIES);
  const former = listAt(before, 'metadata', 'managedFields').slice(0, MAX_ENTRIES);
  const owners = entries.filter((entry) => owns(fieldOf(entry, 'fieldsV1'), path, 0));
  const renewed = owners.filter((entry) => !former.some((old) => isOfOneTime(entry, old)));
  // If no field differs, only the new time of an entry shows the writer.
  const found = renewed.length > 0 || path.length === 0 ? renewed : owners;
  // A removed field has no owner any more, so the manager with a new entry counts.
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

/** True if a set of fields contains this one; `{}` means everything below. */
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
