/** Limits how long events of an unchanged object are swallowed before the object is delivered again (R19). */

/**
 * @param limitMs the longest time between two deliveries; 0 means no limit
 * @param random in [0, 1). It spreads the time over the second half of the limit, so that objects of one list are not
 *   all delivered again at the same time
 * @returns the time at which an object that is delivered at `now` is due again (monotonic ms)
 */
export function suppression(limitMs: number, random: () => number): (now: number) => number {
  if (limitMs === 0) return () => Infinity;
  return (now) => now + limitMs * (0.5 + random() / 2);
}
