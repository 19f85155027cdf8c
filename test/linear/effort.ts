/** How long a parser takes for a text that grows: what is linear takes ten times as long for ten times as much. */
import { performance } from 'node:perf_hooks';

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

/** Undefined where it is linear; else what was measured. A parser that is not is stopped before the longest text. */
export async function superLinear(feed: Feed): Promise<string | undefined> {
  let found: string | undefined;
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    found = await measure(feed);
    if (found === undefined) return undefined;
  }
  return found;
}

async function measure(feed: Feed): Promise<string | undefined> {
  const took: number[] = [];
  for (const length of LENGTHS) {
    const ms = await timeOf(feed(length));
    const before = took.at(-1);
    took.push(ms);
    const isGrown = before !== undefined && ms > Math.max(NEGLIGIBLE_MS, before * MOST_GROWTH);
    if (isGrown || ms > Math.max(LID_MS, length * LID_MS_PER_CHARACTER))
      return took.map((each, i) => `${LENGTHS[i] ?? 0} characters: ${each.toFixed(1)} ms`).join(', ');
  }
  return undefined;
}

async function timeOf(run: () => unknown): Promise<number> {
  const before = performance.now();
  try {
    await run();
  } catch (error) {
    // Refusing is an answer; running out of stack is none that a server survives everywhere.
    if (error instanceof RangeError && /call stack/.test(error.message)) throw error;
  }
  return performance.now() - before;
}
