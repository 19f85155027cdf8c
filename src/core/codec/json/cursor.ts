/**
 * A tokenizer for JSON bytes (RFC 8259) that reports offsets and copies nothing. Skipped values are checked for their
 * structure (closed strings, matching brackets), but not for the spelling of literals.
 */

import { isUtf8 } from 'node:buffer';

/** Thrown for bytes that are not one JSON value. The scanner catches it. */
export const MALFORMED = new Error('malformed JSON');

export const QUOTE = 0x22;
export const COLON = 0x3a;
export const COMMA = 0x2c;
export const OPEN_BRACE = 0x7b;
export const CLOSE_BRACE = 0x7d;
export const OPEN_BRACKET = 0x5b;
export const CLOSE_BRACKET = 0x5d;
export const BACKSLASH = 0x5c;
/**
 * Depth beyond which brackets are counted, but their kinds are not compared. A Node in an event has about ten levels,
 * including its managedFields.
 */
export const MAX_DEPTH = 512;

export class JsonCursor {
  #bytes: Buffer = Buffer.alloc(0);
  /** End offset of the bytes that may be read. */
  limit = 0;
  readonly #closers = new Uint8Array(MAX_DEPTH);
  at = 0;
  /** Range of the string that was read last, without its quotes. */
  stringStart = 0;
  stringEnd = 0;
  /** True if the string that was read last has escapes, so that its bytes differ from its text. */
  stringEscaped = false;
  /** True if a string decoded since the reset has no exact form in UTF-8. Two different such strings may look equal. */
  hasIllFormedText = false;

  reset(bytes: Buffer, start: number, end: number): void {
    this.#bytes = bytes;
    this.at = start;
    this.limit = end;
    this.hasIllFormedText = false;
  }

  /** Moves to the next byte that is not white space. @returns this byte; 0 at the end */
  peek(): number {
    while (this.at < this.limit) {
      const byte = this.#bytes[this.at]!;
      if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) return byte;
      this.at++;
    }
    return 0;
  }

  /** Steps over white space and then this byte. @throws MALFORMED if another byte follows */
  expect(byte: number): void {
    if (this.peek() !== byte) throw MALFORMED;
    this.at++;
  }

  /** Steps over white space up to the end. @throws MALFORMED if anything else follows */
  expectEnd(): void {
    this.peek();
    if (this.at !== this.limit) throw MALFORMED;
  }

  /** Reads a string. The cursor is then after its closing quote. */
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

  /** True if the string that was read last has this text. Escapes are decoded for the comparison. */
  stringIs(expected: Buffer): boolean {
    if (this.stringEscaped) return this.text() === expected.toString();
    if (this.stringEnd - this.stringStart !== expected.length) return false;
    for (let i = 0; i < expected.length; i++)
      if (this.#bytes[this.stringStart + i] !== expected[i]) return false;
    return true;
  }

  /** Decodes the string that was read last. @throws MALFORMED if an escape is invalid */
  text(): string {
    const spelled = this.#bytes.toString('utf8', this.stringStart, this.stringEnd);
    // If the bytes are UTF-8, the sender wrote U+FFFD itself; otherwise the decoder inserted it.
    if (spelled.includes(REPLACEMENT) && !isUtf8(this.#bytes.subarray(this.stringStart, this.stringEnd)))
      this.hasIllFormedText = true;
    if (!this.stringEscaped) return spelled;
    const text = parse(`"${spelled}"`);
    if (typeof text !== 'string') throw MALFORMED;
    if (!text.isWellFormed()) this.hasIllFormedText = true;
    return text;
  }

  /** A new buffer with the decoded bytes of the string that was read last; undefined if it has no escapes. */
  decoded(): Buffer | undefined {
    return this.stringEscaped ? Buffer.from(this.text()) : undefined;
  }

  /**
   * Steps over the comma or the closing bracket after a value in an object or list.
   * @param closer the bracket that ends the object or list
   * @returns true if another value follows
   */
  more(closer: number): boolean {
    const byte = this.peek();
    this.at++;
    if (byte === COMMA) return true;
    if (byte === closer) return false;
    throw MALFORMED;
  }

  /**
   * Steps over an opening bracket.
   * @returns false if nothing is inside; the closing bracket is then stepped over too
   */
  enter(opener: number, closer: number): boolean {
    this.expect(opener);
    if (this.peek() !== closer) return true;
    this.at++;
    return false;
  }

  /** Reads `"key":`. The key is then the string that was read last. */
  key(): void {
    this.string();
    this.expect(COLON);
  }

  /** Steps over any value. Brackets outside strings have to match. Literals are checked only for their characters. */
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
        // In ASCII, a closing bracket or brace comes two places after its opener.
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

/** True for the characters of `true`, `false`, `null` and numbers: letters, digits, signs and the point. */
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

/** The character that decoders put in place of bytes that are not UTF-8. */
const REPLACEMENT = '\ufffd';

function parse(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}
