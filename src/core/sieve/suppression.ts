/** For how long no-ops of an object may be swallowed before it is delivered again all the same (R19). */

/**
 * @param limitMs longest time; 0 for ever
 * @param random from 0 to below 1: the time is spread over the last half, so that objects that were listed together
 *   do not all pass together
 * @returns when an object delivered at `now` passes again (monotonic ms)
 */
export function suppression(limitMs: number, random: () => number): (now: number) => number {
  if (limitMs === 0) return () => Infinity;
  return (now) => now + limitMs * (0.5 + random() / 2);
}
