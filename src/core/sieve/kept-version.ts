/**
 * A compact form of the resourceVersions that are kept for each object of a stream. If the text is exactly the spelling
 * of a number, the number is kept, in 8 bytes instead of a separate string. Any other text is kept as it is. Nothing
 * interprets the number.
 */

export type KeptVersion = number | string;

/** A number with at most this many digits is exact in a double. */
const EXACT_DIGITS = 15;
const ZERO = 0x30;
const NINE = 0x39;

/** `String()` of the result is always the original text. A result that is a number allocates nothing. */
export function keptVersion(text: string): KeptVersion {
  const { length } = text;
  if (length === 0 || length > EXACT_DIGITS || (length > 1 && text.charCodeAt(0) === ZERO)) return text;
  let value = 0;
  for (let i = 0; i < length; i++) {
    const digit = text.charCodeAt(i);
    if (digit < ZERO || digit > NINE) return text;
    value = value * 10 + (digit - ZERO);
  }
  return value;
}
