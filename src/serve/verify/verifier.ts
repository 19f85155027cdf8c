/**
 * Decides when each stream is checked (R22), and what follows. Each open stream is checked about once per interval, and
 * one stream at a time in the whole sidecar. A mismatch ends the filtering of its stream and drops the snapshots that
 * may come from it. waiting → queued → being verified → waiting …; a stream may be forgotten in any state.
 */
import type { Compared } from '../../core/sieve/comparison.ts';
import type { Snapshots } from '../../core/sieve/snapshots.ts';
import type { StartTimer, StopTimer } from '../../platform/timer.ts';
import type { Sieve } from '../../core/sieve/sieve.ts';
import type { WatchStream } from '../watch/watch-stream.ts';
import type { Logger } from '../../platform/logger.ts';
import type { SkipReason, VerificationMetrics } from './verification-metrics.ts';
import type { Upstream } from '../../platform/upstream/upstream.ts';
import type { ListRequest } from '../watch/list-request.ts';
import { Verification, type Outcome } from './verification.ts';

export interface VerifiedStream extends Pick<WatchStream, 'scope' | 'projection'> {
  readonly sieve: Pick<Sieve, 'position' | 'mistrust'>;
}

export interface VerifierOptions {
  readonly intervalMs: number;
  /** From 0 to below 1. It spreads the checks, so that sidecars started together do not list together. */
  readonly random: () => number;
  readonly startTimer: StartTimer;
  readonly send: Upstream['send'];
  readonly snapshots: Snapshots;
  readonly metrics: VerificationMetrics;
  readonly log: Logger;
}

/** The share of the interval by which a check may come earlier or later. */
const JITTER = 0.1;
/** The longest time for one check (milliseconds), as long as the API server allows for a LIST. */
const LONGEST_MS = 60_000;
/** The most names in a log line. */
const MAX_NAMES = 10;

interface Entry {
  readonly stream: VerifiedStream;
  readonly request: ListRequest;
  stopTimer: StopTimer;
}

interface Running {
  readonly entry: Entry;
  readonly verification: Verification;
  readonly stopTimer: StopTimer;
}

export class Verifier {
  readonly #options: VerifierOptions;
  readonly #entries = new Map<VerifiedStream, Entry>();
  readonly #queue = new Set<Entry>();
  #running: Running | undefined;

  constructor(options: VerifierOptions) {
    this.#options = options;
  }

  /** Checks this stream from now on, until it is forgotten. */
  follow(stream: VerifiedStream, request: ListRequest): void {
    const entry: Entry = { stream, request, stopTimer: () => undefined };
    this.#entries.set(stream, entry);
    this.#waitFor(entry);
  }

  /** The stream has ended: its check is ended too, and its credentials are dropped. */
  forget(stream: VerifiedStream): void {
    const entry = this.#entries.get(stream);
    if (entry === undefined) return;
    this.#entries.delete(stream);
    this.#queue.delete(entry);
    entry.stopTimer();
    if (this.#running?.entry === entry) this.#running.verification.skip('skipped_ended');
  }

  /** Forgets all streams. */
  stop(): void {
    // Otherwise the end of the running check would start the next one.
    this.#queue.clear();
    for (const stream of [...this.#entries.keys()]) this.forget(stream);
  }

  #waitFor(entry: Entry): void {
    const { intervalMs, random, startTimer } = this.#options;
    entry.stopTimer = startTimer(intervalMs * (1 - JITTER + 2 * JITTER * random()), () => {
      this.#queue.add(entry);
      this.#verifyNext();
    });
  }

  #verifyNext(): void {
    for (const entry of this.#queue) {
      if (this.#running !== undefined) return;
      this.#queue.delete(entry);
      this.#verify(entry);
    }
  }

  #verify(entry: Entry): void {
    const { send, startTimer } = this.#options;
    const { stream, request } = entry;
    const position = stream.sieve.position();
    if (position === undefined || position.held.size === 0) {
      this.#skipped(entry, 'skipped_no_baseline');
      return;
    }
    const verification = new Verification({
      send,
      request,
      position,
      plan: stream.projection.plan,
      onOutcome: (outcome) => {
        this.#running?.stopTimer();
        this.#running = undefined;
        this.#settle(entry, position.resourceVersion, outcome);
        this.#verifyNext();
      },
    });
    const stopTimer = startTimer(LONGEST_MS, () => verification.skip('skipped_timeout'));
    this.#running = { entry, verification, stopTimer };
  }

  #settle(entry: Entry, resourceVersion: string, outcome: Outcome): void {
    if ('skipped' in outcome) {
      this.#skipped(entry, outcome.skipped);
      return;
    }
    const { metrics, log } = this.#options;
    const { compared } = outcome;
    const { matched, mismatched, notHeld } = compared;
    metrics.objects('match', matched);
    metrics.objects('mismatch', mismatched.length);
    metrics.objects('not_held', notHeld);
    if (mismatched.length > 0) {
      this.#mismatch(entry, resourceVersion, compared);
      return;
    }
    metrics.verification('match');
    log.debug({ stream: entry.stream.scope.id, resourceVersion, matched, notHeld }, 'stream verified');
    this.#waitFor(entry);
  }

  #mismatch({ stream }: Entry, resourceVersion: string, { matched, mismatched }: Compared): void {
    const { metrics, log, snapshots } = this.#options;
    metrics.verification('mismatch');
    const { id, client } = stream.scope;
    log.warn(
      {
        stream: id,
        client,
        resourceVersion,
        matched,
        mismatched: mismatched.length,
        objects: mismatched.slice(0, MAX_NAMES),
      },
      'baseline does not match upstream, forwarding everything on this stream',
    );
    stream.sieve.mistrust();
    // Streams that adopted the same snapshot, or would do so, are wrong too.
    snapshots.replaced();
    this.forget(stream);
  }

  #skipped(entry: Entry, reason: SkipReason): void {
    const { metrics, log } = this.#options;
    metrics.verification(reason);
    log.debug({ stream: entry.stream.scope.id, reason }, 'stream not verified');
    if (this.#entries.has(entry.stream)) this.#waitFor(entry);
  }
}
