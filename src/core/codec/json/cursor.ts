/**
 * A tokenizer over JSON bytes (RFC 8259) that reports positions and copies nothing. What it skips is checked for
 * structure (strings closed, brackets of the right kind), not for the spelling of literals.
 */

import { isUtf8 } from 'node:buffer';

/** Thrown for bytes that are not one JSON value; caught by the scanner. */
export const MALFORMED = new Error('malformed JSON');

export const QUOTE = 0x22;
export const COLON = 0x3a;
export const COMMA = 0x2c;
export const OPEN_BRACE = 0x7b;
export const CLOSE_BRACE = 0x7d;
export const OPEN_BRACKET = 0x5b;
export const CLOSE_BRACKET = 0x5d;
export const BACKSLASH = 0x5c;
/** Deeper, brackets are counted and their kinds not compared: a Node is less than ten deep, whoever nests its managedFields. */
export const MAX_DEPTH = 512;

export class JsonCursor {
  #bytes: Buffer = Buffer.alloc(0);
  /** Where the bytes end that may be read. */
  limit = 0;
  readonly #closers = new Uint8Array(MAX_DEPTH);
  at = 0;
  /** Content of the string last read, without its quotes. */
  stringStart = 0;
  stringEnd = 0;
  /** Whether the string last read holds escapes, so that its bytes are not its characters. */
  stringEscaped = false;
  /** Whether a string was decoded since the reset that has no UTF-8 of its own: two different ones would look equal. */
  hasIllFormedText = false;

  reset(bytes: Buffer, start: number, end: number): void {
    this.#bytes = bytes;
    this.at = start;
    this.limit = end;
    this.hasIllFormedText = false;
  }

  /** The next byte that is not white space; 0 at the end. */
  peek(): number {
    while (this.at < this.limit) {
      const byte = this.#bytes[this.at]!;
      if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) return byte;
      this.at++;
    }
    return 0;
  }

  /** Steps over this byte, white space before it included. @throws MALFORMED where something else follows */
  expect(byte: number): void {
    if (this.peek() !== byte) throw MALFORMED;
    this.at++;
  }

  /** @throws MALFORMED unless only white space is left */
  expectEnd(): void {
    this.peek();
    if (this.at !== this.limit) throw MALFORMED;
  }

  /** Reads a string; the cursor is then behind its closing quote. */
  string(): void {
    this.expect(QUOTE);
    const bytes = this.#bytes;
    const limit = this.limit;
    let at = this.at;
    this.stringStart = at;
    this.stringEscaped = false;
    for (; at < limit; at++) {
      const byte = bytes[at]!;
      if (byte === QUOTE) {
        this.stringEnd = at;
        this.at = at + 1;
        return;
      }
      if (byte === BACKSLASH) {
        this.stringEscaped = true;
        at++;
      }
    }
    throw MALFORMED;
  }

  /** Whether the string last read is this one, however it is spelled. */
  stringIs(expected: Buffer): boolean {
    if (this.stringEscaped) return this.text() === expected.toString();
    if (this.stringEnd - this.stringStart !== expected.length) return false;
    for (let i = 0; i < expected.length; i++)
      if (this.#bytes[this.stringStart + i] !== expected[i]) return false;
    return true;
  }

  /** The string last read, decoded. @throws MALFORMED for escapes that are none */
  text(): string {
    const spelled = this.#bytes.toString('utf8', this.stringStart, this.stringEnd);
    // Where it was put in place of bytes that are no UTF-8, and not written by whoever sent them.
    if (spelled.includes(REPLACEMENT) && !isUtf8(this.#bytes.subarray(this.stringStart, this.stringEnd)))
      this.hasIllFormedText = true;
    if (!this.stringEscaped) return spelled;
    const text = parse(`"${spelled}"`);
    if (typeof text !== 'string') throw MALFORMED;
    if (!text.isWellFormed()) this.hasIllFormedText = true;
    return text;
  }

  /** The bytes of the string last read in a buffer of their own, where escapes had to be decoded for that. */
  decoded(): Buffer | undefined {
    return this.stringEscaped ? Buffer.from(this.text()) : undefined;
  }

  /**
   * After a value inside an object or list: whether another one follows.
   * @param closer the bracket that ends the enclosing object or list; it is stepped over
   */
  more(closer: number): boolean {
    const byte = this.peek();
    this.at++;
    if (byte === COMMA) return true;
    if (byte === closer) return false;
    throw MALFORMED;
  }

  /** Steps over an opening bracket. @returns whether there is anything inside; if not, the closer is gone too */
  enter(opener: number, closer: number): boolean {
    this.expect(opener);
    if (this.peek() !== closer) return true;
    this.at++;
    return false;
  }

  /** Reads `"key":`; the key is then the string last read. */
  key(): void {
    this.string();
    this.expect(COLON);
  }

  /** Steps over any value. Brackets are matched, strings honoured; literals only have to be there. */
  skip(): void {
    const byte = this.peek();
    if (byte === QUOTE) this.string();
    else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) this.#skipNested();
    else this.#skipLiteral();
  }

  #skipNested(): void {
    const bytes = this.#bytes;
    const limit = this.limit;
    const closers = this.#closers;
    let depth = 0;
    let at = this.at;
    for (; at < limit; at++) {
      const byte = bytes[at]!;
      if (byte === QUOTE) {
        for (at++; ; at++) {
          if (at >= limit) throw MALFORMED;
          const inside = bytes[at]!;
          if (inside === QUOTE) break;
          if (inside === BACKSLASH) at++;
        }
      } else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) {
        // In ASCII a closer stands two behind its opener.
        if (depth < MAX_DEPTH) closers[depth] = byte + 2;
        depth++;
      } else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) {
        if (--depth < MAX_DEPTH && closers[depth] !== byte) throw MALFORMED;
        if (depth === 0) {
          this.at = at + 1;
          return;
        }
      }
    }
    throw MALFORMED;
  }

  #skipLiteral(): void {
    const start = this.at;
    while (this.at < this.limit && isLiteralByte(this.#bytes[this.at]!)) this.at++;
    if (this.at === start) throw MALFORMED;
  }
}

/** Letters, digits, sign, point: what `true`, `false`, `null` and numbers are made of. */
function isLiteralByte(byte: number): boolean {
  return (
    (byte >= 0x30 && byte <= 0x39) ||
    (byte >= 0x61 && byte <= 0x7a) ||
    byte === 0x2d ||
    byte === 0x2e ||
    byte === 0x2b ||
    byte === 0x45
  );
}

/** What decoders put in place of what is not UTF-8. */
const REPLACEMENT = '\ufffd';

function parse(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}
