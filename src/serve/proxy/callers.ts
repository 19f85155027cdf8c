/**
 * Whose a request is: callers are told apart by their credentials, of which only a digest is kept (R26). One whose
 * credentials the API server has not accepted yet is a stranger, and all strangers count as one: else a new token with
 * each request would make a crowd of one client. Bounded: the caller that was answered longest ago is forgotten first.
 */
import { hash } from 'node:crypto';
import { valuesOf } from './headers.ts';

const UNAUTHORIZED = 401;
/** Callers that are remembered: more than there are clients of a node, fewer than would weigh anything. */
const MAX_KNOWN = 1000;
const STRANGER = 'stranger';

export class Callers {
  /** Digests, the one answered last at the end. */
  readonly #known = new Set<string>();

  /** Of one request; what {@link answered} wants. */
  digestOf(rawHeaders: readonly string[]): string {
    return hash('sha256', valuesOf(rawHeaders, 'authorization').join('\n'), 'base64');
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
    this.#known.delete(digest);
    if (statusCode === UNAUTHORIZED) return;
    this.#known.add(digest);
    if (this.#known.size <= MAX_KNOWN) return;
    for (const oldest of this.#known) {
      this.#known.delete(oldest);
      return;
    }
  }
}
