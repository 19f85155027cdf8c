/**
 * A resourceVersion kept for each object of a stream. It is opaque text, and stays so: only where a number spells
 * exactly the same text is it kept as that number, which costs 8 bytes in place of a string of its own.
 */

export type KeptVersion = number | string;

/** Numbers of up to this many digits are exact. */
const EXACT_DIGITS = 15;
const ZERO = 0x30;
const NINE = 0x39;

/** `String()` gives the text back, whatever it was. Makes nothing for the garbage collector where it is a number. */
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
