/**
 * How much JSON is parsed: 4 MiB of `{}` become 300 MiB of objects. Counts what a text would become, in one pass over its
 * bytes and without making anything of them. Of a text that is no JSON it tells something or other, and its parser then
 * tells the rest. Pure.
 */

export interface JsonBounds {
  /** Objects, arrays and what is in them, keys aside. */
  readonly values: number;
  /** Of objects and arrays inside one another. */
  readonly depth: number;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const OPENING_BRACKET = 0x5b;
const OPENING_BRACE = 0x7b;
const CLOSING_BRACKET = 0x5d;
const CLOSING_BRACE = 0x7d;

/** Why a text is not to be parsed; undefined where it may be. */
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

/** @returns where the quote is that ends it */
function endOfString(bytes: Uint8Array, from: number): number {
  let at = from;
  while (at < bytes.length && bytes[at] !== QUOTE) at += bytes[at] === BACKSLASH ? 2 : 1;
  return at;
}
