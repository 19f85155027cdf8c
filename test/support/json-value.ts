/**
 * Reading values out of JSON that came from outside: each step is checked, so that a surprise in
 * an answer fails with the path at which it was met.
 */

export type Path = readonly (string | number)[];

export function parseJson(text: string): unknown {
  return JSON.parse(text);
}

/** The value at `path`, or undefined where a step leads nowhere. */
export function valueAt(value: unknown, ...path: Path): unknown {
  let current = value;
  for (const step of path) {
    if (typeof current !== 'object' || current === null) return undefined;
    current = Object.entries(current).find(([key]) => key === String(step))?.[1];
  }
  return current;
}

export function textAt(value: unknown, ...path: Path): string {
  const found = valueAt(value, ...path);
  if (typeof found !== 'string') throw new TypeError(`no string at ${path.join('.')}`);
  return found;
}

export function numberAt(value: unknown, ...path: Path): number {
  const found = valueAt(value, ...path);
  if (typeof found !== 'number') throw new TypeError(`no number at ${path.join('.')}`);
  return found;
}

/** The list at `path`; an absent one is empty, as Kubernetes leaves empty lists out. */
export function listAt(value: unknown, ...path: Path): readonly unknown[] {
  const found = valueAt(value, ...path);
  return Array.isArray(found) ? found : [];
}

export function entriesAt(value: unknown, ...path: Path): readonly (readonly [string, unknown])[] {
  const found = valueAt(value, ...path);
  return typeof found === 'object' && found !== null ? Object.entries(found) : [];
}
