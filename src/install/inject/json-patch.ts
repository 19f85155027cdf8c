/**
 * Edits → a JSON Patch (RFC 6902) with the same meaning, for whoever holds the object rather than its text. Made
 * from the edits themselves rather than by comparing before and after: that would guess which container is which. Pure.
 */
import { applyEdits, type Edit } from './edit.ts';
import { isVoid, type Json, type Path, valueAt } from './json.ts';
import { isRecord } from '../../platform/text/record.ts';

/** One operation. All that injection does is adding. */
export interface AddOperation {
  readonly op: 'add';
  /** JSON Pointer (RFC 6901). */
  readonly path: string;
  readonly value: Json;
}

/** What makes of `root` what {@link applyEdits} makes of it. */
export function jsonPatch(root: unknown, edits: readonly Edit[]): readonly AddOperation[] {
  const operations: AddOperation[] = [];
  let value = root;
  for (const edit of edits) {
    operations.push(...operationsFor(value, edit));
    value = applyEdits(value, [edit]);
  }
  return operations;
}

function operationsFor(root: unknown, edit: Edit): readonly AddOperation[] {
  const { path } = edit;
  const empty = path.findIndex((_step, depth) => isVoid(valueAt(root, path.slice(0, depth + 1))));
  if (empty >= 0) {
    const value = wrap(path.slice(empty + 1), 'items' in edit ? edit.items : edit.entries);
    return [add(path.slice(0, empty + 1), value)];
  }
  // Each is put in front of what the one before it has put there.
  if ('items' in edit) return edit.items.toReversed().map((item) => add([...path, 0], item));
  const present = valueAt(root, path);
  return Object.entries(edit.entries)
    .filter(([key]) => !isRecord(present) || !Object.hasOwn(present, key))
    .map(([key, value]) => add([...path, key], value));
}

/** The same value at the end of a path of which nothing is there. */
function wrap(rest: Path, value: Json): Json {
  return rest.reduceRight<Json>((inner, step) => ({ [step]: inner }), value);
}

function add(path: Path, value: Json): AddOperation {
  return { op: 'add', path: path.map((step) => `/${escape(String(step))}`).join(''), value };
}

function escape(step: string): string {
  return step.replaceAll('~', '~0').replaceAll('/', '~1');
}
