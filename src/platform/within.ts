import { setTimeout as delay } from 'node:timers/promises';

/** True if `promise` resolved within `timeoutMs`. @throws the error with which it rejects, if it does so in time */
export async function within(timeoutMs: number, promise: Promise<unknown>): Promise<boolean> {
  const timer = new AbortController();
  const timeout = delay(timeoutMs, false, { signal: timer.signal });
  try {
    return await Promise.race([promise.then(() => true), timeout]);
  } finally {
    // This aborts the timer. The race handles the rejection that it causes.
    timer.abort();
  }
}
