/**
 * Limits how much JSON is parsed: 4 MiB of `{}` become 300 MiB of objects. The values are counted in one pass over the
 * bytes, which allocates nothing. If the text is not JSON, the count means nothing, and the parser reports the error.
 * Pure.
 */

export interface JsonBounds {
  /** Objects, arrays and their values, not counting keys. */
  readonly values: number;
  /** The nesting of objects and arrays. */
  readonly depth: number;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const OPENING_BRACKET = 0x5b;
const OPENING_BRACE = 0x7b;
const CLOSING_BRACKET = 0x5d;
const CLOSING_BRACE = 0x7d;

/** The reason why a text must not be parsed; undefined if it may be. */
export function beyondJsonBounds(bytes: Uint8Array, bounds: JsonBounds): string | undefined {
  let values = 1;
  let depth = 0;
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at];
    if (byte === QUOTE) at = endOfString(bytes, at + 1);
    else if (byte === COMMA) values++;
    else if (byte === OPENING_BRACE || byte === OPENING_BRACKET) {
      values++;
      if (++depth > bounds.depth) return `its brackets stand more than ${bounds.depth} deep in one another`;
    } else if (byte === CLOSING_BRACE || byte === CLOSING_BRACKET) depth--;
    if (values > bounds.values) return `it has more than ${bounds.values} values`;
  }
  return undefined;
}

/** @returns the offset of the closing quote */
function endOfString(bytes: Uint8Array, from: number): number {
  let at = from;
  while (at < bytes.length && bytes[at] !== QUOTE) at += bytes[at] === BACKSLASH ? 2 : 1;
  return at;
}
