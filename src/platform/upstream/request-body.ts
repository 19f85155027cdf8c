/**
 * The body of one request, which may have to be sent a second time: what has been read of it is kept for that, within
 * a bound and the budget of the process, until upstream has begun to answer (R5). Nothing is read that upstream does
 * not ask for.
 */
import { Readable } from 'node:stream';
import type { ByteBudget } from '../../core/limits/byte-budget.ts';

/** What etcd takes of one object is 1.5 MiB; nearly every write is a few KiB. */
const MAX_KEPT_BYTES = 1024 * 1024;
const FIRST_KEPT_BYTES = 4096;

export class RequestBody {
  readonly #source: Readable;
  readonly #budget: ByteBudget;
  #reading: Reading | undefined;
  /** Everything read so far, in its first `#keptLength` bytes. A copy, whose size is drawn from the budget (I8). */
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
   * Its reader reads no more, and nothing is read before it is opened again: what came meanwhile could be more than is
   * kept. @returns whether {@link open} can give it from its beginning
   */
  takeBack(): boolean {
    const former = this.#reading;
    this.#reading = undefined;
    former?.destroy();
    return this.#isWhole;
  }

  /** The body from its beginning, for a new reader. It breaks where the body breaks, or where its beginning is not kept. */
  open(): Readable {
    const isWhole = this.takeBack();
    const reading = new Reading(() => this.#feed());
    this.#reading = reading;
    // What is left of a body without its beginning must not pass for all of it.
    if (!isWhole || (this.#source.destroyed && !this.#source.readableEnded)) reading.destroy();
    return reading;
  }

  /** It will not be sent again; who reads it reads on. */
  keepNoMore(): void {
    if (!this.#isWhole) return;
    this.#isWhole = false;
    this.#reading?.give(this.#kept.subarray(0, this.#keptLength));
    this.#budget.give(this.#kept.length);
    this.#kept = Buffer.alloc(0);
  }

  /** Nobody wants it any more. */
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

/** The body as it is sent once. */
class Reading extends Readable {
  readonly #feed: () => void;
  #given = 0;
  #isFinished = false;
  /** Whether it asks for more. */
  isHungry = false;

  constructor(feed: () => void) {
    super();
    this.#feed = feed;
    // A transport that has given up listens no more.
    this.on('error', () => undefined);
  }

  override _read(): void {
    this.isHungry = true;
    this.#feed();
  }

  /** What of these first bytes of the body it has not been given yet. */
  give(beginning: Buffer): void {
    if (beginning.length > this.#given) this.next(beginning.subarray(this.#given));
  }

  next(chunk: Buffer): void {
    this.#given += chunk.length;
    // Before the push, which may ask for more at once.
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
