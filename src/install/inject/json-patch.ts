/**
 * Turns edits into a JSON Patch (RFC 6902) with the same meaning. It is made from the edits instead of comparing the
 * objects before and after, which would have to guess which container is which. Pure.
 */
import { applyEdits, type Edit } from './edit.ts';
import { isVoid, type Json, type Path, valueAt } from '../../platform/text/json-value.ts';
import { applyRemovals } from './removal.ts';
import { isRecord } from '../../platform/text/record.ts';

export type Operation = AddOperation | { readonly op: 'remove'; readonly path: string };

interface AddOperation {
  readonly op: 'add';
  /** JSON Pointer (RFC 6901). */
  readonly path: string;
  readonly value: Json;
}

/**
 * A patch with the same result as {@link applyEdits}.
 * @param displaced - elements of different lists that are removed first
 */
export function jsonPatch(
  root: unknown,
  edits: readonly Edit[],
  displaced: readonly Path[] = [],
): readonly Operation[] {
  const operations: Operation[] = displaced.map((path) => ({ op: 'remove', path: pointer(path) }));
  let value = without(root, displaced);
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
  // Each item is put before the previous one.
  if ('items' in edit) return edit.items.toReversed().map((item) => add([...path, 0], item));
  const present = valueAt(root, path);
  return Object.entries(edit.entries)
    .filter(([key]) => !isRecord(present) || !Object.hasOwn(present, key))
    .map(([key, value]) => add([...path, key], value));
}

/** The value for a path of which nothing exists. */
function wrap(rest: Path, value: Json): Json {
  return rest.reduceRight<Json>((inner, step) => ({ [step]: inner }), value);
}

function add(path: Path, value: Json): AddOperation {
  return { op: 'add', path: pointer(path), value };
}

function without(root: unknown, displaced: readonly Path[]): unknown {
  const removals = displaced.map((path) => ({ path: path.slice(0, -1), keys: path.slice(-1) }));
  return applyRemovals(root, { removals, restorals: [] });
}

function pointer(path: Path): string {
  return path.map((step) => `/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}
