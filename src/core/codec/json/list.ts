/**
 * A list in JSON: `{"kind":"NodeList","apiVersion":"v1","metadata":{...},"items":[...]}`, the order in which Go
 * writes it (apimachinery meta/v1 types.go: TypeMeta, ListMeta, Items). Of custom resources it is a map, whose keys Go
 * sorts: `apiVersion`, `items`, `kind`, `metadata`. What the items are is then said behind them.
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
import { MAX_PENDING_BYTES, type ListItem, type ListMeta, type ListReader } from '../list-reader.ts';

/**
 * - `head`: before the first item. `between`: before an item or the end of the list. `item`: inside one. `tail`: behind
 *   the last one. `failed`: not a list that we understand.
 */
type Phase = 'head' | 'between' | 'item' | 'tail' | 'failed';

export class JsonListReader implements ListReader {
  readonly #item: ListItem;
  readonly #kind: string;
  readonly #apiVersion: string;
  /** Whether it may say behind its items what it is. */
  readonly #isSorted: boolean;
  readonly #cursor = new JsonCursor();
  readonly #extent = new JsonExtent();
  /** The head, an item that is not whole yet, or the tail. */
  readonly #pending = new PendingBytes();
  #phase: Phase = 'head';
  /** What stands beside the items. */
  readonly #beside = new Map<string, unknown>();

  constructor(resource: Resource, item: ListItem) {
    this.#item = item;
    this.#kind = `${resource.kind}List`;
    this.#apiVersion = apiVersionOf(resource);
    this.#isSorted = resource.isOpen === true;
  }

  push(chunk: Buffer): void {
    if (this.#phase === 'failed') return;
    if (this.#phase === 'head') this.#head(chunk);
    else this.#items(chunk, 0);
    if (this.#pending.length > MAX_PENDING_BYTES) this.#phase = 'failed';
    if (this.#phase === 'failed') this.#pending.clear();
  }

  finish(): ListMeta | undefined {
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
      // Cut off, or not what we expect.
      return undefined;
    }
    return this.#isOfKind() ? metaOf(this.#beside) : undefined;
  }

  #head(chunk: Buffer): void {
    const pending = this.#pending;
    if (pending.length === 0) {
      this.#items(chunk, this.#readHead(chunk));
      return;
    }
    pending.append(chunk, 0, chunk.length);
    const end = this.#readHead(pending.view());
    if (end > 0) this.#items(pending.take(), end);
  }

  /** Reads the items that begin, go on or end in `bytes` from `at` on, and keeps what has to wait for more bytes. */
  #items(bytes: Buffer, at: number): void {
    let start = at;
    while (at < bytes.length && (this.#phase === 'between' || this.#phase === 'item')) {
      if (this.#phase === 'between') at = start = this.#findItem(bytes, at);
      else {
        const end = this.#endOfItem(bytes, at);
        if (end === -1) break;
        this.#wholeItem(bytes, start, end);
        at = start = end;
      }
    }
    this.#pending.append(bytes, start, bytes.length);
  }

  /** @returns where the next item begins, or what is to be looked at next */
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
        this.#extent.begin();
        return cursor.at;
      default:
        this.#phase = 'failed';
        return bytes.length;
    }
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

  #wholeItem(bytes: Buffer, start: number, end: number): void {
    const pending = this.#pending;
    this.#phase = 'between';
    if (pending.length === 0) {
      this.#item(bytes, start, end);
      return;
    }
    pending.append(bytes, start, end);
    this.#item(pending.view(), 0, pending.length);
    pending.clear();
  }

  /** @returns where the items begin; 0: more bytes are needed, or it is not what we expect */
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
      // An absent or null list of items has nothing to wait for; neither is sent by the API server.
      cursor.expect(OPEN_BRACKET);
    } catch {
      // Not enough of it yet, or not what we expect: push() gives up when it grows too long.
      return 0;
    }
    const isToSay = this.#isSorted && !this.#beside.has('kind');
    this.#phase = isToSay || (this.#isOfKind() && metaOf(this.#beside)) ? 'between' : 'failed';
    return cursor.at;
  }

  #readKey(bytes: Buffer): string {
    const cursor = this.#cursor;
    cursor.key();
    // Nobody writes these keys with escapes; spelled so, one would look like another.
    if (cursor.stringEscaped) throw MALFORMED;
    return bytes.toString('latin1', cursor.stringStart, cursor.stringEnd);
  }

  #readBeside(bytes: Buffer, key: string): void {
    // Decoders differ in what two equal keys mean.
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
