/**
 * Reads a list in JSON. Go writes `{"kind":"NodeList","apiVersion":"v1","metadata":{...},"items":[...]}` in this order
 * (apimachinery meta/v1 types.go: TypeMeta, ListMeta, Items). A list of custom resources is a map, whose keys Go sorts:
 * `apiVersion`, `items`, `kind`, `metadata`. Its kind is then known only after the items.
 *
 * The end of an item is found by reading the item. A wrong end could only be too early, inside the item, and the list
 * is then refused: the item is still open there, so a closing bracket without an opening one follows. If it is a `}`,
 * it is refused at once, because none stands between items. If it is a `]`, it is taken as the end of the list, but
 * finish() then refuses the bytes after it.
 */
import {
  CLOSE_BRACE,
  CLOSE_BRACKET,
  COMMA,
  JsonCursor,
  MALFORMED,
  OPEN_BRACE,
  OPEN_BRACKET,
} from './cursor.ts';
import { apiVersionOf, type Resource } from '../../resource/resource.ts';
import { JsonExtent } from './extent.ts';
import { ListParts, MAX_PART_BYTES } from '../list-parts.ts';
import type { LeadingItem, ListItem, ListMeta, ListReader } from '../list-reader.ts';

/** The most bytes of the next item that `#leading` needs to see that an item is complete. */
const LOOK_AHEAD_BYTES = 64;
const NOT_WALKED = -1;

/**
 * - `head`: before the first item.
 * - `between`: before an item or the end of the items.
 * - `item`: inside an item.
 * - `tail`: after the last item.
 * - `failed`: the body is not the expected list.
 */
type Phase = 'head' | 'between' | 'item' | 'tail' | 'failed';

export class JsonListReader implements ListReader {
  readonly #item: ListItem;
  readonly #leading: LeadingItem | undefined;
  readonly #kind: string;
  readonly #apiVersion: string;
  /** True if the keys of the list are sorted, so that its kind follows the items. */
  readonly #isSorted: boolean;
  readonly #cursor = new JsonCursor();
  readonly #extent = new JsonExtent();
  /** The parts are the head, each item, and the tail. */
  readonly #parts = new ListParts((bytes, at) => this.#read(bytes, at));
  #phase: Phase = 'head';
  /**
   * An estimate of the length of the next item: the length of the longest item so far, reduced by a tenth after each
   * shorter item. The next item is read when {@link LOOK_AHEAD_BYTES} more than this have arrived.
   */
  #expected = 0;
  /** True after the whole body has arrived. Nothing is waited for then. */
  #isWhole = false;
  /** Number of bytes of the current item whose brackets have been matched. */
  #walked = NOT_WALKED;
  /** The fields of the list other than its items. */
  readonly #beside = new Map<string, unknown>();

  constructor(resource: Resource, item: ListItem, leading?: LeadingItem) {
    this.#item = item;
    this.#leading = leading;
    this.#kind = `${resource.kind}List`;
    this.#apiVersion = apiVersionOf(resource);
    this.#isSorted = resource.isOpen === true;
  }

  push(chunk: Buffer): void {
    if (this.#phase !== 'failed' && !this.#parts.push(chunk)) this.#phase = 'failed';
  }

  finish(): ListMeta | undefined {
    this.#isWhole = true;
    if (this.#phase !== 'tail') this.#parts.finish();
    if (this.#phase !== 'tail') return undefined;
    const tail = this.#parts.view();
    const cursor = this.#cursor;
    cursor.reset(tail, 0, tail.length);
    try {
      while (cursor.more(CLOSE_BRACE)) {
        if (!this.#isSorted) return undefined;
        this.#readBeside(tail, this.#readKey(tail));
      }
      cursor.expectEnd();
    } catch {
      // The body was cut off, or is not the expected list.
      return undefined;
    }
    return this.#isOfKind() ? metaOf(this.#beside) : undefined;
  }

  /** See {@link ReadParts}. */
  #read(bytes: Buffer, from: number): number {
    this.#parts.wanted = 0;
    let at = this.#phase === 'head' ? this.#readHead(bytes, from) : from;
    while (at < bytes.length && (this.#phase === 'between' || this.#phase === 'item')) {
      if (this.#phase === 'between') at = this.#findItem(bytes, at);
      else {
        const end = this.#itemAt(bytes, at);
        if (end === -1) break;
        this.#phase = 'between';
        this.#expected = Math.max(end - at, Math.floor(this.#expected * 0.9));
        at = end;
      }
    }
    return this.#phase === 'failed' ? bytes.length : at;
  }

  /** @returns start offset of the next item, or the offset at which to continue */
  #findItem(bytes: Buffer, at: number): number {
    const cursor = this.#cursor;
    cursor.reset(bytes, at, bytes.length);
    const next = cursor.peek();
    if (cursor.at === bytes.length) return bytes.length;
    switch (next) {
      case COMMA:
        return cursor.at + 1;
      case CLOSE_BRACKET:
        this.#phase = 'tail';
        return cursor.at + 1;
      case OPEN_BRACE:
        this.#phase = 'item';
        return cursor.at;
      default:
        this.#phase = 'failed';
        return bytes.length;
    }
  }

  /**
   * Takes the item at `at`. `#leading` tries to read the item as soon as its probable length has arrived. If `#leading`
   * does not find the end, the end is found by matching brackets, which reads these bytes a second time.
   * @returns end offset of the item; -1 if it is not complete yet or the list has failed
   */
  #itemAt(bytes: Buffer, at: number): number {
    if (this.#walked === NOT_WALKED) {
      if (this.#leading !== undefined) {
        const wanted = Math.min(this.#expected + LOOK_AHEAD_BYTES, MAX_PART_BYTES);
        if (!this.#isWhole && bytes.length - at < wanted) {
          this.#parts.wanted = wanted;
          return -1;
        }
        const end = this.#leading(bytes, at, bytes.length);
        if (end !== -1) return end;
      }
      this.#extent.begin();
      this.#walked = 0;
    }
    const end = this.#endOfItem(bytes, at + this.#walked);
    this.#walked = end === -1 ? bytes.length - at : NOT_WALKED;
    if (end !== -1) this.#item(bytes, at, end);
    return end;
  }

  #endOfItem(bytes: Buffer, at: number): number {
    try {
      return this.#extent.end(bytes, at);
    } catch (error) {
      if (error !== MALFORMED) throw error;
      this.#phase = 'failed';
      return -1;
    }
  }

  /** @returns start offset of the items; `from` if more bytes are needed */
  #readHead(bytes: Buffer, from: number): number {
    const cursor = this.#cursor;
    cursor.reset(bytes, from, bytes.length);
    this.#beside.clear();
    try {
      cursor.expect(OPEN_BRACE);
      for (let key = this.#readKey(bytes); key !== 'items'; key = this.#readKey(bytes)) {
        this.#readBeside(bytes, key);
        if (!cursor.more(CLOSE_BRACE)) throw MALFORMED;
      }
      // The API server never sends a list with absent or null items, so such a list is not read.
      cursor.expect(OPEN_BRACKET);
    } catch {
      // The head is incomplete or not as expected. It is read again when it is twice as long.
      this.#parts.wanted = Math.min(2 * (bytes.length - from), MAX_PART_BYTES);
      return from;
    }
    const isToSay = this.#isSorted && !this.#beside.has('kind');
    this.#phase = isToSay || (this.#isOfKind() && metaOf(this.#beside)) ? 'between' : 'failed';
    return cursor.at;
  }

  #readKey(bytes: Buffer): string {
    const cursor = this.#cursor;
    cursor.key();
    // No server writes these keys with escapes. An escaped key could hide that it equals another.
    if (cursor.stringEscaped) throw MALFORMED;
    return bytes.toString('latin1', cursor.stringStart, cursor.stringEnd);
  }

  #readBeside(bytes: Buffer, key: string): void {
    // Decoders disagree about the meaning of two equal keys.
    if (key === 'items' || this.#beside.has(key)) throw MALFORMED;
    const cursor = this.#cursor;
    cursor.peek();
    const start = cursor.at;
    cursor.skip();
    this.#beside.set(key, JSON.parse(bytes.toString('utf8', start, cursor.at)));
  }

  #isOfKind(): boolean {
    return this.#beside.get('kind') === this.#kind && this.#beside.get('apiVersion') === this.#apiVersion;
  }
}

function metaOf(head: ReadonlyMap<string, unknown>): ListMeta | undefined {
  const metadata = head.get('metadata');
  if (typeof metadata !== 'object' || metadata === null) return undefined;
  const { resourceVersion, continue: next = '' } = metadata as {
    resourceVersion?: unknown;
    continue?: unknown;
  };
  if (typeof resourceVersion !== 'string' || typeof next !== 'string') return undefined;
  return { resourceVersion, next };
}
