/**
 * Changes of a manifest as values: what is added, and where. insert.ts applies them to text, this module to plain
 * objects, which verifies the changed text; the webhook makes a patch of them. Pure.
 */
import { isDeepStrictEqual } from 'node:util';
import { isVoid, type Json, listAt, type Path } from '../../platform/text/json-value.ts';
import { isRecord } from '../../platform/text/record.ts';

/** Adds at the front. A list or mapping that is absent, null or empty is created. */
export type Edit =
  | { readonly path: Path; readonly items: readonly Json[] }
  | { readonly path: Path; readonly entries: Readonly<Record<string, Json>> };

/**
 * Adds the entries of one more mapping to `edits`. Each place may occur only once, because text is changed at all
 * places at once.
 */
export function withEntries(
  edits: readonly Edit[],
  more: { readonly path: Path; readonly entries: Readonly<Record<string, Json>> },
): readonly Edit[] {
  const isSame = (edit: Edit) => isDeepStrictEqual(edit.path, more.path);
  const merged = edits.map((edit) =>
    'entries' in edit && isSame(edit) ? { ...edit, entries: { ...edit.entries, ...more.entries } } : edit,
  );
  return edits.some(isSame) ? merged : [...edits, more];
}

/** The value of `root` after `edits`, in their order. The inputs are not changed. */
export function applyEdits(root: unknown, edits: readonly Edit[]): unknown {
  return edits.reduce((value, edit) => applyAt(value, edit.path, edit), root);
}

function applyAt(value: unknown, path: Path, edit: Edit): unknown {
  const [step, ...rest] = path;
  if (step === undefined) return added(value, edit);
  if (typeof step === 'number') {
    const list = listAt(value);
    return list.with(step, applyAt(list[step], rest, edit));
  }
  const record = isRecord(value) ? value : {};
  return { ...record, [step]: applyAt(record[step], rest, edit) };
}

function added(value: unknown, edit: Edit): unknown {
  if ('items' in edit) return [...edit.items, ...listAt(value)];
  return { ...edit.entries, ...(isVoid(value) || !isRecord(value) ? {} : value) };
}
