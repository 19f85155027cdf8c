/**
 * Bytes on their way to one client, at its own pace: whoever has taken nothing for too long is not waited for (I13).
 */
import { type StartTimer, type StopTimer } from '../../platform/timer.ts';
import { type ResponseHandler, type ResponseHead } from '../../platform/upstream/exchange.ts';
import { UpstreamError } from '../../platform/upstream/upstream-error.ts';

export interface DeliveryOptions {
  readonly handler: ResponseHandler;
  /** How long the client may take nothing while something waits for it (milliseconds). */
  readonly slowClientMs: number;
  readonly onSlow: () => void;
  /** The client can take more. */
  readonly onReady: () => void;
  readonly startTimer: StartTimer;
}

/** How long a client may take over what was written before the end (milliseconds). */
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

  /** The client has taken what was written. */
  resume(): void {
    if (!this.#isPaused || this.#isOver) return;
    this.#isPaused = false;
    this.#stopTimer();
    this.#options.onReady();
  }

  /** Cleanly, behind what was written. */
  end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#stopTimer();
    const { handler, startTimer } = this.#options;
    handler.onEnd([]);
    this.#stopTimer = startTimer(LAST_BYTES_MS, () => handler.onError(new UpstreamError('body', 'closed')));
  }

  /** So that the client sees that this was not all. */
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
