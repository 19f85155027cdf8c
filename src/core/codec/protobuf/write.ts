/** Writes the protobuf wire format (protobuf.dev/programming-guides/encoding), as generated marshallers do. */
import { MAGIC, TYPE_META, UNKNOWN } from '../../resource/envelope.ts';
import { apiVersionOf, type Resource } from '../../resource/resource.ts';

export const EMPTY = Buffer.alloc(0);

export function bytesField(field: number, payload: Buffer): Buffer {
  return Buffer.concat([headOf(field, payload.length), payload]);
}

/** The tag and the length of a length-delimited field. */
export function headOf(field: number, length: number): Buffer {
  return Buffer.concat([varint((field << 3) | 2), varint(length)]);
}

export function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 0x7f; rest >>>= 7) bytes.push((rest & 0x7f) | 0x80);
  return Buffer.from([...bytes, rest]);
}

/** The fields of a runtime.Unknown after `raw`. */
export const UNKNOWN_TAIL = Buffer.concat([
  bytesField(UNKNOWN.contentEncoding, EMPTY),
  bytesField(UNKNOWN.contentType, EMPTY),
]);

/** The magic and the fields of a runtime.Unknown before `raw`. */
export function unknownHead(resource: Resource, kind = resource.kind): Buffer {
  const typeMeta = Buffer.concat([
    bytesField(TYPE_META.apiVersion, Buffer.from(apiVersionOf(resource))),
    bytesField(TYPE_META.kind, Buffer.from(kind)),
  ]);
  return Buffer.concat([MAGIC, bytesField(UNKNOWN.typeMeta, typeMeta)]);
}

/** Joins the parts and puts their total length before them, in 4 bytes and big-endian. */
export function framed(parts: readonly Buffer[]): Buffer {
  const prefix = Buffer.alloc(4);
  prefix.writeUInt32BE(parts.reduce((sum, { length }) => sum + length, 0));
  return Buffer.concat([prefix, ...parts]);
}
