/**
 * Finds the token by which the API server identifies the caller, as the API server does: the word after `Bearer` in the
 * first Authorization header. Any other content of this header makes the caller anonymous.
 */
import { forwardedValuesOf } from './headers.ts';

/** RFC 6750, section 2.1. An API server might understand a token with other characters in more than one way. */
const TOKEN = /^[\w.~+/-]+=*$/;
const JWT = /^[\w-]+\.[\w-]+\.[\w-]+=*$/;

/** @returns the same text for all spellings of a token; undefined if there is none or it has unusual characters */
export function bearerTokenOf(rawHeaders: readonly string[]): string | undefined {
  const [value = ''] = forwardedValuesOf(rawHeaders, 'authorization');
  const [scheme = '', token = ''] = value.trim().split(' ', 2);
  if (scheme.toLowerCase() !== 'bearer' || !TOKEN.test(token)) return undefined;
  return JWT.test(token) ? token.split('.').map(withoutSpareBits).join('.') : token;
}

/** A JWT has thousands of spellings: the last base64 character has unused bits, and padding is optional. */
function withoutSpareBits(part: string): string {
  return Buffer.from(part, 'base64url').toString('base64url');
}
