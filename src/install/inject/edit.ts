/**
 * Changes to a manifest as values: what is added where. Text is changed by them (insert.ts), and plain objects, by
 * which the changed text is checked; a webhook can make a patch of them. Pure.
 */
import { isDeepStrictEqual } from 'node:util';
import { isVoid, type Json, listAt, type Path } from '../../platform/text/json-value.ts';
import { isRecord } from '../../platform/text/record.ts';

/** Adds in front: a list or mapping that is absent, null or empty is made. */
export type Edit =
  | { readonly path: Path; readonly items: readonly Json[] }
  | { readonly path: Path; readonly entries: Readonly<Record<string, Json>> };

/** `edits` and one more mapping's entries: each place may be named once, since text is changed at all places at once. */
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

/** The value of `root` after `edits`, in their order. Nothing given is changed. */
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
