/**
 * Sends bytes to one client at the client's pace. A client that has taken nothing for too long is given up (I13).
 */
import type { StartTimer, StopTimer } from '../../platform/timer.ts';
import type { ResponseHandler, ResponseHead } from '../../platform/upstream/exchange.ts';
import { UpstreamError } from '../../platform/upstream/upstream-error.ts';

export interface DeliveryOptions {
  readonly handler: ResponseHandler;
  /** The longest time for which the client may take nothing while bytes wait for it (milliseconds). */
  readonly slowClientMs: number;
  readonly onSlow: () => void;
  /** Called when the client can take more. */
  readonly onReady: () => void;
  readonly startTimer: StartTimer;
}

/** The longest time for the client to take what was written before the end (milliseconds). */
const LAST_BYTES_MS = 5 * 60_000;

export class Delivery {
  readonly #options: DeliveryOptions;
  #isPaused = false;
  #isOver = false;
  #stopTimer: StopTimer = () => undefined;

  constructor(options: DeliveryOptions) {
    this.#options = options;
  }

  get isPaused(): boolean {
    return this.#isPaused;
  }

  begin(head: ResponseHead): void {
    this.#options.handler.onResponse(head);
  }

  write(bytes: Buffer): void {
    if (this.#isOver) return;
    const isWritable = this.#options.handler.onData(bytes);
    if (isWritable || this.#isPaused) return;
    this.#isPaused = true;
    const { startTimer, slowClientMs, onSlow } = this.#options;
    this.#stopTimer = startTimer(slowClientMs, onSlow);
  }

  /** Called when the client has taken all written bytes. */
  resume(): void {
    if (!this.#isPaused || this.#isOver) return;
    this.#isPaused = false;
    this.#stopTimer();
    this.#options.onReady();
  }

  /** Ends cleanly, after all written bytes. */
  end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#stopTimer();
    const { handler, startTimer } = this.#options;
    handler.onEnd([]);
    this.#stopTimer = startTimer(LAST_BYTES_MS, () => handler.onError(new UpstreamError('body', 'closed')));
  }

  /** Breaks off, so that the client sees that the answer is incomplete. */
  break(): void {
    if (this.#isOver) return;
    this.gone();
    this.#options.handler.onError(new UpstreamError('body', 'closed'));
  }

  /** The client has gone, or has everything. */
  gone(): void {
    this.#isOver = true;
    this.#stopTimer();
  }
}
