/** Reads one LIST response, or one page of it, and gives the fingerprint of each object as it goes by. */
import { type Codec } from '../codec/codec.ts';
import { type ListMeta, type ListReader } from '../codec/list-reader.ts';
import { type FieldsPlan } from '../projection/plan.ts';
import { type Resource } from '../resource/resource.ts';
import { WatchEvent } from '../codec/watch-event.ts';
import { fingerprintOf, type Fingerprint } from './fingerprint.ts';

export interface ListScanOptions {
  readonly codec: Codec;
  readonly resource: Resource;
  readonly plan: FieldsPlan;
  /** One object, borrowed until this returns; after one of which nothing is known no more are told. */
  readonly onObject: (object: WatchEvent, fingerprint: Fingerprint) => void;
  /** An object that was not understood, but for which it is. */
  readonly onUnclear: (key: string) => void;
}

export class ListScan {
  readonly #reader: ListReader;
  #isUnderstood = true;

  constructor({ codec, resource, plan, onObject, onUnclear }: ListScanOptions) {
    const scanner = codec.scanner(resource, plan);
    const event = new WatchEvent();
    this.#reader = codec.list(resource, (bytes, start, end) => {
      if (!this.#isUnderstood) return;
      scanner.scanItem(bytes, start, end, event);
      if (event.understanding === 'projected') onObject(event, fingerprintOf(event.canonical.view()));
      else if (event.key !== '') onUnclear(event.key);
      else this.#isUnderstood = false;
    });
  }

  /** Bytes of the body, borrowed. */
  push(chunk: Buffer): void {
    this.#reader.push(chunk);
  }

  /** @returns undefined where the body was not whole, or held what was not understood, not even which object it is */
  finish(): ListMeta | undefined {
    const meta = this.#reader.finish();
    return this.#isUnderstood ? meta : undefined;
  }
}
