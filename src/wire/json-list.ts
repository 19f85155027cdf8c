/**
 * A NodeList in JSON: `{"kind":"NodeList","apiVersion":"v1","metadata":{...},"items":[...]}`, the order in which Go
 * writes it (apimachinery meta/v1 types.go: TypeMeta, ListMeta, Items).
 */
import {
  CLOSE_BRACE,
  CLOSE_BRACKET,
  COMMA,
  JsonCursor,
  MALFORMED,
  OPEN_BRACE,
  OPEN_BRACKET,
} from './json-cursor.ts';
import {
  ListBytes,
  MAX_PENDING_BYTES,
  type ListItem,
  type ListMeta,
  type ListReader,
} from './list-reader.ts';

/**
 * - `head`: before the first item. `items`: among them. `tail`: behind the last one.
 * - `failed`: not a list that we understand.
 */
type Phase = 'head' | 'items' | 'tail' | 'failed';

export class JsonListReader implements ListReader {
  readonly #item: ListItem;
  readonly #cursor = new JsonCursor();
  readonly #bytes = new ListBytes();
  #phase: Phase = 'head';
  #meta: ListMeta | undefined;

  constructor(item: ListItem) {
    this.#item = item;
  }

  push(chunk: Buffer): void {
    if (this.#isFailed()) return;
    this.#bytes.push(chunk, (bytes) => this.#read(bytes));
    if (this.#bytes.rest.length > MAX_PENDING_BYTES) this.#phase = 'failed';
    if (this.#isFailed()) this.#bytes.clear();
  }

  finish(): ListMeta | undefined {
    return this.#phase === 'tail' && this.#bytes.rest.toString().trim() === '}' ? this.#meta : undefined;
  }

  /** @returns where the part begins that has to wait for more bytes */
  #read(bytes: Buffer): number {
    let at = this.#phase === 'head' ? this.#readHead(bytes) : 0;
    while (this.#phase === 'items') {
      const next = this.#readItem(bytes, at);
      if (next === undefined) break;
      at = next;
    }
    return at;
  }

  #readHead(bytes: Buffer): number {
    const cursor = this.#cursor;
    cursor.reset(bytes, 0, bytes.length);
    const head = new Map<string, unknown>();
    try {
      cursor.expect(OPEN_BRACE);
      for (;;) {
        cursor.key();
        const key = bytes.toString('latin1', cursor.stringStart, cursor.stringEnd);
        cursor.peek();
        const start = cursor.at;
        if (key === 'items') break;
        // Decoders differ in what two equal keys mean.
        if (head.has(key)) throw MALFORMED;
        cursor.skip();
        head.set(key, JSON.parse(bytes.toString('utf8', start, cursor.at)));
        if (!cursor.more(CLOSE_BRACE)) throw MALFORMED;
      }
      // An absent or null list of items has nothing to wait for; neither is sent by the API server.
      cursor.expect(OPEN_BRACKET);
    } catch {
      // Not enough of it yet, or not what we expect: push() gives up when it grows too long.
      return 0;
    }
    this.#meta = metaOf(head);
    if (this.#meta === undefined) {
      this.#phase = 'failed';
      return bytes.length;
    }
    this.#phase = 'items';
    return cursor.at;
  }

  /** @returns where the next item may begin, or undefined where more bytes are needed */
  #readItem(bytes: Buffer, from: number): number | undefined {
    const cursor = this.#cursor;
    cursor.reset(bytes, from, bytes.length);
    const first = cursor.peek();
    if (first === CLOSE_BRACKET) {
      this.#phase = 'tail';
      return cursor.at + 1;
    }
    if (first === COMMA) return cursor.at + 1;
    if (first === 0) return undefined;
    const start = cursor.at;
    try {
      cursor.skip();
    } catch {
      return undefined;
    }
    this.#item(bytes, start, cursor.at);
    return cursor.at;
  }

  #isFailed(): boolean {
    return this.#phase === 'failed';
  }
}

function metaOf(head: ReadonlyMap<string, unknown>): ListMeta | undefined {
  const metadata = head.get('metadata');
  if (head.get('kind') !== 'NodeList' || head.get('apiVersion') !== 'v1') return undefined;
  if (typeof metadata !== 'object' || metadata === null) return undefined;
  const { resourceVersion, continue: next = '' } = metadata as {
    resourceVersion?: unknown;
    continue?: unknown;
  };
  if (typeof resourceVersion !== 'string' || typeof next !== 'string') return undefined;
  return { resourceVersion, next };
}
