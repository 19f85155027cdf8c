/** Chance that a seed and a number fix: input `n` of a run can be made again without the inputs before it. */

export class Random {
  #a: number;
  #b: number;
  #c: number;
  #count = 1;

  /** Two runs differ where any of the numbers does. */
  constructor(...seeds: readonly number[]) {
    this.#a = 0x9e3779b9;
    this.#b = 0x243f6a88;
    this.#c = 0xb7e15162;
    for (const seed of seeds) {
      this.#a = (this.#a ^ seed) >>> 0;
      this.#b = (this.#b ^ Math.floor(seed / 2 ** 32)) >>> 0;
      for (let i = 0; i < 6; i++) this.next();
    }
  }

  /** 32 bits. The small fast counter generator of 32 bits (sfc32, PractRand). */
  next(): number {
    const sum = (this.#a + this.#b + this.#count++) >>> 0;
    this.#a = (this.#b ^ (this.#b >>> 9)) >>> 0;
    this.#b = (this.#c + (this.#c << 3)) >>> 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + sum) >>> 0;
    return sum;
  }

  /** A whole number from 0 up to, not including, `n`. */
  below(n: number): number {
    return Math.floor((this.next() / 2 ** 32) * n);
  }

  /** True once in `n` times. */
  oneIn(n: number): boolean {
    return this.below(n) === 0;
  }

  pick<T>(items: readonly T[]): T {
    const item = items[this.below(items.length)];
    if (item === undefined) throw new Error('nothing to choose from');
    return item;
  }

  /** Small numbers often, large ones sometimes: below 2, 4, 8, ... up to `max`. */
  skewed(max: number): number {
    return Math.min(max, this.below(2 ** (1 + this.below(Math.ceil(Math.log2(max + 1)) + 1))));
  }

  bytes(length: number): Buffer {
    const bytes = Buffer.allocUnsafe(length);
    for (let i = 0; i < length; i++) bytes[i] = this.next() & 0xff;
    return bytes;
  }
}

/** A number that a text fixes, to seed with. */
export function numberFor(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193) >>> 0;
  return hash;
}
