/**
 * The body of a request that may have to be sent a second time. The bytes read so far are kept for that, within a bound
 * and the process's budget, until upstream begins to answer (R5). Bytes are read only when upstream asks for them.
 */
import { Readable } from 'node:stream';
import type { ByteBudget } from '../../core/limits/byte-budget.ts';

/** etcd accepts objects up to 1.5 MiB, but nearly every write has a few KiB. */
const MAX_KEPT_BYTES = 1024 * 1024;
const FIRST_KEPT_BYTES = 4096;

export class RequestBody {
  readonly #source: Readable;
  readonly #budget: ByteBudget;
  #reading: Reading | undefined;
  /** All bytes read so far, in the first `#keptLength` bytes: a copy whose size is drawn from the budget (I8). */
  #kept = Buffer.alloc(0);
  #keptLength = 0;
  #isWhole = true;

  constructor(source: Readable, budget: ByteBudget) {
    this.#source = source;
    this.#budget = budget;
    source.on('readable', () => this.#feed());
    source.once('end', () => this.#feed());
    source.once('close', () => {
      if (!source.readableEnded) this.#reading?.destroy(source.errored ?? undefined);
    });
  }

  /**
   * Stops the present reader, and reads nothing before the next {@link open}, because more bytes could exceed the
   * bound.
   * @returns true if {@link open} can provide the body from its beginning
   */
  takeBack(): boolean {
    const former = this.#reading;
    this.#reading = undefined;
    former?.destroy();
    return this.#isWhole;
  }

  /** The body from its beginning, for a new reader. It fails if the body fails, or if its beginning was not kept. */
  open(): Readable {
    const isWhole = this.takeBack();
    const reading = new Reading(() => this.#feed());
    this.#reading = reading;
    // A body without its beginning must not look complete.
    if (!isWhole || (this.#source.destroyed && !this.#source.readableEnded)) reading.destroy();
    return reading;
  }

  /** The body will not be sent again; its present reader continues. */
  keepNoMore(): void {
    if (!this.#isWhole) return;
    this.#isWhole = false;
    this.#reading?.give(this.#kept.subarray(0, this.#keptLength));
    this.#budget.give(this.#kept.length);
    this.#kept = Buffer.alloc(0);
  }

  /** The body is no longer needed. */
  destroy(): void {
    this.keepNoMore();
    this.#reading?.destroy();
    this.#source.destroy();
  }

  #feed(): void {
    const reading = this.#reading;
    if (reading === undefined) return;
    if (this.#isWhole) reading.give(this.#kept.subarray(0, this.#keptLength));
    while (reading.isHungry) {
      const chunk: unknown = this.#source.read();
      if (!Buffer.isBuffer(chunk)) break;
      if (this.#isWhole && !this.#keep(chunk)) this.keepNoMore();
      reading.next(chunk);
    }
    if (this.#source.readableEnded) reading.finish();
  }

  #keep(chunk: Buffer): boolean {
    const length = this.#keptLength + chunk.length;
    if (length > MAX_KEPT_BYTES) return false;
    if (length > this.#kept.length) {
      const size = Math.min(MAX_KEPT_BYTES, Math.max(length, 2 * this.#kept.length, FIRST_KEPT_BYTES));
      if (!this.#budget.take(size - this.#kept.length)) return false;
      const larger = Buffer.allocUnsafeSlow(size);
      this.#kept.copy(larger, 0, 0, this.#keptLength);
      this.#kept = larger;
    }
    chunk.copy(this.#kept, this.#keptLength);
    this.#keptLength = length;
    return true;
  }
}

/** The body for one attempt to send it. */
class Reading extends Readable {
  readonly #feed: () => void;
  #given = 0;
  #isFinished = false;
  /** True if the reader asks for more. */
  isHungry = false;

  constructor(feed: () => void) {
    super();
    this.#feed = feed;
    // A transport that has given up no longer listens to errors.
    this.on('error', () => undefined);
  }

  override _read(): void {
    this.isHungry = true;
    this.#feed();
  }

  /** Passes on those first bytes of the body that this reader has not received yet. */
  give(beginning: Buffer): void {
    if (beginning.length > this.#given) this.next(beginning.subarray(this.#given));
  }

  next(chunk: Buffer): void {
    this.#given += chunk.length;
    // Set before the push, which may ask for more at once.
    this.isHungry = false;
    this.push(chunk);
  }

  finish(): void {
    if (this.#isFinished || this.destroyed) return;
    this.#isFinished = true;
    this.isHungry = false;
    this.push(null);
  }
}
