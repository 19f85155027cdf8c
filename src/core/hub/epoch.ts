/**
 * One history of one resource, in one encoding and for one projection, starting with a LIST. An epoch judges each event
 * once; the verdict is valid for every client that holds the state before the event. Forwarded events go into the
 * journal, the newest state of each object into the store. If an event contradicts the history, the epoch ends, and
 * with it all its readers (I14).
 */
import type { Codec } from '../codec/codec.ts';
import type { FrameSplitter } from '../codec/frame-splitter.ts';
import type { Wrapping } from '../codec/wrapping.ts';
import type { FieldsPlan } from '../projection/plan.ts';
import type { Resource } from '../resource/resource.ts';
import { EventReader, type ReadEvent } from '../sieve/event-reader.ts';
import type { Memos } from '../sieve/memo.ts';
import { Sieve } from '../sieve/sieve.ts';
import { compareDecimals, isDecimal, isNewer } from './decimal.ts';
import { Journal } from './journal.ts';
import type { Listing } from './listing.ts';
import { Marks } from './marks.ts';
import { Store } from './store.ts';

/**
 * Why an epoch ended.
 * - `expired`: upstream ended the watch with an error, such as 410.
 * - `history`: a change was not newer than the newest event read before it, or a bookmark was older than that event.
 * - `unclear`: something came that is no event, or an event whose type, object or resourceVersion is unknown.
 * - `too_large`: the objects exceed the limit of the store.
 * - `differs`: a LIST at the same resourceVersion has other objects.
 * - `replaced`: the feed has begun a new epoch.
 * - `closed`: the feed is no longer needed.
 */
export const EPOCH_ENDS = [
  'expired',
  'history',
  'unclear',
  'too_large',
  'differs',
  'replaced',
  'closed',
] as const;
export type EpochEnd = (typeof EPOCH_ENDS)[number];

export interface EpochLimits {
  /** The limits of the journal. */
  readonly maxBytes: number;
  readonly maxAgeMs: number;
  /** The limit of the store. */
  readonly maxStoreBytes: number;
}

export interface EpochOptions {
  readonly codec: Codec;
  readonly resource: Resource;
  readonly plan: FieldsPlan;
  /** The memos of the program; without them every event is scanned. */
  readonly memos?: Memos | undefined;
  readonly wrapping: Wrapping;
  readonly limits: EpochLimits;
  /** See {@link SieveOptions.passAt}. */
  readonly passAt: (now: number) => number;
}

export class Epoch {
  readonly store: Store;
  readonly journal: Journal;
  readonly marks: Marks;
  readonly #wrapping: Wrapping;
  readonly #reader: EventReader;
  readonly #sieve: Sieve;
  readonly #listedAt: string;
  /** The keys of existing objects that cannot be sent again: they were not understood, or their layout is unusual. */
  readonly #missing = new Set<string>();
  #readAt: string;
  #over: EpochEnd | undefined;
  /** Monotonic milliseconds. The caller sets it once per chunk. */
  now = 0;

  /**
   * @param listing the content of the LIST
   * @param from the resourceVersion at which the watch begins: the list's, or an earlier one, so that the journal also
   *   serves readers that resume at a resourceVersion older than the list's
   */
  constructor(options: EpochOptions, listing: Listing, from = listing.resourceVersion) {
    const { wrapping, limits, passAt, codec, resource, plan, memos } = options;
    this.#wrapping = wrapping;
    this.#reader = new EventReader({ codec, resource, memos }, plan);
    this.#listedAt = listing.resourceVersion;
    this.#readAt = from;
    this.journal = new Journal(limits, from);
    this.store = new Store(wrapping, limits.maxStoreBytes);
    for (const { key, resourceVersion, body } of listing.objects) this.#put(key, resourceVersion, body);
    this.#sieve = new Sieve({
      phase: 'past',
      resourceVersion: from,
      snapshot: { source: 'list', held: listing.heldAt(from) },
      passAt,
    });
    this.marks = new Marks({
      journal: this.journal,
      bookmark: (at, endsInitialEvents) => codec.bookmark(resource, at, endsInitialEvents),
      modified: (key) => this.#modified(key),
    });
    this.#checkStore();
  }

  /** The resourceVersion of the newest event read, swallowed or not. A new watch of upstream continues here. */
  get readAt(): string {
    return this.#readAt;
  }

  /** The resourceVersion of the state in the store. */
  get storeAt(): string {
    return isNewer(this.#listedAt, this.#readAt) ? this.#listedAt : this.#readAt;
  }

  /** True if the store has every object, as initial events and lists require. */
  get isStoreWhole(): boolean {
    return this.#missing.size === 0;
  }

  /** The keys of existing objects that are not in the store. */
  get missing(): ReadonlySet<string> {
    return this.#missing;
  }

  /** The reason for the end; undefined while the epoch lasts. */
  get over(): EpochEnd | undefined {
    return this.#over;
  }

  /** Ends the epoch. Only the first reason counts. */
  end(why: EpochEnd): void {
    this.#over ??= why;
  }

  /**
   * Reads a chunk of upstream's watch. Once the epoch is over, all further bytes are discarded. If the
   * watch ends inside an event, the caller need not do anything: the next watch brings this event again.
   *
   * @param splitter the splitter of this watch
   */
  read(splitter: FrameSplitter, chunk: Buffer): void {
    for (let piece = splitter.next(chunk); piece !== undefined; piece = splitter.next(chunk)) {
      if (this.#over !== undefined) splitter.lose();
      else if (piece.kind === 'frame') this.#frame(piece.bytes, piece.start, piece.end);
      else this.end('unclear');
    }
  }

  #frame(bytes: Buffer, start: number, end: number): void {
    const event = this.#reader.read(bytes, start, end);
    if (event?.type === 'ERROR') this.end('expired');
    else if (event === undefined || event.type === 'other') this.end('unclear');
    else if (!this.#goesOn(event)) this.end(isDecimal(event.resourceVersion) ? 'history' : 'unclear');
    else if (event.type === 'BOOKMARK') this.#advance(event.resourceVersion);
    else if (event.key === '') this.end('unclear');
    else this.#object(event, bytes, start, end);
  }

  /** True if an event continues the history: a change is newer than the last event, a bookmark is not older. */
  #goesOn({ type, resourceVersion }: ReadEvent): boolean {
    if (!isDecimal(resourceVersion)) return false;
    const order = compareDecimals(resourceVersion, this.#readAt);
    return type === 'BOOKMARK' ? order >= 0 : order > 0;
  }

  #object(event: ReadEvent, bytes: Buffer, start: number, end: number): void {
    const { type, key, resourceVersion, doubt } = event;
    this.#sieve.now = this.now;
    const reason = this.#sieve.judge(event);
    const body =
      type === 'DELETED' || doubt !== undefined ? undefined : this.#wrapping.bodyInFrame(bytes, start, end);
    const isNews = isNewer(resourceVersion, this.#listedAt);
    // A swallowed event must be available later as a held frame, so an event whose body is unknown is not swallowed.
    if (reason === 'unchanged' && body !== undefined) {
      if (isNews) this.marks.swallowed(key, resourceVersion);
    } else {
      const own = Buffer.from(bytes.subarray(start, end));
      this.journal.append({ kind: 'event', key, resourceVersion, bytes: own, at: this.now });
      this.marks.survived();
    }
    this.#advance(resourceVersion);
    // An event that is older than the list must not replace the newer state from the list.
    if (!isNews) return;
    if (type === 'DELETED') this.#remove(key);
    else this.#put(key, resourceVersion, body);
    this.#checkStore();
  }

  #put(key: string, resourceVersion: string, body: Buffer | undefined): void {
    if (body === undefined) {
      this.store.delete(key);
      this.#missing.add(key);
      return;
    }
    this.#missing.delete(key);
    this.store.set(key, resourceVersion, body);
  }

  #remove(key: string): void {
    this.#missing.delete(key);
    this.store.delete(key);
  }

  #advance(resourceVersion: string): void {
    this.#readAt = resourceVersion;
    this.marks.readAt = resourceVersion;
  }

  #checkStore(): void {
    if (!this.store.isWithinLimit) this.end('too_large');
  }

  /** The newest state of an object as a MODIFIED event, with the bytes that upstream would send. */
  #modified(key: string): Buffer | undefined {
    const stored = this.store.get(key);
    return stored && this.#wrapping.frame('MODIFIED', stored.body);
  }
}
