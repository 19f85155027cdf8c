/**
 * Knows whether upstream answers. Reports each change once, to health and to the log, and asks upstream again as long
 * as it does not answer.
 */
import type { Health } from '../platform/health/health.ts';
import type { UpstreamError } from '../platform/upstream/upstream-error.ts';
import type { Logger } from '../platform/logger.ts';

const FIRST_RETRY_MS = 250;
const LAST_RETRY_MS = 5000;

export interface UpstreamStateOptions {
  readonly health: Health;
  readonly log: Logger;
  /** Resolves with the status of any answer. @throws UpstreamError */
  readonly probe: () => Promise<number>;
  /** Upstream answers again after a failure. Called before the answer is used. */
  readonly onReturn: () => void;
}

export class UpstreamState {
  readonly #options: UpstreamStateOptions;
  #at: 'unknown' | 'answering' | 'failing' = 'unknown';
  #timer: NodeJS.Timeout | undefined;
  #retryMs = FIRST_RETRY_MS;
  #hasAnswered = false;
  #stopped = false;

  constructor(options: UpstreamStateOptions) {
    this.#options = options;
  }

  /** Asks upstream once, and again until it answers. */
  start(): void {
    this.#probe();
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  answered(): void {
    this.#retryMs = FIRST_RETRY_MS;
    if (this.#at === 'answering') return;
    const isFirst = !this.#hasAnswered;
    if (this.#at === 'failing') this.#options.onReturn();
    this.#at = 'answering';
    this.#hasAnswered = true;
    this.#options.health.markUpstreamAnswering();
    this.#options.log.info(isFirst ? 'ready' : 'upstream answers again');
  }

  failed(error: UpstreamError): void {
    // A response that broke off says nothing about the next request.
    if (error.phase === 'body' || !error.isOutage || this.#stopped) return;
    this.#options.health.markUpstreamFailing(error.message);
    if (this.#at !== 'failing') {
      this.#at = 'failing';
      this.#options.log.warn(
        { cause: error.message, code: error.code },
        'upstream does not answer, retrying',
      );
    }
    if (this.#timer === undefined) this.#probeLater();
  }

  #probeLater(): void {
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      if (this.#at !== 'answering') this.#probe();
    }, this.#retryMs);
    this.#retryMs = Math.min(this.#retryMs * 2, LAST_RETRY_MS);
  }

  /** The result arrives through `answered` and `failed`, as for every other request. */
  #probe(): void {
    this.#options.probe().catch(() => undefined);
  }
}
