/** Waiting for what a cluster tells only when asked. */

import { setTimeout as delay } from 'node:timers/promises';

const POLL_INTERVAL_MS = 200;

/**
 * Asks until the answer is true; a question that fails has answered "not yet".
 * @throws when `timeoutMs` passes, with the last answer.
 */
export async function wait(
  what: string,
  timeoutMs: number,
  holds: () => boolean | Promise<boolean>,
): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  let last: unknown = 'no';
  while (Date.now() < deadline) {
    try {
      if (await holds()) return;
      last = 'no';
    } catch (error) {
      last = error;
    }
    await delay(POLL_INTERVAL_MS);
  }
  throw new Error(`waited for: ${what}; not within ${timeoutMs} ms; last answer: ${String(last)}`);
}
