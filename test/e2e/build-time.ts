/**
 * The time that this process has spent on building programs. Scenarios ask for some programs only when they need them,
 * inside of checks, and a first build takes longer than a check may.
 */

let finishedMs = 0;
/** Builds that are under way, which may overlap, and since when there has been one without a break. */
let underWay = 0;
let since = 0;

/** Milliseconds so far, a build that is under way included; builds at the same time count once. */
export function buildTimeMs(): number {
  return finishedMs + (underWay > 0 ? Date.now() - since : 0);
}

/** Counts the time of a build. */
export async function timedBuild<T>(build: () => Promise<T>): Promise<T> {
  if (underWay === 0) since = Date.now();
  underWay += 1;
  try {
    return await build();
  } finally {
    underWay -= 1;
    if (underWay === 0) finishedMs += Date.now() - since;
  }
}
