/**
 * Decodes objects in protobuf into plain values, by the schema of their resource and with the field names of JSON. The
 * bytes of a field of unknown structure become one text in base64, so that a change of the field remains visible.
 */
import type { EventValues, EventValuesOf, ValueParts } from '../event-values.ts';
import { ProtobufReader, UNDECODABLE, WIRE_TYPE } from './reader.ts';
import { MAGIC, MAP_ENTRY, RAW_EXTENSION, TYPE_META, UNKNOWN, WATCH_EVENT } from '../../resource/envelope.ts';
import { OBJECT_META } from '../../resource/object-meta.ts';
import { apiVersionOf, type Resource } from '../../resource/resource.ts';
import type { MessageField, MessageType } from '../../resource/schema.ts';
import { wireShapeOf } from '../../resource/wire-shape.ts';

/** The schema of a FieldsV1 message, whose bytes are JSON. */
const FIELDS_V1 = OBJECT_META['managedFields']?.message?.['fieldsV1'];
const FIELDS_V1_RAW = 1;
/** Field numbers of meta.v1 Time and MicroTime. */
const TIME = { seconds: 1, nanos: 2 } as const;
const MAX_EXACT = 2n ** 53n;

interface Span {
  readonly start: number;
  readonly end: number;
}

export const protobufValues: EventValuesOf = (resource, parts) => new ProtobufValues(resource, parts);

/** Decodes frames that begin with their length prefix. */
class ProtobufValues implements EventValues {
  readonly #resource: Resource | undefined;
  readonly #apiVersion: string;
  readonly #parts: ValueParts;
  #bytes: Buffer = MAGIC;

  constructor(resource: Resource | undefined, parts: ValueParts) {
    this.#parts = parts;
    this.#resource = resource;
    this.#apiVersion = resource === undefined ? '' : apiVersionOf(resource);
  }

  typeOf(frame: Buffer): string {
    return this.#attempt(frame, () => this.#text(this.#only(this.#body(), WATCH_EVENT.type))) ?? '';
  }

  objectOf(frame: Buffer): unknown {
    const resource = this.#resource;
    if (resource === undefined) return undefined;
    return this.#attempt(frame, () => {
      const extension = this.#only(this.#body(), WATCH_EVENT.object);
      const wrapped = this.#only(extension, RAW_EXTENSION.raw);
      const start = wrapped.start + MAGIC.length;
      if (!MAGIC.equals(this.#bytes.subarray(wrapped.start, start))) throw UNDECODABLE;
      const unknown = { start, end: wrapped.end };
      const typeMeta = this.#only(unknown, UNKNOWN.typeMeta);
      const kind = this.#text(this.#only(typeMeta, TYPE_META.kind));
      const apiVersion = this.#text(this.#only(typeMeta, TYPE_META.apiVersion));
      if (kind !== resource.kind || apiVersion !== this.#apiVersion) return undefined;
      const object = this.#message(resource.schema, this.#only(unknown, UNKNOWN.raw));
      return { kind, apiVersion, ...object };
    });
  }

  #attempt<T>(frame: Buffer, read: () => T): T | undefined {
    this.#bytes = frame;
    try {
      return read();
    } catch (error) {
      if (error !== UNDECODABLE) throw error;
      return undefined;
    }
  }

  #body(): Span {
    return { start: 4, end: this.#bytes.length };
  }

  *#fields({ start, end }: Span): Generator<ProtobufReader> {
    const reader = new ProtobufReader();
    reader.reset(this.#bytes);
    for (let at = start; at < end;) {
      at = reader.next(at, end);
      yield reader;
    }
  }

  /**
   * The last field with this number. kube-apiserver writes such a field once.
   * @throws UNDECODABLE if there is none
   */
  #only(span: Span, field: number): Span {
    let found: Span | undefined;
    for (const { field: number, wireType, start, end } of this.#fields(span))
      if (number === field && wireType === WIRE_TYPE.bytes) found = { start, end };
    if (found === undefined) throw UNDECODABLE;
    return found;
  }

  #message(schema: MessageType, span: Span): Record<string, unknown> {
    const { names, embedded } = partsOf(schema);
    const found: Record<string, unknown> = {};
    const maps = new Map<string, [string, string][]>();
    for (const { field, wireType, start, end } of this.#fields(span)) {
      const inner = embedded.get(field);
      if (inner !== undefined && wireType === WIRE_TYPE.bytes) {
        Object.assign(found, this.#message(inner, { start, end }));
        continue;
      }
      const known = names.get(field);
      if (known === undefined) {
        found[`field ${field}`] = this.#opaque({ start, end });
        continue;
      }
      const [name, declared] = known;
      if ((wireType === WIRE_TYPE.bytes) !== (declared.holds !== 'number')) throw UNDECODABLE;
      if (declared.holds === 'map') {
        const entries = maps.get(name) ?? [];
        maps.set(name, entries);
        entries.push(this.#entry({ start, end }));
        continue;
      }
      const value = this.#value(declared, { start, end });
      if (declared.isList !== true) {
        if (isWritten(declared, value)) found[name] = value;
        continue;
      }
      const list = found[name];
      if (Array.isArray(list)) list.push(value);
      else found[name] = [value];
    }
    for (const [name, entries] of maps) found[name] = Object.fromEntries(entries);
    return found;
  }

  #value(field: MessageField, span: Span): unknown {
    switch (field.holds) {
      case 'text':
        return this.#text(span);
      case 'number':
        return this.#number(span);
      case 'time':
        return this.#time(span);
      case 'bytes':
        return this.#opaque(span);
      case 'map':
      case 'message':
        if (field === FIELDS_V1) return this.#json(this.#only(span, FIELDS_V1_RAW));
        return field.message === undefined ? this.#opaque(span) : this.#message(field.message, span);
    }
  }

  #entry(span: Span): [string, string] {
    let [key, value] = ['', ''];
    for (const { field, start, end } of this.#fields(span))
      if (field === MAP_ENTRY.key) key = this.#text({ start, end });
      else value = this.#text({ start, end });
    return [key, value];
  }

  #text({ start, end }: Span): string {
    return this.#bytes.toString('utf8', start, end);
  }

  #opaque({ start, end }: Span): string {
    return this.#bytes.toString('base64', start, end);
  }

  #json({ start, end }: Span): unknown {
    return this.#parts.json(this.#bytes.subarray(start, end));
  }

  #number({ start, end }: Span): number | string {
    const value = this.#varint({ start, end });
    return value < MAX_EXACT && value > -MAX_EXACT ? Number(value) : String(value);
  }

  #varint({ start, end }: Span): bigint {
    let [value, shift] = [0n, 0n];
    for (const byte of this.#bytes.subarray(start, end)) {
      value |= BigInt(byte & 0x7f) << shift;
      shift += 7n;
    }
    return BigInt.asIntN(64, value);
  }

  #time(span: Span): string | null {
    let [seconds, nanos] = [0, 0];
    for (const { field, wireType, start, end } of this.#fields(span)) {
      if (wireType !== WIRE_TYPE.varint) throw UNDECODABLE;
      const value = Number(this.#varint({ start, end }));
      if (field === TIME.seconds) seconds = value;
      else if (field === TIME.nanos) nanos = value;
    }
    return this.#parts.time(seconds, nanos);
  }
}

/** True if JSON shows this value. Protobuf writes empty values that JSON omits. */
function isWritten({ isAlways, isPointer, holds }: MessageField, value: unknown): boolean {
  if (isAlways === true || isPointer === true || holds === 'time' || holds === 'message') return true;
  return value !== '' && value !== 0;
}

/** The parts of a message by their numbers: fields with their names, and embedded messages. */
interface Parts {
  readonly names: ReadonlyMap<number, readonly [string, MessageField]>;
  readonly embedded: ReadonlyMap<number, MessageType>;
}

const KNOWN = new WeakMap<MessageType, Parts>();

function partsOf(schema: MessageType): Parts {
  const known = KNOWN.get(schema);
  if (known !== undefined) return known;
  const { own, embedded } = wireShapeOf(schema);
  const names = new Map(Object.entries(own).map(([name, field]) => [field.number, [name, field] as const]));
  const made = { names, embedded };
  KNOWN.set(schema, made);
  return made;
}
