/**
 * The grants that the API server has recently given. Refusals and missing answers are not kept, so those questions are
 * asked again. A question has a key that covers all its parts.
 */
import { hash } from 'node:crypto';
import type { RequestAttributes } from '../request/request-attributes.ts';

/**
 * A digest of the complete credentials and of every attribute, so that only equal questions share a key. If one part
 * were missing, a caller could use a grant of another caller.
 */
export function grantKey(attributes: RequestAttributes, credentials: readonly string[]): string {
  const { verb, group, version, resource, subresource, namespace, name } = attributes;
  const { labelSelector, fieldSelector } = attributes;
  const place = [verb, group, version, resource, subresource, namespace, name];
  return hash('sha256', JSON.stringify([credentials, place, [labelSelector, fieldSelector]]), 'base64');
}

/** A digest of the credentials alone. */
export function callerKey(credentials: readonly string[]): string {
  return hash('sha256', JSON.stringify(credentials), 'base64');
}

export interface GrantCacheOptions {
  readonly maxGrants: number;
  /** How long a grant lasts after its question was sent (milliseconds). */
  readonly ttlMs: number;
}

export class GrantCache {
  readonly #options: GrantCacheOptions;
  /** The time of each question, in the order of the answers. That is nearly the order in which the grants expire. */
  readonly #askedAt = new Map<string, number>();

  constructor(options: GrantCacheOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#askedAt.size;
  }

  /** When the question for a grant was sent; undefined if there is no grant or it has expired. */
  allowedAt(key: string, now: number): number | undefined {
    const askedAt = this.#askedAt.get(key);
    return askedAt !== undefined && now - askedAt < this.#options.ttlMs ? askedAt : undefined;
  }

  /** @param askedAt - when the question was sent, not when the answer came: rights may end in between */
  allow(key: string, askedAt: number): void {
    const { maxGrants, ttlMs } = this.#options;
    this.#askedAt.delete(key);
    this.#askedAt.set(key, askedAt);
    for (const [oldest, at] of this.#askedAt) {
      if (this.#askedAt.size <= maxGrants && askedAt - at < ttlMs) return;
      this.#askedAt.delete(oldest);
    }
  }

  forget(key: string): void {
    this.#askedAt.delete(key);
  }
}
