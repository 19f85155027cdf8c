/**
 * Keeps watches from an API server that was away and is only starting. It answers before it knows its RBAC rules, with
 * 403 or 401, and on either client-go lists everything again. A client that gets connection refused comes back seconds
 * later and mostly misses that; ours, told to retry after a second, would meet it nearly always (R5, I9).
 *
 * open → in doubt, when a request fails → open, when /readyz says so or does not help.
 */
import { type StartTimer } from '../../platform/timer.ts';
import { type UpstreamError } from '../../platform/upstream/upstream-error.ts';

/** How long /readyz may take; then the watch is sent, as without the gate (milliseconds). */
const ANSWER_MS = 5000;
/** How long an API server may say that it is not ready: one that says so for longer may serve watches all the same (ms). */
const STARTING_MS = 30_000;
/**
 * How long it may refuse to say: /readyz is under the same rules as all else, so 403 is what it says first. Where
 * anonymous requests are never allowed it is also what it always says (milliseconds).
 */
const REFUSING_MS = 5000;

const NOT_READY = 'it is only starting, /readyz says';

export interface WatchGateOptions {
  /** Resolves with the status that /readyz has. @throws UpstreamError where there is no answer */
  readonly askReadiness: () => Promise<number>;
  /** Monotonic milliseconds. */
  readonly now: () => number;
  readonly startTimer: StartTimer;
}

export class WatchGate {
  readonly #options: WatchGateOptions;
  #isOpen = true;
  #asking: Promise<string | undefined> | undefined;
  #notReadySince: number | undefined;
  /** It has gone on refusing to say for longer than any start takes: that says nothing. */
  #alwaysRefuses = false;

  constructor(options: WatchGateOptions) {
    this.#options = options;
  }

  /** A request had no answer, or only part of one: what answers next may be a server that has just begun. */
  failed(error: UpstreamError): void {
    if (error.isOutage) this.#isOpen = false;
  }

  /** Undefined: send the watch. Otherwise wait for why not to, or undefined. Never rejects. */
  pass(): Promise<string | undefined> | undefined {
    if (this.#isOpen) return undefined;
    this.#asking ??= this.#ask().finally(() => {
      this.#asking = undefined;
    });
    return this.#asking;
  }

  async #ask(): Promise<string | undefined> {
    const late = Promise.withResolvers<'late'>();
    const stop = this.#options.startTimer(ANSWER_MS, () => late.resolve('late'));
    try {
      return this.#judge(await Promise.race([this.#options.askReadiness(), late.promise]));
    } catch (error) {
      this.#notReadySince = undefined;
      return error instanceof Error ? error.message : String(error);
    } finally {
      stop();
    }
  }

  #judge(status: number | 'late'): string | undefined {
    const { now } = this.#options;
    this.#notReadySince ??= now();
    if (status !== 'late' && now() - this.#notReadySince < this.#patienceMs(status)) return NOT_READY;
    if (status !== 'late') this.#alwaysRefuses = isRefusal(status);
    this.#notReadySince = undefined;
    this.#isOpen = true;
    return undefined;
  }

  /** How long an answer with this status may mean "not yet". */
  #patienceMs(status: number): number {
    if (status >= 500) return STARTING_MS;
    return isRefusal(status) && !this.#alwaysRefuses ? REFUSING_MS : 0;
  }
}

function isRefusal(status: number): boolean {
  return status >= 400 && status < 500;
}
