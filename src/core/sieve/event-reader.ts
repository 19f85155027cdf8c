/**
 * Reads events of one resource in one encoding and for one projection. The result is the same for every client. An
 * event whose essence is remembered is not scanned; callers cannot tell the difference. The reader lends its buffers to
 * the caller until it reads the next event.
 */
import type { Codec } from '../codec/codec.ts';
import { type Differences, differences } from '../codec/differences.ts';
import type { FieldsLegend } from '../codec/legend.ts';
import { type EventScanner, type EventType, WatchEvent } from '../codec/watch-event.ts';
import type { FieldsPlan } from '../projection/plan.ts';
import type { Resource } from '../resource/resource.ts';
import { type Fingerprint, fingerprintOf } from './fingerprint.ts';
import type { Memo, Memos } from './memo.ts';
import type { Reason } from './verdict.ts';

/** Why an event about an object was not understood. */
export type ReadDoubt = Extract<Reason, 'undecodable' | 'foreign_kind' | 'unknown_type'>;

/** The content of one event. The record is reused, so it is valid only until the next event is read. */
export interface ReadEvent {
  readonly type: EventType;
  /** The key of the object, see {@link objectKey}; empty if it is uncertain. */
  readonly key: string;
  /** The resourceVersion of the object; empty if it is unknown. */
  readonly resourceVersion: string;
  /** Undefined if the event was understood, and always for BOOKMARK and ERROR events. */
  readonly doubt: ReadDoubt | undefined;
  /** Valid only for ADDED and MODIFIED events whose `doubt` is undefined; otherwise a value from an earlier event. */
  readonly fingerprint: Fingerprint;
  /** True for the bookmark that ends the initial events. */
  readonly endsInitialEvents: boolean;
  /** The canonical form behind the fingerprint, borrowed; undefined if the event could not be projected. */
  form(): Buffer | undefined;
  /** Lists the parts in which two canonical forms differ. */
  readonly differ: (before: Buffer, after: Buffer) => Differences;
}

/** The source of the events, independent of the projection. */
export interface Reading {
  readonly codec: Codec;
  readonly resource: Resource;
  /** The memos of the program; without them every event is scanned. */
  readonly memos?: Memos | undefined;
}

export class EventReader implements ReadEvent {
  readonly #scanner: EventScanner;
  readonly #memo: Memo | undefined;
  readonly #event = new WatchEvent();
  #bytes: Buffer = Buffer.alloc(0);
  #start = 0;
  #end = 0;
  #isScanned = false;
  /** See {@link Memo.reading}. */
  #reading = 0;
  type: EventType = 'other';
  key = '';
  resourceVersion = '';
  doubt: ReadDoubt | undefined;
  fingerprint = '' as Fingerprint;
  endsInitialEvents = false;
  readonly differ: ReadEvent['differ'];

  constructor({ codec, resource, memos }: Reading, plan: FieldsPlan) {
    this.#scanner = codec.scanner(resource, plan);
    this.#memo = memos?.of(codec, resource, plan);
    // The legend is built only when the first change is compared, because most streams end without a change.
    let legend: FieldsLegend | undefined;
    this.differ = (before, after) => differences((legend ??= codec.legend(resource, plan)), before, after);
  }

  /**
   * Reads the event in `bytes[start, end)`, framing bytes included.
   * @returns undefined if the bytes are not one frame
   */
  read(bytes: Buffer, start: number, end: number): ReadEvent | undefined {
    this.#bytes = bytes;
    this.#start = start;
    this.#end = end;
    const memo = this.#memo;
    const remembered = memo?.recall(bytes, start, end);
    this.#isScanned = remembered === undefined;
    this.#reading = memo?.reading ?? 0;
    if (memo === undefined || remembered === undefined) return this.#scan(bytes, start, end);
    this.type = 'MODIFIED';
    this.key = memo.key;
    this.resourceVersion = memo.resourceVersion;
    this.doubt = undefined;
    this.fingerprint = remembered;
    this.endsInitialEvents = false;
    return this;
  }

  form(): Buffer | undefined {
    const event = this.#event;
    if (!this.#isScanned) this.#scanner.scan(this.#bytes, this.#start, this.#end, event);
    this.#isScanned = true;
    return event.understanding === 'projected' ? event.canonical.view() : undefined;
  }

  #scan(bytes: Buffer, start: number, end: number): ReadEvent | undefined {
    const event = this.#event;
    this.#scanner.scan(bytes, start, end, event);
    if (event.understanding === 'malformed') return undefined;
    const { type } = event;
    this.type = type;
    this.key = event.key;
    this.resourceVersion = event.resourceVersion;
    this.doubt = doubtOf(event);
    this.endsInitialEvents = type === 'BOOKMARK' && this.#scanner.endsInitialEvents(bytes, start, end);
    if (this.doubt !== undefined || (type !== 'ADDED' && type !== 'MODIFIED')) return this;
    this.fingerprint = fingerprintOf(event.canonical.view());
    if (type === 'MODIFIED') this.#memo?.learn(this.#reading, this.fingerprint);
    return this;
  }
}

function doubtOf({ type, understanding, resourceVersion }: WatchEvent): ReadDoubt | undefined {
  if (type === 'BOOKMARK' || type === 'ERROR') return undefined;
  if (type === 'other') return understanding === 'undecodable' ? 'undecodable' : 'unknown_type';
  if (understanding === 'foreign') return 'foreign_kind';
  // An event without a resourceVersion cannot be swallowed: no bookmark could tell the client its position (I4).
  return understanding === 'projected' && resourceVersion !== '' ? undefined : 'undecodable';
}
