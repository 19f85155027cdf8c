/** The complete LIST of a feed's resource with which an epoch begins. */
import type { Codec } from '../codec/codec.ts';
import type { ListReader } from '../codec/list-reader.ts';
import { WatchEvent } from '../codec/watch-event.ts';
import type { Wrapping } from '../codec/wrapping.ts';
import type { FieldsPlan } from '../projection/plan.ts';
import type { Resource } from '../resource/resource.ts';
import type { Held } from '../sieve/baseline.ts';
import { type Fingerprint, fingerprintOf } from '../sieve/fingerprint.ts';
import { keptVersion } from '../sieve/kept-version.ts';
import { isDecimal, isNewer } from './decimal.ts';

export interface Listed {
  readonly key: string;
  readonly resourceVersion: string;
  /** Undefined if the object was not understood or lacks the layout of kube-apiserver. */
  readonly body: Buffer | undefined;
  /** Undefined if the object was not understood. */
  readonly fingerprint: Fingerprint | undefined;
}

export interface Listing {
  /** A decimal number. */
  readonly resourceVersion: string;
  readonly objects: readonly Listed[];
  /**
   * The objects that a client at this resourceVersion is known to hold.
   * @param resourceVersion one of this history, not newer than the list
   */
  heldAt(resourceVersion: string): ReadonlyMap<string, Held>;
}

export interface ListingOptions {
  readonly codec: Codec;
  readonly resource: Resource;
  readonly plan: FieldsPlan;
  readonly wrapping: Wrapping;
  /** See {@link SieveOptions.passAt}. */
  readonly passAt: (now: number) => number;
  /** The limit for the bytes of all objects together. A larger list is not used. */
  readonly maxBytes: number;
}

export class ListingReader {
  readonly #passAt: (now: number) => number;
  readonly #reader: ListReader;
  readonly #objects: Listed[] = [];
  #room: number;
  #isUnderstood = true;

  constructor({ codec, resource, plan, wrapping, passAt, maxBytes }: ListingOptions) {
    this.#passAt = passAt;
    this.#room = maxBytes;
    const scanner = codec.scanner(resource, plan);
    const event = new WatchEvent();
    this.#reader = codec.list(resource, (bytes, start, end) => {
      scanner.scanItem(bytes, start, end, event);
      const { key, resourceVersion, understanding } = event;
      this.#room -= end - start;
      this.#isUnderstood &&= key !== '' && isDecimal(resourceVersion) && this.#room >= 0;
      if (!this.#isUnderstood) return;
      const isClear = understanding === 'projected';
      const body = isClear ? wrapping.bodyInItem(bytes, start, end) : undefined;
      this.#objects.push({
        key,
        resourceVersion,
        body: body && Buffer.from(body),
        fingerprint: isClear ? fingerprintOf(event.canonical.view()) : undefined,
      });
    });
  }

  /** @param chunk the next bytes of the response, borrowed */
  push(chunk: Buffer): void {
    if (this.#isUnderstood) this.#reader.push(chunk);
  }

  /**
   * @param now monotonic ms
   * @returns undefined if the list is incomplete or too large, or has an object whose key or resourceVersion is unknown
   */
  finish(now: number): Listing | undefined {
    const meta = this.#isUnderstood ? this.#reader.finish() : undefined;
    if (meta === undefined || meta.next !== '' || !isDecimal(meta.resourceVersion)) return undefined;
    const objects = this.#objects;
    const passAt = this.#passAt(now);
    const deliveredAt = Math.round(now);
    return {
      resourceVersion: meta.resourceVersion,
      objects,
      heldAt(at) {
        const held = new Map<string, Held>();
        for (const { key, resourceVersion, fingerprint } of objects) {
          // If the listed state of an object is newer than `at`, its earlier state, as of `at`, is unknown.
          if (fingerprint === undefined || isNewer(resourceVersion, at)) continue;
          const kept = keptVersion(resourceVersion);
          held.set(key, { fingerprint, passAt, deliveredAt, resourceVersion: kept, reason: 'list' });
        }
        return held;
      },
    };
  }
}
