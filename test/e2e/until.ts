/**
 * Waiting for a program that tells its readiness only when asked.
 */

import { setTimeout as delay } from 'node:timers/promises';

import type { Child } from '../support/child.ts';

const POLL_INTERVAL_MS = 50;

/**
 * Asks until the answer is true; a probe that throws has answered "not yet".
 * @throws when `timeoutMs` passes or `child` ends first, with the child's last words.
 */
export async function until(
  what: string,
  timeoutMs: number,
  child: Child,
  probe: () => Promise<boolean>,
): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  let last = 'no';
  while (Date.now() < deadline && !child.hasExited) {
    try {
      if (await probe()) return;
      last = 'no';
    } catch (error) {
      last = String(error);
    }
    await delay(POLL_INTERVAL_MS);
  }
  const words = [...child.stdout.lines.slice(-10), ...child.stderr.lines.slice(-10)].join('\n');
  const why = child.hasExited ? 'the process ended' : `not within ${timeoutMs} ms; last answer: ${last}`;
  throw new Error(`waited for: ${what}; ${why}\n${words}`);
}
