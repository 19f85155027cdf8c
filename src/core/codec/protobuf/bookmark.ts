/** See {@link Codec.bookmark}. */
import { MAGIC, RAW_EXTENSION, TYPE_META, UNKNOWN, WATCH_EVENT } from '../../resource/envelope.ts';
import { OBJECT_META } from '../../resource/object-meta.ts';
import { apiVersionOf, type Resource } from '../../resource/resource.ts';
import { type MessageType } from '../../resource/schema.ts';

export function protobufBookmark(resource: Resource, resourceVersion: string): Buffer {
  const metadata = zeroProtobuf(OBJECT_META, { resourceVersion: Buffer.from(resourceVersion, 'latin1') });
  const typeMeta = Buffer.concat([
    bytes(TYPE_META.apiVersion, Buffer.from(apiVersionOf(resource))),
    bytes(TYPE_META.kind, Buffer.from(resource.kind)),
  ]);
  const unknown = Buffer.concat([
    MAGIC,
    bytes(UNKNOWN.typeMeta, typeMeta),
    bytes(UNKNOWN.raw, zeroProtobuf(resource.schema, { metadata })),
    bytes(UNKNOWN.contentEncoding, EMPTY),
    bytes(UNKNOWN.contentType, EMPTY),
  ]);
  const event = Buffer.concat([
    bytes(WATCH_EVENT.type, Buffer.from('BOOKMARK')),
    bytes(WATCH_EVENT.object, bytes(RAW_EXTENSION.raw, unknown)),
  ]);
  const prefix = Buffer.alloc(4);
  prefix.writeUInt32BE(event.length);
  return Buffer.concat([prefix, event]);
}

/**
 * What generated marshallers write of a zero value: all but lists, maps and pointers, by number.
 *
 * @param given payloads of fields that are not zero
 */
function zeroProtobuf(type: MessageType, given: Readonly<Record<string, Buffer>> = {}): Buffer {
  const written = Object.entries(type)
    .filter(([, { isList, isPointer, holds }]) => !isList && !isPointer && holds !== 'map')
    .sort(([, a], [, b]) => a.number - b.number)
    .map(([name, { number, holds, message = {} }]) => {
      if (holds === 'number') return Buffer.concat([varint(number << 3), varint(0)]);
      return bytes(number, given[name] ?? (holds === 'message' ? zeroProtobuf(message) : EMPTY));
    });
  return Buffer.concat(written);
}

const EMPTY = Buffer.alloc(0);

/** A length-delimited field. */
function bytes(field: number, payload: Buffer): Buffer {
  return Buffer.concat([varint((field << 3) | 2), varint(payload.length), payload]);
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 0x7f; rest >>>= 7) bytes.push((rest & 0x7f) | 0x80);
  return Buffer.from([...bytes, rest]);
}
