/** One client's LIST from memory. */
import type { StartTimer, StopTimer } from '../../platform/timer.ts';
import type { ResponseHandler, ResponseHead } from '../../platform/upstream/exchange.ts';
import { Delivery } from './delivery.ts';

export interface MemoryListOptions {
  readonly body: Buffer;
  readonly handler: ResponseHandler;
  readonly head: ResponseHead;
  readonly slowClientMs: number;
  /** Called once when no byte of the body waits for the client any more, not even in its socket. */
  readonly onOver: () => void;
  readonly startTimer: StartTimer;
}

const CHUNK_BYTES = 64 * 1024;
/** The longest time for the client to take the whole body, because few bodies are kept (milliseconds). */
export const LONGEST_LIST_MS = 5 * 60_000;

export class MemoryList {
  readonly #options: MemoryListOptions;
  readonly #delivery: Delivery;
  readonly #stopDeadline: StopTimer;
  #sent = 0;
  #isOver = false;

  constructor(options: MemoryListOptions) {
    this.#options = options;
    const { handler, slowClientMs, startTimer } = options;
    this.#delivery = new Delivery({
      ...{ handler, slowClientMs, startTimer },
      onSlow: () => this.#delivery.break(),
      onReady: () => this.#pump(),
    });
    this.#stopDeadline = startTimer(LONGEST_LIST_MS, () => this.#delivery.break());
  }

  begin(): void {
    this.#delivery.begin(this.#options.head);
    this.#pump();
  }

  resume(): void {
    this.#delivery.resume();
  }

  /** The client has taken the whole body, or has gone. */
  abort(): void {
    this.#delivery.gone();
    if (this.#isOver) return;
    this.#isOver = true;
    this.#stopDeadline();
    this.#options.onOver();
  }

  #pump(): void {
    const { body } = this.#options;
    while (!this.#isOver && !this.#delivery.isPaused) {
      if (this.#sent >= body.length) {
        this.#delivery.end();
        return;
      }
      const chunk = body.subarray(this.#sent, this.#sent + CHUNK_BYTES);
      this.#sent += chunk.length;
      this.#delivery.write(chunk);
    }
  }
}
