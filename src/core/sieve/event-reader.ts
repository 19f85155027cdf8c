/**
 * Reads events of one resource, in one encoding and for one projection: what each is, whichever client it is for. One that
 * repeats what is remembered is recognised by its essence and not scanned; which of the two it was makes no difference to
 * anybody. Owns all that is borrowed from event to event.
 */
import { type Codec } from '../codec/codec.ts';
import { type Differences, differences } from '../codec/differences.ts';
import { type FieldsLegend } from '../codec/legend.ts';
import { type EventScanner, type EventType, WatchEvent } from '../codec/watch-event.ts';
import { type FieldsPlan } from '../projection/plan.ts';
import { type Resource } from '../resource/resource.ts';
import { type Fingerprint, fingerprintOf } from './fingerprint.ts';
import { type Memo, type Memos } from './memo.ts';
import { type Reason } from './verdict.ts';

/** Why an event about an object is not understood. */
export type ReadDoubt = Extract<Reason, 'undecodable' | 'foreign_kind' | 'unknown_type'>;

/** What one event is. Reused from event to event: read it before the next one. */
export interface ReadEvent {
  readonly type: EventType;
  /** Which object, see {@link objectKey}; empty where that is not certain. */
  readonly key: string;
  /** Of the object; empty where it is not known. */
  readonly resourceVersion: string;
  /** Of events that are about an object, and may be. */
  readonly doubt: ReadDoubt | undefined;
  /** Of ADDED and MODIFIED without doubt; else what was left there. */
  readonly fingerprint: Fingerprint;
  /** Whether it is the bookmark at the end of the initial events. */
  readonly endsInitialEvents: boolean;
  /** The canonical form that the fingerprint is of; borrowed. Undefined where there is none after all. */
  form(): Buffer | undefined;
  /** Names the parts in which two forms differ. */
  readonly differ: (before: Buffer, after: Buffer) => Differences;
}

export interface Reading {
  readonly codec: Codec;
  readonly resource: Resource;
  readonly plan: FieldsPlan;
  /** The program's; without them every event is scanned. */
  readonly memos?: Memos | undefined;
}

export class EventReader implements ReadEvent {
  readonly #scanner: EventScanner;
  readonly #memo: Memo | undefined;
  readonly #event = new WatchEvent();
  /** The bytes last read. */
  #bytes: Buffer = Buffer.alloc(0);
  #start = 0;
  #end = 0;
  #isScanned = false;
  type: EventType = 'other';
  key = '';
  resourceVersion = '';
  doubt: ReadDoubt | undefined;
  fingerprint = '' as Fingerprint;
  endsInitialEvents = false;
  readonly differ: ReadEvent['differ'];

  constructor({ codec, resource, plan, memos }: Reading) {
    this.#scanner = codec.scanner(resource, plan);
    this.#memo = memos?.of(codec, resource, plan);
    // Made when the first change asks for it: most streams that end have seen none.
    let legend: FieldsLegend | undefined;
    this.differ = (before, after) => differences((legend ??= codec.legend(resource, plan)), before, after);
  }

  /** Reads the event in `bytes[start, end)`, framing bytes included. @returns undefined where it is not even one frame */
  read(bytes: Buffer, start: number, end: number): ReadEvent | undefined {
    this.#bytes = bytes;
    this.#start = start;
    this.#end = end;
    const memo = this.#memo;
    const remembered = memo?.recall(bytes, start, end);
    this.#isScanned = remembered === undefined;
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
    if (type === 'MODIFIED') this.#memo?.learn(bytes, start, end, this.fingerprint);
    return this;
  }
}

function doubtOf({ type, understanding, resourceVersion }: WatchEvent): ReadDoubt | undefined {
  if (type === 'BOOKMARK' || type === 'ERROR') return undefined;
  if (type === 'other') return understanding === 'undecodable' ? 'undecodable' : 'unknown_type';
  if (understanding === 'foreign') return 'foreign_kind';
  // Without a resourceVersion it could not be swallowed: the client would never be told how far it is (I4).
  return understanding === 'projected' && resourceVersion !== '' ? undefined : 'undecodable';
}
