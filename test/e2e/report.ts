/**
 * What the suite tells: one line per check, figures as notes, and a closing count. A failed check
 * does not end the run, so that one run shows everything that is wrong.
 */

import { AssertionError } from 'node:assert';

import { buildTimeMs } from './build-time.ts';

/** Characters; the difference of two large answers is of no use to a reader. */
const MESSAGE_LIMIT = 3000;
/**
 * Of one check: a program that hangs is a failure of this check, not the end of the suite. Building a program that the
 * check needs does not count.
 */
const CHECK_LIMIT_MS = 120_000;
/** While a program is built, what is left of a check's time does not shrink. */
const SHORTEST_LOOK_MS = 1000;
/** A check that takes longer says so: it is the one that fails first on a slower machine. */
const LONG_MS = 20_000;

export class Report {
  #passed = 0;
  #failed = 0;
  #skipped = 0;

  get failed(): number {
    return this.#failed;
  }

  title(text: string): void {
    console.log(`\n# ${text}`);
  }

  note(text: string): void {
    console.log(`     ${text}`);
  }

  /** Runs one check, at most two minutes unless told otherwise, and reports it; never throws. */
  async check(sentence: string, body: () => unknown, limitMs = CHECK_LIMIT_MS): Promise<void> {
    const start = performance.now();
    try {
      await withinLimit(body, limitMs);
      this.#passed += 1;
      console.log(`ok   ${sentence}`);
      const ms = performance.now() - start;
      if (ms > LONG_MS) this.note(`took ${(ms / 1000).toFixed(0)} s of at most ${limitMs / 1000}`);
    } catch (error) {
      this.fail(sentence, error);
    }
  }

  fail(sentence: string, error: unknown): void {
    this.#failed += 1;
    const text = messageOf(error).slice(0, MESSAGE_LIMIT);
    console.log(`FAIL ${sentence}\n${text.replaceAll(/^/gm, '       ')}`);
  }

  /** For what this machine cannot do; told and counted, not failed. */
  skip(sentence: string, why: string): void {
    this.#skipped += 1;
    console.log(`skip ${sentence}: ${why}`);
  }

  close(): void {
    console.log(`\n${this.#passed} passed, ${this.#failed} failed, ${this.#skipped} skipped`);
  }
}

function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // The stack of an assertion leads to the check, whose sentence is printed anyway.
  if (error instanceof AssertionError) return error.message;
  const cause = error.cause instanceof Error ? `\ncaused by ${error.cause.message}` : '';
  return `${error.stack ?? error.message}${cause}`;
}

async function withinLimit(body: () => unknown, limitMs: number): Promise<void> {
  const limit = Promise.withResolvers<never>();
  const end = Date.now() - buildTimeMs() + limitMs;
  const look = (): void => {
    const leftMs = end - (Date.now() - buildTimeMs());
    if (leftMs <= 0) limit.reject(new Error(`still not finished after ${limitMs} ms`));
    else timer = setTimeout(look, Math.max(leftMs, SHORTEST_LOOK_MS));
  };
  let timer = setTimeout(look, limitMs);
  try {
    await Promise.race([body(), limit.promise]);
  } finally {
    clearTimeout(timer);
  }
}
