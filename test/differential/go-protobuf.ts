/** Objects as Go's generated marshallers write them: ascending numbers, each field that is no pointer even where it is zero. */
import { bytesField, varintField } from '../support/encode.ts';
import type { FieldType, MessageType } from '../support/node-proto.ts';
import { type Fields, fieldsOf, listOf, own, textOr } from './values.ts';

const EMPTY = Buffer.alloc(0);
/** Parts come again in event after event. */
const WRITTEN = new WeakMap<Fields, Buffer>();

export function goProtobuf(type: MessageType, value: Fields): Buffer {
  const written = WRITTEN.get(value);
  if (written !== undefined) return written;
  const parts: Buffer[] = [];
  for (const field of type.byNumber) parts.push(...goFields(field, own(value, field.name)));
  const bytes = Buffer.concat(parts);
  WRITTEN.set(value, bytes);
  return bytes;
}

/** The occurrences of one field. */
export function goFields(field: FieldType, value: unknown): readonly Buffer[] {
  if (field.isList) return listOf(value).map((item) => goOne(field, item));
  if (field.kind === 'map' || field.kind === 'quantities') return entries(field, fieldsOf(value));
  if ((value === undefined || value === null) && field.isPointer) return [];
  return [goOne(field, value)];
}

function goOne({ number, kind, message }: FieldType, value: unknown): Buffer {
  switch (kind) {
    case 'bool':
    case 'int':
      return varintField(number, Number(value ?? 0));
    case 'string':
    case 'bytes':
      return bytesField(number, Buffer.from(textOr(value)));
    case 'time':
      return bytesField(number, timeBytes(value));
    case 'fields':
      return bytesField(number, bytesField(1, Buffer.from(JSON.stringify(value ?? {}))));
    case 'message':
      return bytesField(number, message === undefined ? EMPTY : goProtobuf(message, fieldsOf(value)));
    case 'map':
    case 'quantities':
      throw new Error('a map has entries');
  }
}

const TIMES = new Map<unknown, Buffer>();

/** Seconds and nanoseconds; nothing for the zero time. */
function timeBytes(value: unknown): Buffer {
  if (typeof value !== 'string') return EMPTY;
  let bytes = TIMES.get(value);
  if (bytes === undefined) {
    bytes = Buffer.concat([varintField(1, Date.parse(value) / 1000), varintField(2, 0)]);
    TIMES.set(value, bytes);
  }
  return bytes;
}

const MAPS = new WeakMap<Fields, readonly Buffer[]>();

function entries(field: FieldType, map: Fields): readonly Buffer[] {
  const known = MAPS.get(map);
  if (known !== undefined) return known;
  const written = Object.keys(map)
    .sort()
    .map((key) => bytesField(field.number, Buffer.concat(entry(field, key, String(map[key])))));
  MAPS.set(map, written);
  return written;
}

/** Key and value of one entry. */
export function entry({ kind }: FieldType, key: string, value: string): [Buffer, Buffer] {
  const text = Buffer.from(value);
  return [bytesField(1, Buffer.from(key)), bytesField(2, kind === 'map' ? text : bytesField(1, text))];
}

const MAGIC = Buffer.from('k8s\0', 'latin1');

/** runtime.Unknown behind its magic. */
export function unknownBytes(kind: string, object: Buffer): Buffer {
  const typeMeta = Buffer.concat([bytesField(1, Buffer.from('v1')), bytesField(2, Buffer.from(kind))]);
  return Buffer.concat([
    MAGIC,
    bytesField(1, typeMeta),
    bytesField(2, object),
    bytesField(3, EMPTY),
    bytesField(4, EMPTY),
  ]);
}

/** A WatchEvent with its length before it. */
export function protobufEvent(type: string, unknown: Buffer): Buffer {
  const body = Buffer.concat([bytesField(1, Buffer.from(type)), bytesField(2, bytesField(1, unknown))]);
  return Buffer.concat([prefixOf(body), body]);
}

function prefixOf(body: Buffer): Buffer {
  const prefix = Buffer.alloc(4);
  prefix.writeUInt32BE(body.length);
  return prefix;
}
