/**
 * The event rates of the last minutes, for the status page. Totals are sampled every two seconds and kept in about 10
 * KB. This costs nothing per event.
 */
import type { EventCounts, RatePoint } from '../admin/status.ts';
import type { StartTimer, StopTimer } from '../../platform/timer.ts';
import type { EventTally } from '../telemetry/event-tally.ts';

export const SAMPLE_MS = 2000;
const SAMPLES = 91;
/** The time that the samples cover (seconds). */
export const HISTORY_SECONDS = ((SAMPLES - 1) * SAMPLE_MS) / 1000;
/** The length of "just now" (milliseconds). */
const NOW_MS = 10_000;
/** A rate over a shorter time means nothing (milliseconds). */
const SHORTEST_MS = 500;

export interface EventHistoryOptions {
  readonly total: () => EventTally;
  /** Monotonic milliseconds. */
  readonly now: () => number;
  readonly startTimer: StartTimer;
}

interface Sample extends EventCounts {
  readonly at: number;
}

export class EventHistory {
  readonly #options: EventHistoryOptions;
  /** Oldest first. */
  readonly #samples: Sample[] = [];
  readonly #startedAt: number;
  #stopTimer: StopTimer | undefined;

  constructor(options: EventHistoryOptions) {
    this.#options = options;
    this.#startedAt = options.now();
    this.#take();
  }

  start(): void {
    this.#stopTimer = this.#options.startTimer(SAMPLE_MS, () => {
      this.#take();
      this.start();
    });
  }

  stop(): void {
    this.#stopTimer?.();
  }

  /** The time since the beginning of the counts. */
  get uptimeSeconds(): number {
    return (this.#options.now() - this.#startedAt) / 1000;
  }

  /** Events per second between consecutive samples, oldest first; the last point ends now. */
  points(): RatePoint[] {
    const present = this.#present();
    const samples = [...this.#samples, present];
    return samples.slice(1).flatMap((sample, i) => {
      const before = samples[i] ?? sample;
      const isTooShort = sample.at - before.at < SHORTEST_MS;
      return isTooShort ? [] : [{ secondsAgo: (present.at - sample.at) / 1000, ...rates(before, sample) }];
    });
  }

  /** Events per second over the last ten seconds, or since the start. */
  rates(): EventCounts {
    const present = this.#present();
    const samples = this.#samples;
    const before = samples.findLast(({ at }) => at <= present.at - NOW_MS) ?? samples[0] ?? present;
    return rates(before, present);
  }

  #take(): void {
    this.#samples.push(this.#present());
    if (this.#samples.length > SAMPLES) this.#samples.shift();
  }

  #present(): Sample {
    const { total, now } = this.#options;
    return { at: now(), ...eventCounts(total()) };
  }
}

/** The verdicts of all events in this tally. */
export function eventCounts(tally: EventTally): EventCounts {
  const received = tally.eventsReceived;
  const [swallowed, wouldSwallow] = [tally.eventsOf('swallowed'), tally.eventsOf('would_swallow')];
  return { received, forwarded: received - swallowed - wouldSwallow, swallowed, wouldSwallow };
}

function rates(before: Sample, after: Sample): EventCounts {
  const seconds = (after.at - before.at) / 1000;
  const rate = (field: keyof EventCounts): number =>
    seconds <= 0 ? 0 : (after[field] - before[field]) / seconds;
  return {
    received: rate('received'),
    forwarded: rate('forwarded'),
    swallowed: rate('swallowed'),
    wouldSwallow: rate('wouldSwallow'),
  };
}
