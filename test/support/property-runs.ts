/** How much of a long test is run: all that it says, or a share of it where many runs of the suite share the time. */

/** A share of the usual number, such as 0.1; set for mutation testing. */
const SHARE = Number(process.env['PROPERTY_RUNS'] ?? 1);

export function runs(usual: number): { numRuns: number } {
  return { numRuns: Math.ceil(usual * SHARE) };
}

/** Every position from 0 to `length`; or its share of them, evenly spread, always with both ends. */
export function* positions(length: number): Generator<number> {
  for (let at = 0; at < length; at = Math.floor(at + 1 / SHARE)) yield at;
  yield length;
}

/** Every item; or its share of them, the first and the last one included. */
export function some<T>(items: readonly T[]): T[] {
  const chosen = new Set(positions(items.length - 1));
  return items.filter((_, index) => chosen.has(index));
}
