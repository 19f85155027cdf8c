/** One client's watch from memory: it sends what a reader has at the client's pace, and ends exactly once, with a cause. */
import type { Reader } from '../../core/hub/reader.ts';
import type { StartTimer, StopTimer } from '../../platform/timer.ts';
import type { ResponseHandler, ResponseHead } from '../../platform/upstream/exchange.ts';
import { Delivery } from './delivery.ts';
import type { FeedReader, ReaderEnd, Readers } from './readers.ts';

export interface MemoryWatchOptions {
  readonly reader: Reader;
  readonly readers: Readers;
  readonly handler: ResponseHandler;
  readonly head: ResponseHead;
  /** When the hub ends the watch (milliseconds). */
  readonly deadlineMs: number;
  readonly slowClientMs: number;
  readonly onEnd: (watch: MemoryWatch, why: ReaderEnd) => void;
  readonly startTimer: StartTimer;
}

/** The bytes read in one go, about as many as a socket takes. */
const TAKEN_BYTES = 64 * 1024;

/** After these causes the client may not be sent anything more. */
const WITHOUT_LAST_WORD: ReadonlySet<ReaderEnd> = new Set(['fallen', 'epoch', 'refused', 'unanswered']);

export class MemoryWatch implements FeedReader {
  readonly #options: MemoryWatchOptions;
  readonly #delivery: Delivery;
  readonly #stopDeadline: StopTimer;
  readonly #out: Buffer[] = [];
  #isOver = false;

  constructor(options: MemoryWatchOptions) {
    this.#options = options;
    const { handler, slowClientMs, deadlineMs, startTimer } = options;
    this.#delivery = new Delivery({
      ...{ handler, slowClientMs, startTimer },
      onSlow: () => this.end('slow_client'),
      onReady: () => this.#pump(),
    });
    this.#stopDeadline = startTimer(deadlineMs, () => this.end('deadline'));
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  begin(): void {
    const { readers, head } = this.#options;
    readers.add(this);
    this.#delivery.begin(head);
    this.#pump();
  }

  onNews(): void {
    if (!this.#delivery.isPaused) this.#pump();
    else this.#take(0);
  }

  resume(): void {
    this.#delivery.resume();
  }

  /** The client has gone. */
  abort(): void {
    this.#delivery.gone();
    this.#over('client_gone');
  }

  end(why: ReaderEnd): void {
    if (this.#isOver) return;
    if (!WITHOUT_LAST_WORD.has(why)) {
      this.#out.length = 0;
      this.#options.reader.finish(this.#out);
      this.#write();
    }
    this.#over(why);
    this.#delivery.end();
  }

  #pump(): void {
    while (!this.#isOver && !this.#delivery.isPaused) if (!this.#take(TAKEN_BYTES)) return;
  }

  /** @returns whether there may be more */
  #take(maxBytes: number): boolean {
    if (this.#isOver) return false;
    this.#out.length = 0;
    const taken = this.#options.reader.take(this.#out, maxBytes);
    this.#write();
    if (taken === 'fallen') this.end('fallen');
    else if (taken === 'over') this.end('epoch');
    return taken === 'more';
  }

  #write(): void {
    for (const bytes of this.#out) this.#delivery.write(bytes);
    this.#out.length = 0;
  }

  #over(why: ReaderEnd): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#stopDeadline();
    this.#options.readers.remove(this);
    this.#options.onEnd(this, why);
  }
}
