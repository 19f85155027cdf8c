/**
 * Where a JSON object ends that comes in pieces (RFC 8259): brackets are matched and strings honoured, literals are not
 * looked at. Each byte is seen once, however the pieces are cut. A string of one byte for each character is made of
 * each piece, because V8 finds the next quote in one faster than a loop over bytes does: strings are most of a Node.
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

/** Bytes of which a string is made at a time: garbage that dies young, and little of it behind an object's end. */
const WINDOW = 4096;

export class JsonExtent {
  readonly #closers = new Uint8Array(MAX_DEPTH);
  #depth = 0;
  #isInString = false;
  /** Whether the last piece ended with half an escape. */
  #isEscaped = false;

  /** The next piece begins with another object. */
  begin(): void {
    this.#depth = 0;
    this.#isInString = false;
    this.#isEscaped = false;
  }

  /**
   * Looks at `bytes` from `at` on: where the object begins, or goes on from the piece before.
   * @returns where it ends; -1: not in this piece
   * @throws MALFORMED where brackets do not match
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
        // In ASCII a closer stands two behind its opener.
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

  /** @returns what comes behind the string of which `text` holds the content from `from` on, or the end of `text` */
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

/** Whether what stands at `at` is escaped: an odd number of backslashes comes before it. */
function isEscaped(text: string, start: number, at: number): boolean {
  let before = at;
  while (before > start && text.charCodeAt(before - 1) === BACKSLASH) before--;
  return (at - before) % 2 === 1;
}
