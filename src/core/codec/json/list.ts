/**
 * Reads a list in JSON. Go writes `{"kind":"NodeList","apiVersion":"v1","metadata":{...},"items":[...]}` in this order
 * (apimachinery meta/v1 types.go: TypeMeta, ListMeta, Items). A list of custom resources is a map, whose keys Go sorts:
 * `apiVersion`, `items`, `kind`, `metadata`. Its kind is then known only after the items.
 *
 * The end of an item is found by reading the item. A wrong end could only be too early: some brackets of the item would
 * still be open. The list is then refused, at the latest in finish(). The reason is that the next unmatched
 * closing bracket closes something that is still open: the item, or an object or list inside it. If it is a `}`, the
 * list is refused at once, because none may come between items. If it is a `]`, it is taken as the end of the list, but
 * the bytes after it are not valid there.
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
import { PendingBytes } from '../frame-splitter.ts';
import {
  MAX_PENDING_BYTES,
  type LeadingItem,
  type ListItem,
  type ListMeta,
  type ListReader,
} from '../list-reader.ts';

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
  readonly #leading: LeadingItem;
  readonly #kind: string;
  readonly #apiVersion: string;
  /** True if the keys of the list are sorted, so that its kind follows the items. */
  readonly #isSorted: boolean;
  readonly #cursor = new JsonCursor();
  readonly #extent = new JsonExtent();
  /** The bytes of the head, of an incomplete item, or of the tail. */
  readonly #pending = new PendingBytes();
  #phase: Phase = 'head';
  /** Length of the last item. The next item is read as soon as this many bytes of it have arrived. */
  #expected = 0;
  /** True after the whole body has arrived. Items may then be shorter than `#expected`. */
  #isWhole = false;
  /** Number of bytes of the current item whose brackets have been matched. */
  #walked = NOT_WALKED;
  /** The fields of the list other than its items. */
  readonly #beside = new Map<string, unknown>();

  constructor(resource: Resource, item: ListItem, leading: LeadingItem = () => -1) {
    this.#item = item;
    this.#leading = leading;
    this.#kind = `${resource.kind}List`;
    this.#apiVersion = apiVersionOf(resource);
    this.#isSorted = resource.isOpen === true;
  }

  push(chunk: Buffer): void {
    if (this.#phase === 'failed') return;
    const pending = this.#pending;
    if (pending.length === 0) pending.append(chunk, this.#read(chunk), chunk.length);
    else {
      pending.append(chunk, 0, chunk.length);
      this.#readPending();
    }
    if (pending.length > MAX_PENDING_BYTES) this.#phase = 'failed';
    this.#clearIfFailed();
  }

  finish(): ListMeta | undefined {
    // The last items may be shorter than the expected length.
    this.#isWhole = true;
    if (this.#phase === 'item') this.#readPending();
    if (this.#phase !== 'tail') return undefined;
    const pending = this.#pending.view();
    const cursor = this.#cursor;
    cursor.reset(pending, 0, pending.length);
    try {
      while (cursor.more(CLOSE_BRACE)) {
        if (!this.#isSorted) return undefined;
        this.#readBeside(pending, this.#readKey(pending));
      }
      cursor.expectEnd();
    } catch {
      // The body was cut off, or is not the expected list.
      return undefined;
    }
    return this.#isOfKind() ? metaOf(this.#beside) : undefined;
  }

  #readPending(): void {
    const read = this.#read(this.#pending.view());
    if (read > 0) this.#pending.drop(read);
  }

  #clearIfFailed(): void {
    if (this.#phase === 'failed') this.#pending.clear();
  }

  /** @returns start offset of the part that needs more bytes */
  #read(bytes: Buffer): number {
    let at = this.#phase === 'head' ? this.#readHead(bytes) : 0;
    while (at < bytes.length && (this.#phase === 'between' || this.#phase === 'item')) {
      if (this.#phase === 'between') at = this.#findItem(bytes, at);
      else {
        const end = this.#itemAt(bytes, at);
        if (end === -1) return at;
        this.#phase = 'between';
        this.#expected = end - at;
        at = end;
      }
    }
    return at;
  }

  /** @returns start offset of the next item, or the offset at which to continue */
  #findItem(bytes: Buffer, at: number): number {
    const cursor = this.#cursor;
    cursor.reset(bytes, at, bytes.length);
    switch (cursor.peek()) {
      case 0:
        return bytes.length;
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
   * Takes the item at `at`. Once as many bytes have arrived as the previous item had, `#leading` tries to read the
   * item. If it does not find the end, the end is found by matching brackets, which reads these bytes a second time.
   * @returns end offset of the item; -1 if it is not complete yet or the list has failed
   */
  #itemAt(bytes: Buffer, at: number): number {
    if (this.#walked === NOT_WALKED) {
      if (!this.#isWhole && bytes.length - at < this.#expected) return -1;
      const end = this.#leading(bytes, at, bytes.length);
      if (end !== -1) return end;
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

  /** @returns start offset of the items; 0 if more bytes are needed or the head is not as expected */
  #readHead(bytes: Buffer): number {
    const cursor = this.#cursor;
    cursor.reset(bytes, 0, bytes.length);
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
      // The head is incomplete or not as expected. push() gives up if the head is too long.
      return 0;
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
