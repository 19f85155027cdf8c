/**
 * Memos map the newest essence of each object to its fingerprint. They only save work: equal essences have equal
 * fingerprints (core/codec/essence.ts), so no verdict depends on a memo. Therefore all streams of one projection and
 * encoding share a memo, even if they have read different events, and entries may be dropped at any time.
 *
 * Essences are kept whole until they fill a part of the limit; further ones are kept as digests. In a small cluster all
 * essences are therefore whole, and that saves time there: events are milliseconds apart, so code and data have left
 * the caches of the processor before the next event. A digest then takes 20 µs, a comparison of bytes only 5 µs. In a
 * large cluster events come so fast that code and data stay in the caches, and a digest takes 1 µs.
 *
 * All memos of the program share one limit in bytes (I6). At the limit, whenever an object would get an entry, its memo
 * examines the oldest entry (CLOCK). If this entry was not used since it was last examined, the new one replaces it. If
 * it was used, it stays and counts as the newest, and the object gets no entry yet. If a new entry always replaced the
 * oldest one, a cluster whose essences do not all fit would lose each of them just before it is needed.
 */
import type { Codec } from '../codec/codec.ts';
import type { EssenceReader } from '../codec/essence-reader.ts';
import { essenceReaderFor } from '../codec/essence.ts';
import type { FieldsPlan } from '../projection/plan.ts';
import { nameOf, type Resource } from '../resource/resource.ts';
import { type Fingerprint, fingerprintOf } from './fingerprint.ts';

/** An essence or its digest. The digest is collision-resistant, because label values are untrusted. */
type Known = Buffer | Fingerprint;

interface Entry {
  readonly known: Known;
  readonly fingerprint: Fingerprint;
  /** True if the entry was learned or recalled since the hand of the clock passed it. */
  isUsed: boolean;
}

/** The memory of an entry with a digest, besides the characters of its key: its place in the map and three strings. */
const ENTRY_BYTES = 212;
/**
 * The memory of an entry with a whole essence, besides the bytes of the essence and the characters of the key. It is
 * more than {@link ENTRY_BYTES}, because a Buffer consists of several objects.
 */
const WHOLE_ENTRY_BYTES = 388;
/** The share of the limit for essences that are kept whole. */
const WHOLE_SHARE = 1 / 8;

/** The most plans with memos. More plans occur only if projections are edited while the program runs. */
const MAX_PLANS = 64;

/** All memos of the program, and the limit that they share. */
export class Memos {
  readonly maxBytes: number;
  readonly #maxWholeBytes: number;
  #bytes = 0;
  #wholeBytes = 0;
  /** The memos by plan, then by resource and encoding. */
  readonly #memos = new Map<FieldsPlan, Map<string, Memo | undefined>>();

  /**
   * @param maxBytes limit of all entries together
   * @param maxWholeBytes limit of those entries whose essence is kept whole; they also count towards `maxBytes`
   */
  constructor(maxBytes: number, maxWholeBytes = maxBytes * WHOLE_SHARE) {
    this.maxBytes = maxBytes;
    this.#maxWholeBytes = maxWholeBytes;
  }

  /** Bytes in use, at most `maxBytes`. */
  get bytes(): number {
    return this.#bytes;
  }

  /** The memo of this resource, projection and codec; undefined if their frames have no essence. */
  of(codec: Codec, resource: Resource, plan: FieldsPlan): Memo | undefined {
    let memos = this.#memos.get(plan);
    if (memos === undefined) {
      if (this.#memos.size >= MAX_PLANS) this.#dropOldestPlan();
      this.#memos.set(plan, (memos = new Map<string, Memo | undefined>()));
    }
    const key = `${nameOf(resource)} ${resource.version} ${resource.kind} ${codec.name}`;
    if (!memos.has(key)) {
      const reader = essenceReaderFor(codec, resource, plan);
      memos.set(key, reader && new Memo(reader, this));
    }
    return memos.get(key);
  }

  /** Returns a copy of an essence or its digest, to be kept under `key`. */
  known(key: string, essence: Buffer): Known {
    if (this.#wholeBytes + sizeOf(key, essence) > this.#maxWholeBytes) return fingerprintOf(essence);
    const copy = Buffer.allocUnsafeSlow(essence.length);
    essence.copy(copy);
    return copy;
  }

  /** Takes the room for an entry. @returns false if there is none */
  take(key: string, known: Known): boolean {
    if (this.#bytes + sizeOf(key, known) > this.maxBytes) return false;
    this.#count(key, known, 1);
    return true;
  }

  give(key: string, known: Known): void {
    this.#count(key, known, -1);
  }

  #count(key: string, known: Known, entries: 1 | -1): void {
    const size = entries * sizeOf(key, known);
    this.#bytes += size;
    if (typeof known !== 'string') this.#wholeBytes += size;
  }

  #dropOldestPlan(): void {
    for (const [plan, memos] of this.#memos) {
      for (const memo of memos.values()) memo?.retire();
      this.#memos.delete(plan);
      return;
    }
  }
}

export class Memo {
  readonly #reader: EssenceReader;
  readonly #memos: Memos;
  readonly #entries = new Map<string, Entry>();
  #isRetired = false;
  #reading = 0;
  #hasEssence = false;

  constructor(reader: EssenceReader, memos: Memos) {
    this.#reader = reader;
    this.#memos = memos;
  }

  /** The key of the object in the last frame that had an essence. */
  get key(): string {
    return this.#reader.key;
  }

  /** The resourceVersion of the object in the same frame. */
  get resourceVersion(): string {
    return this.#reader.resourceVersion;
  }

  /** Identifies the last call of {@link recall}. */
  get reading(): number {
    return this.#reading;
  }

  /** The fingerprint of the MODIFIED event in `bytes[start, end)`; undefined if its essence is not remembered. */
  recall(bytes: Buffer, start: number, end: number): Fingerprint | undefined {
    const reader = this.#reader;
    this.#reading++;
    this.#hasEssence = reader.read(bytes, start, end);
    if (!this.#hasEssence) return undefined;
    const entry = this.#entries.get(reader.key);
    if (entry === undefined || !isOf(reader, entry.known)) return undefined;
    entry.isUsed = true;
    return entry.fingerprint;
  }

  /**
   * Remembers the fingerprint of a MODIFIED event that was not recalled and therefore scanned. Its essence is still in
   * the reader, unless the memo has read another frame since; then nothing is remembered.
   * @param reading - the value of {@link reading} after the event was looked up
   */
  learn(reading: number, fingerprint: Fingerprint): void {
    if (this.#isRetired || !this.#hasEssence || reading !== this.#reading) return;
    const { key, bytes, length } = this.#reader;
    const entry = this.#entries.get(key);
    if (entry !== undefined) this.#forget(key, entry);
    const known = this.#memos.known(key, bytes.subarray(0, length));
    if (!this.#memos.take(key, known) && !this.#makeRoom(key, known)) return;
    // A new entry counts as used. Otherwise, with many Nodes, each entry would be dropped before the next event of its
    // Node.
    this.#entries.set(key, { known, fingerprint, isUsed: true });
  }

  /**
   * Gives all room back and takes none from now on. A stream may still use this memo, but room taken for it after this
   * call would never be given back.
   */
  retire(): void {
    this.#isRetired = true;
    for (const [key, entry] of this.#entries) this.#forget(key, entry);
  }

  /**
   * Examines only the oldest entry, and replaces it if it was not used. The next call, for another new object, examines
   * the next entry.
   */
  #makeRoom(key: string, known: Known): boolean {
    for (const [oldest, entry] of this.#entries) {
      this.#forget(oldest, entry);
      if (!entry.isUsed) return this.#memos.take(key, known);
      entry.isUsed = false;
      this.#memos.take(oldest, entry.known);
      this.#entries.set(oldest, entry);
      return false;
    }
    return false;
  }

  #forget(key: string, { known }: Entry): void {
    this.#entries.delete(key);
    this.#memos.give(key, known);
  }
}

function sizeOf(key: string, known: Known): number {
  return key.length + (typeof known === 'string' ? ENTRY_BYTES : known.length + WHOLE_ENTRY_BYTES);
}

/** True if `known` is the essence that the reader gathered last, or the digest of this essence. */
function isOf({ bytes, length }: EssenceReader, known: Known): boolean {
  if (typeof known === 'string') return known === fingerprintOf(bytes.subarray(0, length));
  return known.length === length && known.compare(bytes, 0, length) === 0;
}
