/** Reads values of untrusted JSON and YAML without assuming their shape. Pure. */
import { attempt } from './failure.ts';
import { beyondJsonBounds } from './json-bounds.ts';
import { isRecord } from './record.ts';

/** The largest objects of a cluster have about ten thousand values. */
const BOUNDS = { values: 500_000, depth: 64 };

/** The parsed value; undefined if the text is not JSON or exceeds the bounds. */
export function jsonIn(text: Buffer | string): unknown {
  if (beyondJsonBounds(typeof text === 'string' ? Buffer.from(text) : text, BOUNDS) !== undefined)
    return undefined;
  return attempt((): unknown => JSON.parse(text.toString()));
}

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** Steps from the root of a document to a value in it. */
export type Path = readonly (string | number)[];

/** The value at `path`; undefined if the path leads nowhere. */
export function valueAt(value: unknown, path: Path): unknown {
  let current = value;
  for (const step of path) {
    if (typeof step === 'number') current = Array.isArray(current) ? current[step] : undefined;
    else current = isRecord(current) && Object.hasOwn(current, step) ? current[step] : undefined;
  }
  return current;
}

/** The text at `path`, or undefined where there is none. */
export function textAt(value: unknown, ...path: Path): string | undefined {
  const found = valueAt(value, path);
  return typeof found === 'string' ? found : undefined;
}

/** The list at `path`; empty if the value is not a list. */
export function listAt(value: unknown, ...path: Path): readonly unknown[] {
  const found = valueAt(value, path);
  return Array.isArray(found) ? found : [];
}

/** The mapping at `path`; empty if the value is not a mapping. */
export function recordAt(value: unknown, ...path: Path): Readonly<Record<string, unknown>> {
  const found = valueAt(value, path);
  return isRecord(found) ? found : {};
}

/** True if Kubernetes treats the value as absent: null, an empty list or an empty mapping. */
export function isVoid(value: unknown): boolean {
  if (value === null || value === undefined) return true;
  return typeof value === 'object' && Object.keys(value).length === 0;
}
