/**
 * A NodeList in protobuf: the magic, then runtime.Unknown { typeMeta, raw: NodeList { metadata, items... } }, in the
 * order in which Go writes it: ascending field numbers, so typeMeta and metadata come before the items.
 */
import { LIST_META, MAGIC, NODE_LIST, TYPE_META, UNKNOWN } from './node-schema.ts';
import { MAX_PENDING_BYTES, type ListItem, type ListMeta, type ListReader } from './list-reader.ts';

/**
 * - `magic`, `typeMeta`, `raw`: what is awaited next. `list`: inside the NodeList, until `#listLeft` is used up.
 * - `tail`: behind it. `failed`: not a list that we understand.
 */
type Phase = 'magic' | 'typeMeta' | 'raw' | 'list' | 'tail' | 'failed';

interface Field {
  readonly number: number;
  readonly start: number;
  readonly end: number;
}

export class ProtobufListReader implements ListReader {
  readonly #item: ListItem;
  #pending = Buffer.alloc(0);
  #phase: Phase = 'magic';
  #listLeft = 0;
  #meta: ListMeta | undefined;

  constructor(item: ListItem) {
    this.#item = item;
  }

  push(chunk: Buffer): void {
    if (this.#phase === 'failed' || this.#phase === 'tail') return;
    const bytes = this.#pending.length === 0 ? chunk : Buffer.concat([this.#pending, chunk]);
    let at = 0;
    for (;;) {
      const next = this.#step(bytes, at);
      if (next === undefined) break;
      at = next;
    }
    // An owned copy: the chunk is borrowed (I8).
    this.#pending = Buffer.from(bytes.subarray(at));
    if (this.#pending.length > MAX_PENDING_BYTES) this.#phase = 'failed';
  }

  finish(): ListMeta | undefined {
    return this.#phase === 'tail' ? this.#meta : undefined;
  }

  /** Reads one part at `at`. @returns where the next one begins, or undefined where more bytes are needed, or none */
  #step(bytes: Buffer, at: number): number | undefined {
    switch (this.#phase) {
      case 'magic':
        if (bytes.length - at < MAGIC.length) return undefined;
        this.#expect(bytes.subarray(at, at + MAGIC.length).equals(MAGIC), 'typeMeta');
        return at + MAGIC.length;
      case 'typeMeta': {
        const field = fieldAt(bytes, at);
        if (field === undefined || field.end > bytes.length) return undefined;
        this.#expect(
          field.number === UNKNOWN.typeMeta && isNodeList(bytes.subarray(field.start, field.end)),
          'raw',
        );
        return field.end;
      }
      case 'raw': {
        const field = fieldAt(bytes, at);
        if (field === undefined) return undefined;
        this.#expect(field.number === UNKNOWN.raw, 'list');
        this.#listLeft = field.end - field.start;
        return field.start;
      }
      case 'list':
        return this.#listStep(bytes, at);
      case 'tail':
      case 'failed':
        return undefined;
    }
  }

  #listStep(bytes: Buffer, at: number): number | undefined {
    if (this.#listLeft === 0) {
      this.#expect(this.#meta !== undefined, 'tail');
      return at;
    }
    const field = fieldAt(bytes, at);
    if (field === undefined || field.end > bytes.length) return undefined;
    this.#listLeft -= field.end - at;
    if (field.number === NODE_LIST.metadata) this.#meta = metaOf(bytes.subarray(field.start, field.end));
    else if (field.number === NODE_LIST.items) this.#item(bytes, field.start, field.end);
    else this.#phase = 'failed';
    if (this.#listLeft < 0) this.#phase = 'failed';
    return field.end;
  }

  #expect(isSo: boolean, next: Phase): void {
    this.#phase = isSo ? next : 'failed';
  }
}

/** The length-delimited field at `at`; `end` may lie beyond the bytes. Undefined where its header is not whole. */
function fieldAt(bytes: Buffer, at: number): Field | undefined {
  const tag = bytes[at];
  if (tag === undefined) return undefined;
  let length = 0;
  for (let i = 0; i < 5; i++) {
    const byte = bytes[at + 1 + i];
    if (byte === undefined) return undefined;
    length += (byte & 0x7f) * 2 ** (7 * i);
    if (byte < 0x80) {
      const start = at + 2 + i;
      // A number of two bytes, or another wire type, is nothing that a list begins a field with.
      return { number: tag >= 0x80 || (tag & 7) !== 2 ? 0 : tag >>> 3, start, end: start + length };
    }
  }
  return { number: 0, start: at, end: at + 1 };
}

function strings(message: Buffer): ReadonlyMap<number, string> {
  const found = new Map<number, string>();
  for (let at = 0; at < message.length;) {
    const field = fieldAt(message, at);
    // Scalars behind the strings that are asked for (remainingItemCount) end the reading.
    if (field === undefined || field.number === 0 || field.end > message.length) break;
    found.set(field.number, message.toString('latin1', field.start, field.end));
    at = field.end;
  }
  return found;
}

function isNodeList(typeMeta: Buffer): boolean {
  const found = strings(typeMeta);
  return found.get(TYPE_META.kind) === 'NodeList' && found.get(TYPE_META.apiVersion) === 'v1';
}

function metaOf(listMeta: Buffer): ListMeta {
  const found = strings(listMeta);
  return {
    resourceVersion: found.get(LIST_META.resourceVersion) ?? '',
    next: found.get(LIST_META.continue) ?? '',
  };
}
