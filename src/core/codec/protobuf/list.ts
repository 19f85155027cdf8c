/**
 * Reads a list in protobuf: the magic, then runtime.Unknown { typeMeta, raw: NodeList { metadata, items... } }. Go
 * writes fields in ascending order of their numbers, so typeMeta and metadata come before the items.
 */
import { LIST, LIST_META, MAGIC, TYPE_META, UNKNOWN } from '../../resource/envelope.ts';
import { apiVersionOf, type Resource } from '../../resource/resource.ts';
import { ListParts } from '../list-parts.ts';
import type { ListItem, ListMeta, ListReader } from '../list-reader.ts';
import { ProtobufReader, UNDECODABLE, WIRE_TYPE } from './reader.ts';

/**
 * - `magic`, `typeMeta`, `raw`: this part is expected next.
 * - `list`: inside the list, until `#listLeft` is 0.
 * - `tail`: after the list.
 * - `failed`: the body is not the expected list.
 */
type Phase = 'magic' | 'typeMeta' | 'raw' | 'list' | 'tail' | 'failed';

interface Field {
  readonly number: number;
  readonly start: number;
  readonly end: number;
}

export class ProtobufListReader implements ListReader {
  readonly #item: ListItem;
  readonly #kind: string;
  readonly #apiVersion: string;
  readonly #parts = new ListParts((bytes, at) => this.#read(bytes, at));
  #phase: Phase = 'magic';
  #listLeft = 0;
  #meta: ListMeta | undefined;

  constructor(resource: Resource, item: ListItem) {
    this.#item = item;
    this.#kind = `${resource.kind}List`;
    this.#apiVersion = apiVersionOf(resource);
  }

  push(chunk: Buffer): void {
    if (!this.#isFailed() && !this.#parts.push(chunk)) this.#phase = 'failed';
  }

  finish(): ListMeta | undefined {
    return this.#phase === 'tail' && this.#parts.view().length === 0 ? this.#meta : undefined;
  }

  /** @returns start offset of the part that needs more bytes */
  #read(bytes: Buffer, from: number): number {
    let at = from;
    for (;;) {
      const next = this.#step(bytes, at);
      if (next === undefined) return this.#isFailed() ? bytes.length : at;
      at = next;
    }
  }

  #isFailed(): boolean {
    return this.#phase === 'failed';
  }

  /**
   * Reads one part at `at`.
   * @returns start offset of the next part; undefined if more bytes are needed, or after a failure
   */
  #step(bytes: Buffer, at: number): number | undefined {
    switch (this.#phase) {
      case 'magic':
        this.#parts.wanted = MAGIC.length;
        if (bytes.length - at < MAGIC.length) return undefined;
        this.#expect(bytes.subarray(at, at + MAGIC.length).equals(MAGIC), 'typeMeta');
        return at + MAGIC.length;
      case 'typeMeta': {
        const field = this.#wholeField(bytes, at);
        if (field === undefined) return undefined;
        this.#expect(
          field.number === UNKNOWN.typeMeta && this.#isOfKind(bytes.subarray(field.start, field.end)),
          'raw',
        );
        return field.end;
      }
      case 'raw': {
        const field = this.#field(bytes, at);
        if (field === undefined) return undefined;
        this.#expect(field.number === UNKNOWN.raw, 'list');
        this.#listLeft = field.end - field.start;
        return field.start;
      }
      case 'list':
        return this.#listStep(bytes, at);
      case 'tail':
        return this.#tailStep(bytes, at);
      case 'failed':
        return undefined;
    }
  }

  #listStep(bytes: Buffer, at: number): number | undefined {
    if (this.#listLeft === 0) {
      this.#expect(this.#meta !== undefined, 'tail');
      return at;
    }
    const field = this.#wholeField(bytes, at);
    if (field === undefined) return undefined;
    this.#listLeft -= field.end - at;
    if (field.number === LIST.metadata) {
      // A second metadata field is refused, because decoders merge it into the first.
      const meta = this.#meta === undefined ? metaOf(bytes.subarray(field.start, field.end)) : undefined;
      this.#meta = meta;
      if (meta === undefined) this.#phase = 'failed';
    } else if (field.number === LIST.items) this.#item(bytes, field.start, field.end);
    else this.#phase = 'failed';
    if (this.#listLeft < 0) this.#phase = 'failed';
    return field.end;
  }

  /** Only an empty contentEncoding and contentType may follow. Anything else means that `raw` is not a plain list. */
  #tailStep(bytes: Buffer, at: number): number | undefined {
    const field = this.#wholeField(bytes, at);
    if (field === undefined) return undefined;
    const isEncoding = field.number === UNKNOWN.contentEncoding || field.number === UNKNOWN.contentType;
    this.#expect(isEncoding && field.start === field.end, 'tail');
    return field.end;
  }

  /** The field at `at`. The field may be incomplete; undefined if even its header is incomplete. */
  #field(bytes: Buffer, at: number): Field | undefined {
    const field = fieldAt(bytes, at);
    if (field === undefined) this.#parts.wanted = bytes.length - at + 1;
    return field;
  }

  #wholeField(bytes: Buffer, at: number): Field | undefined {
    const field = this.#field(bytes, at);
    if (field === undefined || field.end <= bytes.length) return field;
    this.#parts.wanted = field.end - at;
    return undefined;
  }

  #isOfKind(typeMeta: Buffer): boolean {
    const found = strings(typeMeta);
    return found?.get(TYPE_META.kind) === this.#kind && found.get(TYPE_META.apiVersion) === this.#apiVersion;
  }

  #expect(isSo: boolean, next: Phase): void {
    this.#phase = isSo ? next : 'failed';
  }
}

/** The length-delimited field at `at`. Its `end` may be beyond the bytes. Undefined if its header is incomplete. */
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
      // All fields of a list have a tag of one byte and are length-delimited. For any other field, the number 0 makes
      // the caller fail.
      return { number: tag >= 0x80 || (tag & 7) !== 2 ? 0 : tag >>> 3, start, end: start + length };
    }
  }
  return { number: 0, start: at, end: at + 1 };
}

/** The texts of a message by their field numbers; undefined if the message is malformed or repeats a text field. */
function strings(message: Buffer): ReadonlyMap<number, string> | undefined {
  const found = new Map<number, string>();
  const reader = new ProtobufReader();
  reader.reset(message);
  try {
    for (let at = 0; at < message.length;) {
      at = reader.next(at, message.length);
      if (reader.wireType !== WIRE_TYPE.bytes) continue;
      if (found.has(reader.field)) return undefined;
      found.set(reader.field, message.toString('latin1', reader.start, reader.end));
    }
  } catch (error) {
    if (error !== UNDECODABLE) throw error;
    return undefined;
  }
  return found;
}

function metaOf(listMeta: Buffer): ListMeta | undefined {
  const found = strings(listMeta);
  if (found === undefined) return undefined;
  return {
    resourceVersion: found.get(LIST_META.resourceVersion) ?? '',
    next: found.get(LIST_META.continue) ?? '',
  };
}
