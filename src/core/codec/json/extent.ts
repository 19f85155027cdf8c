/**
 * Finds the end of a JSON object that arrives in pieces (RFC 8259). Brackets outside strings are matched, and literals
 * are ignored. Each byte is read once, however the pieces are cut. Each piece is turned into a string with one
 * character per byte, because V8 finds the next quote in such a string faster than a loop over bytes does, and strings
 * make up most of a Node.
 */
import {
  BACKSLASH,
  CLOSE_BRACE,
  CLOSE_BRACKET,
  MALFORMED,
  MAX_DEPTH,
  OPEN_BRACE,
  OPEN_BRACKET,
  QUOTE,
} from './cursor.ts';

/**
 * How many bytes are turned into one JavaScript string. A short string costs the garbage collector little. The last
 * string may also contain bytes that follow the JSON object. Their conversion is wasted, but a short string has only
 * few of them.
 */
const WINDOW = 4096;

export class JsonExtent {
  readonly #closers = new Uint8Array(MAX_DEPTH);
  #depth = 0;
  #isInString = false;
  /** True if the last piece ended after the backslash of an escape. */
  #isEscaped = false;

  /** Prepares for another object, which begins with the next piece. */
  begin(): void {
    this.#depth = 0;
    this.#isInString = false;
    this.#isEscaped = false;
  }

  /**
   * Reads a piece from `at`, which is the start of the object or the continuation of the last piece.
   * @returns end offset of the object; -1 if it does not end in this piece
   * @throws MALFORMED if brackets do not match
   */
  end(bytes: Buffer, at: number): number {
    for (let from = at; from < bytes.length; from += WINDOW) {
      const end = this.#end(bytes.toString('latin1', from, Math.min(from + WINDOW, bytes.length)));
      if (end !== -1) return from + end;
    }
    return -1;
  }

  #end(text: string): number {
    const closers = this.#closers;
    let depth = this.#depth;
    let next = this.#isInString ? this.#endOfString(text, 0) : 0;
    while (next < text.length) {
      const char = text.charCodeAt(next++);
      if (char === QUOTE) {
        const quote = text.indexOf('"', next);
        const isPlain = quote !== -1 && text.charCodeAt(quote - 1) !== BACKSLASH;
        next = isPlain ? quote + 1 : this.#endOfString(text, next);
      } else if (char === OPEN_BRACE || char === OPEN_BRACKET) {
        // In ASCII, a closing bracket or brace comes two places after its opener.
        if (depth < MAX_DEPTH) closers[depth] = char + 2;
        depth++;
      } else if (char === CLOSE_BRACE || char === CLOSE_BRACKET) {
        if (--depth < MAX_DEPTH && closers[depth] !== char) throw MALFORMED;
        if (depth === 0) return next;
      }
    }
    this.#depth = depth;
    return -1;
  }

  /**
   * @returns offset after the string whose content continues at `from`; the end of `text` if the string does not end
   */
  #endOfString(text: string, from: number): number {
    const start = this.#isEscaped ? from + 1 : from;
    for (let quote = text.indexOf('"', start); quote !== -1; quote = text.indexOf('"', quote + 1)) {
      if (isEscaped(text, start, quote)) continue;
      this.#isInString = this.#isEscaped = false;
      return quote + 1;
    }
    this.#isInString = true;
    this.#isEscaped = start <= text.length ? isEscaped(text, start, text.length) : this.#isEscaped;
    return text.length;
  }
}

/** True if the character at `at` is escaped: the number of backslashes before it is odd. */
function isEscaped(text: string, start: number, at: number): boolean {
  let before = at;
  while (before > start && text.charCodeAt(before - 1) === BACKSLASH) before--;
  return (at - before) % 2 === 1;
}
