/**
 * Holds watches back from an API server that is starting after an outage. Such a server answers with 403 or 401 before
 * it knows its RBAC rules, and client-go then lists everything again. A directly connected client gets connection
 * refused, retries seconds later and usually misses this phase. A client of this program is told to retry after a
 * second and would nearly always hit it (R5, I9).
 *
 * open → in doubt when a request fails → open when /readyz reports readiness or is of no help.
 */
import type { StartTimer } from '../../platform/timer.ts';
import type { UpstreamError } from '../../platform/upstream/upstream-error.ts';
import { messageOf } from '../../platform/text/failure.ts';

/** The longest wait for /readyz (ms). After it the watch is sent as if there were no gate. */
const ANSWER_MS = 5000;
/** How long "not ready" holds watches back (ms). A server that says so for longer may serve watches nevertheless. */
const STARTING_MS = 30_000;
/**
 * How long a refusal by /readyz holds watches back (ms). A starting server first answers 403, since /readyz is subject
 * to the same rules as all else. A server that never allows anonymous requests always answers 403.
 */
const REFUSING_MS = 5000;

const NOT_READY = 'it is only starting, /readyz says';

export interface WatchGateOptions {
  /** Resolves with the status of /readyz. @throws UpstreamError if there is no answer */
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
  /** True if /readyz has refused for longer than any start takes, so that a refusal means nothing. */
  #alwaysRefuses = false;

  constructor(options: WatchGateOptions) {
    this.#options = options;
  }

  /** A request got no answer or only a part of one. The next answer may come from a server that is starting. */
  failed(error: UpstreamError): void {
    if (error.isOutage) this.#isOpen = false;
  }

  /** @returns undefined to send the watch at once; else a promise, never rejected, of why not to, or of undefined */
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
      return messageOf(error);
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
