/** Finds the marks of changes in the bytes of a watch, and sees that they come in order. */
const MARK = Buffer.from('watchsieve-mark.');
const CHANGE_DIGITS = 8;
const MARK_BYTES = MARK.length + CHANGE_DIGITS + 1 + 19;

export class Marks {
  readonly #onMark: (latencyMicros: number) => void;
  #newest = -1;
  #tail = Buffer.alloc(0);

  /** @param onMark receives how long the change took from upstream */
  constructor(onMark: (latencyMicros: number) => void) {
    this.#onMark = onMark;
  }

  /** @returns what is wrong with the order of the changes; empty if nothing */
  look(chunk: Buffer): string {
    // A mark may lie across two chunks, so the end of the former is searched again.
    const all = this.#tail.length === 0 ? chunk : Buffer.concat([this.#tail, chunk]);
    let wrong = '';
    let end = 0;
    for (
      let at = all.indexOf(MARK);
      at !== -1 && at + MARK_BYTES <= all.length;
      at = all.indexOf(MARK, end)
    ) {
      end = at + MARK_BYTES;
      wrong ||= this.#mark(all, at + MARK.length);
    }
    this.#tail = Buffer.from(all.subarray(Math.max(end, all.length - MARK_BYTES + 1)));
    return wrong;
  }

  #mark(all: Buffer, at: number): string {
    const change = Number(all.toString('latin1', at, at + CHANGE_DIGITS));
    const isNext = this.#newest === -1 || change === this.#newest + 1;
    const wrong = isNext ? '' : `change ${change} after ${this.#newest}`;
    this.#newest = change;
    const sentAt = BigInt(all.toString('latin1', at + CHANGE_DIGITS + 1, at + MARK_BYTES - MARK.length));
    this.#onMark(Number((process.hrtime.bigint() - sentAt) / 1000n));
    return wrong;
  }
}
