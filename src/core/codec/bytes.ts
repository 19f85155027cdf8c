/** What stands at a place in a buffer. */

const ZERO = 0x30;
const NINE = 0x39;
const A = 0x61;
const Z = 0x7a;
const HYPHEN = 0x2d;
const DOT = 0x2e;

/** Whether `prefix` stands at `at`, before `limit`. */
export function beginsWith(bytes: Buffer, at: number, limit: number, prefix: Buffer): boolean {
  if (at + prefix.length > limit) return false;
  for (let i = 0; i < prefix.length; i++) if (bytes[at + i] !== prefix[i]) return false;
  return true;
}

/** Where digits end that begin at `at`. */
export function endOfDigits(bytes: Buffer, at: number, limit: number): number {
  while (at < limit && bytes[at]! >= ZERO && bytes[at]! <= NINE) at++;
  return at;
}

/**
 * Where a DNS subdomain ends that begins at `at`: what names of Nodes are made of (apimachinery
 * pkg/util/validation/validation.go, IsDNS1123Subdomain). Such text reads the same in any encoding.
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
