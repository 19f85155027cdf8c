/**
 * What was found out about frames before: essence → fingerprint, the newest of each object. Only saves work: whether
 * something is remembered changes no verdict, since equal essences have equal fingerprints (core/codec/essence.ts). So it may
 * be shared by all streams of one projection and encoding, wherever they are in time, and forget at will.
 *
 * Bounded by bytes (I6), for all memos of the program together. An object that comes when there is no room takes the
 * place of one that nobody has asked for since the last time round (CLOCK); where all are in use it has to wait, or a
 * cluster larger than the bound would throw out each essence just before it is needed.
 */
import { type Codec } from '../codec/codec.ts';
import { type EssenceReader } from '../codec/essence-reader.ts';
import { essenceReaderFor } from '../codec/essence.ts';
import { type FieldsPlan } from '../projection/plan.ts';
import { nameOf, type Resource } from '../resource/resource.ts';
import { type Fingerprint } from './fingerprint.ts';

interface Entry {
  essence: Buffer;
  fingerprint: Fingerprint;
  /** Whether it was recalled since the hand passed it. */
  isUsed: boolean;
}

/** What an entry costs besides its essence: the buffer's own objects, the entry, its key, its place in the map. */
const ENTRY_BYTES = 400;

/** Plans whose memos are kept; more come and go only where projections are edited while the program runs. */
const MAX_PLANS = 8;

/** The memos of the program, and the room that is left for what they keep. */
export class Memos {
  readonly maxBytes: number;
  #bytes = 0;
  /** By plan, then by resource and encoding. */
  readonly #memos = new Map<FieldsPlan, Map<string, Memo | undefined>>();

  /** @param maxBytes of all memos together */
  constructor(maxBytes: number) {
    this.maxBytes = maxBytes;
  }

  /** Bytes in use, at most `maxBytes`. */
  get bytes(): number {
    return this.#bytes;
  }

  /** The one memo of this resource, projection and codec; undefined where frames have no essence for it. */
  of(codec: Codec, resource: Resource, plan: FieldsPlan): Memo | undefined {
    let memos = this.#memos.get(plan);
    if (memos === undefined) {
      if (this.#memos.size >= MAX_PLANS) this.#dropOldestPlan();
      this.#memos.set(plan, (memos = new Map<string, Memo | undefined>()));
    }
    const key = `${nameOf(resource)} ${resource.kind} ${codec.name}`;
    if (!memos.has(key)) {
      const reader = essenceReaderFor(codec, resource, plan);
      memos.set(key, reader && new Memo(reader, this));
    }
    return memos.get(key);
  }

  /** @returns whether there is room for this much more, which is then taken; negative to give back */
  take(bytes: number): boolean {
    if (this.#bytes + bytes > this.maxBytes) return false;
    this.#bytes += bytes;
    return true;
  }

  #dropOldestPlan(): void {
    for (const [plan, memos] of this.#memos) {
      for (const memo of memos.values()) memo?.clear();
      this.#memos.delete(plan);
      return;
    }
  }
}

export class Memo {
  readonly #reader: EssenceReader;
  readonly #memos: Memos;
  readonly #entries = new Map<string, Entry>();

  constructor(reader: EssenceReader, memos: Memos) {
    this.#reader = reader;
    this.#memos = memos;
  }

  /** Which object the frame last read was of, which had an essence. */
  get key(): string {
    return this.#reader.key;
  }

  /** metadata.resourceVersion of that frame. */
  get resourceVersion(): string {
    return this.#reader.resourceVersion;
  }

  /** The fingerprint of the MODIFIED event in `bytes[start, end)`, where it is remembered. */
  recall(bytes: Buffer, start: number, end: number): Fingerprint | undefined {
    const reader = this.#reader;
    if (!reader.read(bytes, start, end)) return undefined;
    const entry = this.#entries.get(reader.key);
    if (entry?.essence.length !== reader.length) return undefined;
    if (entry.essence.compare(reader.bytes, 0, reader.length) !== 0) return undefined;
    entry.isUsed = true;
    return entry.fingerprint;
  }

  /**
   * A MODIFIED event was scanned, and this is its fingerprint. Reads it once more: what was read last may have been
   * another frame, of another stream.
   */
  learn(frame: Buffer, start: number, end: number, fingerprint: Fingerprint): void {
    if (!this.#reader.read(frame, start, end)) return;
    const { key, bytes, length } = this.#reader;
    const entry = this.#entries.get(key);
    if (entry?.essence.length === length) {
      bytes.copy(entry.essence, 0, 0, length);
      entry.fingerprint = fingerprint;
      return;
    }
    if (entry !== undefined) this.#forget(key, entry);
    const size = length + ENTRY_BYTES;
    if (!this.#memos.take(size) && !this.#makeRoom(size)) return;
    const essence = Buffer.allocUnsafeSlow(length);
    bytes.copy(essence, 0, 0, length);
    // As if it had been asked for: else a round over many Nodes would throw each out before it comes again.
    this.#entries.set(key, { essence, fingerprint, isUsed: true });
  }

  clear(): void {
    for (const [key, entry] of this.#entries) this.#forget(key, entry);
  }

  /** Looks at the oldest entry only: the next object that comes looks at the next. */
  #makeRoom(bytes: number): boolean {
    for (const [key, entry] of this.#entries) {
      this.#forget(key, entry);
      if (!entry.isUsed) return this.#memos.take(bytes);
      entry.isUsed = false;
      this.#memos.take(entry.essence.length + ENTRY_BYTES);
      this.#entries.set(key, entry);
      return false;
    }
    return false;
  }

  #forget(key: string, { essence }: Entry): void {
    this.#entries.delete(key);
    this.#memos.take(-(essence.length + ENTRY_BYTES));
  }
}
