/**
 * Whose a request is: callers are told apart by their bearer tokens, of which only a digest is kept (R26). One whose token
 * the API server has not accepted yet, or that shows none, is a stranger, and all strangers count as one: else something
 * new in each request would make a crowd of one client. Bounded: the caller that was answered longest ago is forgotten first.
 */
import { hash } from 'node:crypto';
import { bearerTokenOf } from './bearer-token.ts';

const UNAUTHORIZED = 401;
/**
 * What the API server answers only after it has looked at credentials. Not so 400 (a `timeout` that is no duration), 429 and
 * 5xx (it is busy, slow or ending), and what a server in front of it may say of any request.
 */
const ACCEPTED: ReadonlySet<number> = new Set([101, 200, 201, 202, 403]);
/** Callers that are remembered: more than there are clients of a node, fewer than would weigh anything. */
const MAX_KNOWN = 1000;
const STRANGER = 'stranger';
/** The digest of no token. It is never known: what is anonymous makes the API server give a connection up, as a 401 does. */
const NONE = '';

export class Callers {
  /** Digests, the one answered last at the end. */
  readonly #known = new Set<string>();

  /** Of one request; what {@link answered} wants. */
  digestOf(rawHeaders: readonly string[]): string {
    const token = bearerTokenOf(rawHeaders);
    return token === undefined ? NONE : hash('sha256', token, 'base64');
  }

  isKnown(digest: string): boolean {
    return this.#known.has(digest);
  }

  /** The caller by which a request counts. */
  callerOf(digest: string): string {
    return this.#known.has(digest) ? digest : STRANGER;
  }

  /** The API server has answered a request with these credentials. */
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
