/** See {@link Codec.bookmark}. */
import { MAP_ENTRY, META, RAW_EXTENSION, UNKNOWN, WATCH_EVENT } from '../../resource/envelope.ts';
import { OBJECT_META } from '../../resource/object-meta.ts';
import type { Resource } from '../../resource/resource.ts';
import type { MessageType } from '../../resource/schema.ts';
import { wireShapeOf } from '../../resource/wire-shape.ts';
import { INITIAL_EVENTS_END } from '../watch-event.ts';
import { bytesField, EMPTY, framed, UNKNOWN_TAIL, unknownHead, varint } from './write.ts';

const END_MARK = bytesField(
  META.annotations,
  Buffer.concat([
    bytesField(MAP_ENTRY.key, Buffer.from(INITIAL_EVENTS_END)),
    bytesField(MAP_ENTRY.value, Buffer.from('true')),
  ]),
);

export function protobufBookmark(
  resource: Resource,
  resourceVersion: string,
  endsInitialEvents = false,
): Buffer {
  const plain = zeroProtobuf(OBJECT_META, { resourceVersion: Buffer.from(resourceVersion, 'latin1') });
  // Fields come in ascending order of their numbers. The annotations can be appended, because all fields of this
  // metadata, the resourceVersion and Go's zero values, have lower numbers.
  const metadata = endsInitialEvents ? Buffer.concat([plain, END_MARK]) : plain;
  const unknown = Buffer.concat([
    unknownHead(resource),
    bytesField(UNKNOWN.raw, zeroProtobuf(resource.schema, { metadata })),
    UNKNOWN_TAIL,
  ]);
  return framed([
    bytesField(WATCH_EVENT.type, Buffer.from('BOOKMARK')),
    bytesField(WATCH_EVENT.object, bytesField(RAW_EXTENSION.raw, unknown)),
  ]);
}

/**
 * The fields that generated marshallers write for a zero value: all but lists, maps and pointers, in the order of their
 * numbers.
 *
 * @param given payloads of the fields that are not zero
 */
function zeroProtobuf(type: MessageType, given: Readonly<Record<string, Buffer>> = {}): Buffer {
  const { own, embedded } = wireShapeOf(type);
  const written = Object.entries(own)
    // Bytes are a slice in Go, and a nil slice is not written.
    .filter(
      ([, { isList, isPointer, holds }]) => !isList && !isPointer && holds !== 'map' && holds !== 'bytes',
    )
    .map(([name, { number, holds, message = {} }]): [number, Buffer] => {
      if (holds === 'number') return [number, Buffer.concat([varint(number << 3), varint(0)])];
      return [
        number,
        bytesField(number, given[name] ?? (holds === 'message' ? zeroProtobuf(message) : EMPTY)),
      ];
    });
  for (const [number, inner] of embedded) written.push([number, bytesField(number, zeroProtobuf(inner))]);
  return Buffer.concat(written.sort(([a], [b]) => a - b).map(([, field]) => field));
}
