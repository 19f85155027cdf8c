/** Checks and searches in a buffer at a given offset. */

const ZERO = 0x30;
const NINE = 0x39;
const A = 0x61;
const Z = 0x7a;
const HYPHEN = 0x2d;
const DOT = 0x2e;

/** True if the bytes from `at` begin with `prefix` and `prefix` does not go beyond `limit`. */
export function beginsWith(bytes: Buffer, at: number, limit: number, prefix: Buffer): boolean {
  if (at + prefix.length > limit) return false;
  for (let i = 0; i < prefix.length; i++) if (bytes[at + i] !== prefix[i]) return false;
  return true;
}

/** End offset of the run of digits that begins at `at`. */
export function endOfDigits(bytes: Buffer, at: number, limit: number): number {
  while (at < limit && bytes[at]! >= ZERO && bytes[at]! <= NINE) at++;
  return at;
}

/**
 * End offset of the characters of a DNS subdomain that begin at `at`. Names of Nodes consist of these characters only
 * (apimachinery pkg/util/validation/validation.go, IsDNS1123Subdomain). These characters have the same bytes in every
 * encoding.
 */
export function endOfName(bytes: Buffer, at: number, limit: number): number {
  for (; at < limit; at++) {
    const byte = bytes[at]!;
    const isOfName =
      (byte >= A && byte <= Z) || (byte >= ZERO && byte <= NINE) || byte === HYPHEN || byte === DOT;
    if (!isOfName) break;
  }
  return at;
}
