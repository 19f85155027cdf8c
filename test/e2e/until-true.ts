/** Waiting for something in this process that tells nobody when it comes true. */

import { setTimeout as delay } from 'node:timers/promises';

const POLL_INTERVAL_MS = 20;
const TIMEOUT_MS = 20_000;

/** @throws when it does not come true within 20 s. */
export async function until(what: string, holds: () => boolean): Promise<void> {
  const deadline = Date.now() + TIMEOUT_MS;
  while (!holds()) {
    if (Date.now() > deadline) throw new Error(`waited for: ${what}; not within ${TIMEOUT_MS} ms`);
    await delay(POLL_INTERVAL_MS);
  }
}
