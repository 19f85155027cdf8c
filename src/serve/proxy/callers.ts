/**
 * Identifies callers by their bearer tokens, of which only a digest is kept (R26). A caller without a token, or with a
 * token that the API server has not accepted yet, is a stranger. All strangers count as one caller: otherwise a client
 * could pass for many by a new token in each request. The number of known callers is bounded; the one whose last answer
 * is oldest is dropped first.
 */
import { hash } from 'node:crypto';
import { bearerTokenOf } from './bearer-token.ts';

const UNAUTHORIZED = 401;
/**
 * The statuses that the API server sends only after it has checked credentials. It may send 400 (an invalid `timeout`),
 * 429 and 5xx (it is busy, slow or ending) before that, and a server in front of it may send others for any request.
 */
const ACCEPTED: ReadonlySet<number> = new Set([101, 200, 201, 202, 403]);
/** The most known callers: more than a node has clients, and few enough to need little memory. */
const MAX_KNOWN = 1000;
const STRANGER = 'stranger';
/**
 * The digest for no token. It never becomes known: like a 401, an anonymous request makes the API server close a
 * connection.
 */
const NONE = '';

export class Callers {
  /** The digests of known callers; the one answered last is at the end. */
  readonly #known = new Set<string>();

  /** The digest of a request's token, as {@link answered} expects it. */
  digestOf(rawHeaders: readonly string[]): string {
    const token = bearerTokenOf(rawHeaders);
    return token === undefined ? NONE : hash('sha256', token, 'base64');
  }

  isKnown(digest: string): boolean {
    return this.#known.has(digest);
  }

  /** The caller that a request with this digest counts for. */
  callerOf(digest: string): string {
    return this.#known.has(digest) ? digest : STRANGER;
  }

  /** The API server has answered a request with this token. */
  answered(digest: string, statusCode: number): void {
    if (statusCode === UNAUTHORIZED) this.#known.delete(digest);
    else if (digest !== NONE && ACCEPTED.has(statusCode)) this.#accepted(digest);
  }

  #accepted(digest: string): void {
    this.#known.delete(digest);
    this.#known.add(digest);
    if (this.#known.size <= MAX_KNOWN) return;
    for (const oldest of this.#known) {
      this.#known.delete(oldest);
      return;
    }
  }
}
