/**
 * The token by which the API server tells who asks, read as it does: of the first Authorization, the word behind `Bearer`.
 * Anything else in that header makes one anonymous, so it says nothing of who somebody is.
 */
import { forwardedValuesOf } from './headers.ts';

/** RFC 6750, section 2.1. An API server might read what lies in other characters in more than one way. */
const TOKEN = /^[\w.~+/-]+=*$/;
const JWT = /^[\w-]+\.[\w-]+\.[\w-]+=*$/;

/** @returns one text for all ways to write a token; undefined where there is none, or one in unusual characters */
export function bearerTokenOf(rawHeaders: readonly string[]): string | undefined {
  const [value = ''] = forwardedValuesOf(rawHeaders, 'authorization');
  const [scheme = '', token = ''] = value.trim().split(' ', 2);
  if (scheme.toLowerCase() !== 'bearer' || !TOKEN.test(token)) return undefined;
  return JWT.test(token) ? token.split('.').map(withoutSpareBits).join('.') : token;
}

/** The last character of base64 has bits that count for nothing, and padding may be left out: a JWT has thousands of spellings. */
function withoutSpareBits(part: string): string {
  return Buffer.from(part, 'base64url').toString('base64url');
}
