/** Turns a LIST that passes by into the snapshot of its scope at its resourceVersion (R16). */
import { JsonListReader } from '../wire/json-list.ts';
import { JsonScanner } from '../wire/json-scanner.ts';
import { type ListReader } from '../wire/list-reader.ts';
import { type FieldsPlan } from '../wire/plan.ts';
import { ProtobufListReader } from '../wire/protobuf-list.ts';
import { ProtobufScanner } from '../wire/protobuf-scanner.ts';
import { WatchEvent } from '../wire/watch-event.ts';
import { type Held } from './baseline.ts';
import { fingerprintOf } from './fingerprint.ts';
import { type Forms } from './forms.ts';
import { keptVersion } from './kept-version.ts';
import { type Snapshot } from './snapshots.ts';

export interface ListTapOptions {
  readonly encoding: 'json' | 'protobuf';
  readonly plan: FieldsPlan;
  /** See {@link SieveOptions.passAt}; a LIST delivers every object now. */
  readonly passAt: (now: number) => number;
  /** See {@link SieveOptions.forms}. */
  readonly forms?: Forms | undefined;
}

export class ListTap {
  readonly #held = new Map<string, Held>();
  readonly #reader: ListReader;
  #isUnderstood = true;
  #now = 0;

  constructor({ encoding, plan, passAt, forms }: ListTapOptions) {
    const scanner = encoding === 'json' ? new JsonScanner(plan) : new ProtobufScanner(plan);
    const event = new WatchEvent();
    const item = (bytes: Buffer, start: number, end: number): void => {
      scanner.scanItem(bytes, start, end, event);
      if (event.understanding !== 'projected') this.#isUnderstood = false;
      const fingerprint = fingerprintOf(event.canonical.view());
      forms?.keep(fingerprint, event.canonical.view());
      this.#held.set(event.name, {
        fingerprint,
        passAt: passAt(this.#now),
        deliveredAt: Math.round(this.#now),
        resourceVersion: keptVersion(event.resourceVersion),
        reason: 'list',
      });
    };
    this.#reader = encoding === 'json' ? new JsonListReader(item) : new ProtobufListReader(item);
  }

  /** Bytes of the body, borrowed; `now` in monotonic milliseconds. */
  push(chunk: Buffer, now: number): void {
    this.#now = now;
    this.#reader.push(chunk);
  }

  /** The snapshot, once the body is whole; undefined for a page of several, or what was not understood. */
  finish(): { readonly resourceVersion: string; readonly snapshot: Snapshot } | undefined {
    const meta = this.#reader.finish();
    if (meta === undefined || !meta.isWhole || !this.#isUnderstood) return undefined;
    return { resourceVersion: meta.resourceVersion, snapshot: { source: 'list', held: this.#held } };
  }
}
