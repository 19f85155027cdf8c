/** Waiting, but not for ever. */
import { setTimeout as delay } from 'node:timers/promises';

/** Whether `promise` resolved within `timeoutMs`. @throws what it rejects with, if it does so in time. */
export async function within(timeoutMs: number, promise: Promise<unknown>): Promise<boolean> {
  const timer = new AbortController();
  const timeout = delay(timeoutMs, false, { signal: timer.signal });
  try {
    return await Promise.race([promise.then(() => true), timeout]);
  } finally {
    // The race listens to the timeout's rejection, which comes from this.
    timer.abort();
  }
}
