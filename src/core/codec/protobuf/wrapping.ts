/** See ../wrapping.ts. The body is the message of the object: `raw` of an Unknown in an event, or an item of a list. */
import { beginsWith } from '../bytes.ts';
import { LIST, LIST_META, RAW_EXTENSION, UNKNOWN, WATCH_EVENT } from '../../resource/envelope.ts';
import type { Resource } from '../../resource/resource.ts';
import { ProtobufReader, UNDECODABLE } from './reader.ts';
import type { Wrapping } from '../wrapping.ts';
import { bytesField, EMPTY, framed, headOf, UNKNOWN_TAIL, unknownHead } from './write.ts';

const LENGTH_PREFIX_BYTES = 4;
/** Field number of ListMeta.selfLink. The field is always written and always empty. */
const SELF_LINK = 1;

export function protobufWrapping(resource: Resource): Wrapping {
  const object = unknownHead(resource);
  const list = unknownHead(resource, `${resource.kind}List`);
  const types = {
    ADDED: bytesField(WATCH_EVENT.type, Buffer.from('ADDED')),
    MODIFIED: bytesField(WATCH_EVENT.type, Buffer.from('MODIFIED')),
  };
  const reader = new ProtobufReader();
  return {
    bodyInFrame(bytes, start, end) {
      reader.reset(bytes);
      try {
        return bodyIn(reader, bytes, start + LENGTH_PREFIX_BYTES, end, object);
      } catch (error) {
        if (error !== UNDECODABLE) throw error;
        return undefined;
      }
    },
    bodyInItem: (bytes, start, end) => bytes.subarray(start, end),
    frame(type, body) {
      const raw = headOf(UNKNOWN.raw, body.length);
      const unknown = object.length + raw.length + body.length + UNKNOWN_TAIL.length;
      const extension = headOf(RAW_EXTENSION.raw, unknown);
      const event = headOf(WATCH_EVENT.object, extension.length + unknown);
      return framed([types[type], event, extension, object, raw, body, UNKNOWN_TAIL]);
    },
    list(resourceVersion, bodies) {
      const meta = Buffer.concat([
        bytesField(SELF_LINK, EMPTY),
        bytesField(LIST_META.resourceVersion, Buffer.from(resourceVersion, 'latin1')),
        bytesField(LIST_META.continue, EMPTY),
      ]);
      const pieces: Buffer[] = [bytesField(LIST.metadata, meta)];
      for (const body of bodies) pieces.push(headOf(LIST.items, body.length), body);
      const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
      return [list, headOf(UNKNOWN.raw, length), ...pieces, UNKNOWN_TAIL];
    },
  };
}

/**
 * Finds the body in an event. The event must consist of the parts that kube-apiserver writes, without bytes between or
 * after these parts.
 */
function bodyIn(
  reader: ProtobufReader,
  bytes: Buffer,
  start: number,
  end: number,
  head: Buffer,
): Buffer | undefined {
  const enter = (field: number, at: number, limit: number): void => {
    if (reader.next(at, limit) !== limit || reader.field !== field) throw UNDECODABLE;
  };
  let at = reader.next(start, end);
  if (reader.field !== WATCH_EVENT.type) return undefined;
  enter(WATCH_EVENT.object, at, end);
  enter(RAW_EXTENSION.raw, reader.start, reader.end);
  const tail = reader.end - UNKNOWN_TAIL.length;
  if (!beginsWith(bytes, reader.start, tail, head) || !beginsWith(bytes, tail, reader.end, UNKNOWN_TAIL))
    return undefined;
  at = reader.start + head.length;
  enter(UNKNOWN.raw, at, tail);
  return bytes.subarray(reader.start, reader.end);
}
