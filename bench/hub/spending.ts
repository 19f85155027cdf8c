/**
 * What a process spends on events, apart from what it spends anyway: on time that passes, and on reviews of its readers' rights.
 * Those come in waves: watches that were opened together are asked about together, once a minute.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { cpuNanos } from '../proc.ts';

export interface Spender {
  readonly pid: number;
  /** How many reviews it has asked for so far. */
  reviews(): Promise<number>;
  /** CPU for one of them (microseconds). */
  readonly reviewMicros: number;
}

interface Spent {
  readonly micros: number;
  readonly ms: number;
  readonly reviews: number;
}

const IDLE_MS = 4000;

/** CPU for one event (microseconds). */
export async function perEvent(
  spender: Spender,
  events: number,
  run: () => Promise<unknown>,
): Promise<number> {
  const before = await idleShare(spender);
  const spent = await during(spender, run);
  const idle = (before + (await idleShare(spender))) / 2;
  return (withoutReviews(spent, spender) - idle * 1000 * spent.ms) / events;
}

/** Which part of one core it uses while nothing happens, not even a review. */
export async function idleShare(spender: Spender): Promise<number> {
  const spent = await during(spender, () => delay(IDLE_MS));
  return withoutReviews(spent, spender) / 1000 / spent.ms;
}

/**
 * CPU for one review of a running watch (microseconds).
 *
 * @param readers whose watches have just begun, so that none is asked about yet
 */
export async function perReview(spender: Spender, readers: number, timeoutMs: number): Promise<number> {
  const unknown = { ...spender, reviewMicros: 0 };
  const idle = await idleShare(unknown);
  const spent = await during(spender, async () => {
    const until = (await spender.reviews()) + readers;
    const lastly = performance.now() + timeoutMs;
    while ((await spender.reviews()) < until) {
      if (performance.now() > lastly) throw new Error('not every watch was asked about');
      await delay(500);
    }
  });
  return (spent.micros - idle * 1000 * spent.ms) / spent.reviews;
}

async function during(spender: Spender, run: () => Promise<unknown>): Promise<Spent> {
  const [asked, begun, nanos] = [await spender.reviews(), performance.now(), cpuNanos(spender.pid)];
  await run();
  const [micros, ms] = [(cpuNanos(spender.pid) - nanos) / 1000, performance.now() - begun];
  return { micros, ms, reviews: (await spender.reviews()) - asked };
}

function withoutReviews({ micros, reviews }: Spent, { reviewMicros }: Spender): number {
  return micros - reviews * reviewMicros;
}
