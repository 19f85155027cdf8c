/** Reads one LIST response, or one page of it, and reports the fingerprint of each object as its bytes arrive. */
import type { Codec } from '../codec/codec.ts';
import type { ListMeta, ListReader } from '../codec/list-reader.ts';
import type { FieldsPlan } from '../projection/plan.ts';
import type { Resource } from '../resource/resource.ts';
import { WatchEvent } from '../codec/watch-event.ts';
import { fingerprintOf, type Fingerprint } from './fingerprint.ts';

export interface ListReading {
  readonly codec: Codec;
  readonly resource: Resource;
  readonly plan: FieldsPlan;
}

export interface ListListener {
  /** One object, lent until this call returns. After an object whose key is unknown, nothing more is reported. */
  readonly onObject: (object: WatchEvent, fingerprint: Fingerprint) => void;
  /** An object of which only the key was understood. */
  readonly onUnclear: (key: string) => void;
}

export class ListScan {
  readonly #reader: ListReader;
  #isUnderstood = true;

  constructor({ codec, resource, plan }: ListReading, { onObject, onUnclear }: ListListener) {
    const scanner = codec.scanner(resource, plan);
    const event = new WatchEvent();
    const take = (): void => {
      if (!this.#isUnderstood) return;
      if (event.understanding === 'projected') onObject(event, fingerprintOf(event.canonical.view()));
      else if (event.key !== '') onUnclear(event.key);
      else this.#isUnderstood = false;
    };
    this.#reader = codec.list(
      resource,
      (bytes, start, end) => {
        scanner.scanItem(bytes, start, end, event);
        take();
      },
      (bytes, start, limit) => {
        const end = scanner.scanLeadingItem?.(bytes, start, limit, event) ?? -1;
        if (end !== -1) take();
        return end;
      },
    );
  }

  /** @param chunk the next bytes of the body, borrowed */
  push(chunk: Buffer): void {
    this.#reader.push(chunk);
  }

  /** @returns undefined if the body was incomplete or malformed, or contained an object whose key is unknown */
  finish(): ListMeta | undefined {
    const meta = this.#reader.finish();
    return this.#isUnderstood ? meta : undefined;
  }
}
