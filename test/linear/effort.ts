/**
 * How much CPU a parser takes for a text that grows: what is linear takes ten times as much for ten times as much. Time of
 * this thread alone, so that whatever else the machine does is not counted.
 */

/** What a parser is given: made before the clock runs. */
export type Feed = (length: number) => () => unknown;

const LENGTHS = [10_000, 100_000, 1_000_000] as const;
/** For ten times the length: what is above linear is caches and the collector, what is quadratic takes a hundred times. */
const MOST_GROWTH = 15;
/** Below this a ratio says more of the machine than of the parser (ms). */
const NEGLIGIBLE_MS = 200;
/** No text of a length may take longer, whatever a shorter one took (ms, and ms for each character). */
const LID_MS = 100;
const LID_MS_PER_CHARACTER = 0.003;
/** A machine does other things too: what is linear is so at one of these. */
const ATTEMPTS = 4;

/** More than that is no accident, and not to be waited for again. */
const HOPELESS_MS = 2000;

/** Undefined where it is linear; else what was measured. A parser that is not is stopped before the longest text. */
export async function superLinear(feed: Feed): Promise<string | undefined> {
  for (let attempt = 1; ; attempt++) {
    const took = await measure(feed);
    if (took === undefined) return undefined;
    if (attempt === ATTEMPTS || took.some((ms) => ms > HOPELESS_MS))
      return took.map((ms, i) => `${LENGTHS[i] ?? 0} characters: ${ms.toFixed(1)} ms`).join(', ');
  }
}

async function measure(feed: Feed): Promise<readonly number[] | undefined> {
  const took: number[] = [];
  for (const length of LENGTHS) {
    const ms = await timeOf(feed(length));
    const before = took.at(-1);
    took.push(ms);
    const isGrown = before !== undefined && ms > Math.max(NEGLIGIBLE_MS, before * MOST_GROWTH);
    if (isGrown || ms > Math.max(LID_MS, length * LID_MS_PER_CHARACTER)) return took;
  }
  return undefined;
}

async function timeOf(run: () => unknown): Promise<number> {
  const before = process.threadCpuUsage();
  try {
    await run();
  } catch (error) {
    // Refusing is an answer; running out of stack is none that a server survives everywhere.
    if (error instanceof RangeError && /call stack/.test(error.message)) throw error;
  }
  const { user, system } = process.threadCpuUsage(before);
  return (user + system) / 1000;
}
