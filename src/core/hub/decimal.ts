/**
 * The order of the resourceVersions of one resource (KEP-5504). They are decimal numbers: the longer text is greater,
 * and texts of equal length are compared as strings. JavaScript numbers would round them. Only a hub needs an order;
 * everywhere else a resourceVersion is opaque.
 */

const ZERO = 0x30;
const NINE = 0x39;
/** The digits of the largest 64-bit number. A longer text is hostile and only costs memory. */
const MOST_DIGITS = 20;

/** True for a number as the API server writes it: no sign, no leading zero, not zero. */
export function isDecimal(text: string): boolean {
  const { length } = text;
  if (length === 0 || length > MOST_DIGITS || text.charCodeAt(0) === ZERO) return false;
  for (let i = 0; i < length; i++) {
    const digit = text.charCodeAt(i);
    if (digit < ZERO || digit > NINE) return false;
  }
  return true;
}

/** Compares two decimal texts. @returns below 0 if `a` is older */
export function compareDecimals(a: string, b: string): number {
  if (a.length !== b.length) return a.length - b.length;
  return a === b ? 0 : a < b ? -1 : 1;
}

export const isNewer = (a: string, b: string): boolean => compareDecimals(a, b) > 0;
