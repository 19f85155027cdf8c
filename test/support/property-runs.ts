/** How much of a long test is run: all that it says, or a share of it where many runs of the suite share the time. */

/** A share of the usual number, such as 0.1; set by the runner, and for mutation testing. */
const SHARE = Number(process.env['PROPERTY_RUNS'] ?? 1);

export function runs(usual: number): { numRuns: number } {
  return { numRuns: Math.ceil(usual * SHARE) };
}

/**
 * Whether a generator made enough of what its property is about: more than this share of the runs. Few runs, as a share of
 * them makes, cannot tell: by chance alone one in some dozens would fail.
 */
export function often(count: number, { numRuns }: { numRuns: number }, share: number): boolean {
  return numRuns < ENOUGH_TO_TELL || count > numRuns * share;
}
const ENOUGH_TO_TELL = 200;

/** Every position from 0 to `length`; or its share of them, evenly spread, always with both ends. */
export function* positions(length: number): Generator<number> {
  for (let at = 0; at < length; at = Math.floor(at + 1 / SHARE)) yield at;
  yield length;
}

/**
 * Every item; or its share of a small table, for the row `turn` of another: with the next row come others, so that
 * all of them are seen somewhere.
 */
export function inTurn<T>(items: readonly T[], turn: number): T[] {
  const stride = Math.min(items.length, Math.round(1 / SHARE));
  return items.filter((_, index) => index % stride === turn % stride);
}

/** Every item; or its share of them, the first and the last one included. */
export function some<T>(items: readonly T[]): T[] {
  const chosen = new Set(positions(items.length - 1));
  return items.filter((_, index) => chosen.has(index));
}
