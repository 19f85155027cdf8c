/**
 * Replaces texts of a cluster by others of the same size and shape (letters for letters, digits for digits, signs
 * unchanged). Equal texts get equal replacements, and different texts different ones. Replacements are random, so
 * nothing can be computed back from them. Pure, except for the random function that it is given.
 */

/** The most texts that are replaced, and their characters; further ones cannot be redacted. */
const MAX_TEXTS = 1_000_000;
const MAX_CHARACTERS = 128 * 1024 * 1024;
const ATTEMPTS = 8;
const MAX_STEPS = 100_000;
/** A quantity, which clients parse: only its digits are replaced. */
const QUANTITY = /^[1-9]\d{0,18}(?:\.\d{1,9})?(?:m|[kKMGTPE]i?)?$/;

/** There is no room for more texts. */
export class PseudonymsFull extends Error {
  override readonly name = 'PseudonymsFull';
}

export class Pseudonyms {
  readonly #random: (below: number) => number;
  readonly #isWord: (text: string) => boolean;
  readonly #isForbidden: (text: string) => boolean;
  readonly #known = new Map<string, string>();
  readonly #used = new Set<string>();
  #characters = 0;

  /**
   * @param random - a whole number below another
   * @param isWord - texts that stay unchanged and replace nothing else
   * @param isForbidden - further texts that replace nothing
   */
  constructor(
    random: (below: number) => number,
    isWord: (text: string) => boolean,
    isForbidden: (text: string) => boolean,
  ) {
    this.#random = random;
    this.#isWord = isWord;
    this.#isForbidden = isForbidden;
  }

  /** @param text - as between quotes in JSON; escapes stay @throws PseudonymsFull */
  of(text: string): string {
    if (this.#isWord(text)) return text;
    const known = this.#known.get(text);
    if (known !== undefined) return known;
    this.#characters += text.length;
    if (this.#known.size === MAX_TEXTS || this.#characters > MAX_CHARACTERS) throw new PseudonymsFull();
    const made = this.#make(Array.from(text));
    this.#known.set(text, made);
    this.#used.add(made);
    return made;
  }

  #make(characters: readonly string[]): string {
    const isQuantity = QUANTITY.test(characters.join(''));
    const ranges = rangesOf(characters, isQuantity);
    if (ranges.every((range) => range === undefined)) return characters.join('');
    let candidate: string[] = [];
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      candidate = characters.map((character, at) => this.#oneOf(ranges[at]) ?? character);
      const text = candidate.join('');
      if (this.#isFree(text, isQuantity)) return text;
    }
    // Few texts have this shape, so they are used one after the other: there is one for each that can occur.
    for (let step = 0; step < MAX_STEPS; step++) {
      const text = next(candidate, ranges);
      if (this.#isFree(text, isQuantity)) return text;
    }
    throw new PseudonymsFull();
  }

  /** The replacement of another text must not look like a quantity, or quantities would run out of replacements. */
  #isFree(text: string, isQuantity: boolean): boolean {
    return (
      !this.#used.has(text) &&
      QUANTITY.test(text) === isQuantity &&
      !this.#isWord(text) &&
      !this.#isForbidden(text)
    );
  }

  #oneOf(range: Range | undefined): string | undefined {
    return range === undefined ? undefined : String.fromCodePoint(range.from + this.#random(range.count));
  }
}

interface Range {
  readonly from: number;
  readonly count: number;
}

/** Ranges of characters with the same number of bytes and the same meaning in the syntax of names. */
const RANGES: readonly Range[] = [
  { from: 0x30, count: 10 },
  { from: 0x41, count: 26 },
  { from: 0x61, count: 26 },
];
const NOT_ZERO: Range = { from: 0x31, count: 9 };
const BEYOND_ASCII: readonly (readonly [number, Range])[] = [
  [0x7ff, { from: 0x100, count: 128 }],
  [0xffff, { from: 0x4e00, count: 4096 }],
  [0x10ffff, { from: 0x20000, count: 4096 }],
];

/** The range from which a character is replaced; undefined if it stays. */
function rangesOf(characters: readonly string[], isQuantity: boolean): readonly (Range | undefined)[] {
  let escaped = 0;
  return characters.map((character, at) => {
    const code = character.codePointAt(0) ?? 0;
    if (escaped > 0) {
      escaped--;
      return undefined;
    }
    if (character === '\\') {
      escaped = characters[at + 1] === 'u' ? 5 : 1;
      return undefined;
    }
    if (isQuantity) return code < 0x30 || code > 0x39 ? undefined : at === 0 ? NOT_ZERO : RANGES[0];
    if (code >= 0x80) return BEYOND_ASCII.find(([last]) => code <= last)?.[1];
    return RANGES.find(({ from, count }) => code >= from && code < from + count);
  });
}

/** Advances in place to the next text of this shape; the first follows the last. */
function next(characters: string[], ranges: readonly (Range | undefined)[]): string {
  for (let at = characters.length - 1; at >= 0; at--) {
    const range = ranges[at];
    if (range === undefined) continue;
    const offset = (characters[at]?.codePointAt(0) ?? range.from) - range.from + 1;
    characters[at] = String.fromCodePoint(range.from + (offset % range.count));
    if (offset < range.count) break;
  }
  return characters.join('');
}
