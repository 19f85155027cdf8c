/**
 * What a client decodes of a frame: JSON by JSON.parse, protobuf by a library. Nothing here knows how the product reads.
 * Texts of protobuf stay bytes, so that two which differ only in what is not UTF-8 stay two.
 */
import protobuf from 'protobufjs';
import { parseJsonSlowly } from '../fuzz/slow-json.ts';
import { NODE_PROTO } from '../support/node-proto.ts';
import { type Fields, fieldsOf, isFields, listOf, own } from './values.ts';

export interface DecodedObject {
  /**
   * The object, as each kind of decoder reads it: where a key of JSON comes twice, the last one counts, or, as with Go,
   * objects are merged.
   */
  readonly readings: readonly Fields[];
}

export interface DecodedEvent extends DecodedObject {
  readonly type: string;
}

export interface DecodedList {
  readonly resourceVersion: string;
  readonly items: readonly DecodedObject[];
}

/** Of a whole frame, framing bytes included. @throws where no decoder reads it */
export function decodeEvent(encoding: 'json' | 'protobuf', frame: Buffer, mayRepeat: boolean): DecodedEvent {
  if (encoding === 'json') {
    const events = parsed(frame, mayRepeat).map(fieldsOf);
    return { type: String(events[0]?.['type']), readings: events.map(({ object }) => fieldsOf(object)) };
  }
  const { type, object } = fieldsOf(EVENT.decode(frame.subarray(4)));
  return { type: textOf(type), readings: [objectOf(own(fieldsOf(object), 'raw'), NODE)] };
}

/** Of the body of a LIST. @throws where no decoder reads it */
export function decodeList(encoding: 'json' | 'protobuf', body: Buffer, mayRepeat: boolean): DecodedList {
  if (encoding === 'json') {
    const lists = parsed(body, mayRepeat).map(fieldsOf);
    const items = listOf(lists[0]?.['items']).map((_item, i) => ({
      readings: lists.map((list) => fieldsOf(listOf(list['items'])[i])),
    }));
    return { resourceVersion: String(fieldsOf(lists[0]?.['metadata'])['resourceVersion']), items };
  }
  const list = objectOf(body, LIST);
  return {
    resourceVersion: textOf(own(fieldsOf(list['metadata']), 'resourceVersion')),
    items: listOf(list['items']).map((item) => ({ readings: [fieldsOf(item)] })),
  };
}

/** A text as it is decoded; bytes that are no UTF-8 are told apart from all that are. */
export function textOf(value: unknown): string {
  if (!Buffer.isBuffer(value)) return typeof value === 'string' ? value : '';
  const text = value.toString('utf8');
  return text.includes('\ufffd') && !Buffer.from(text).equals(value)
    ? `\u0000${value.toString('latin1')}`
    : text;
}

/** An escape in a key, which V8 13.6 does not always read rightly (test/fuzz/slow-json.ts). */
const ESCAPE_IN_KEY = /[{,][ \t\r]*"[^"\\]*(?:\\.[^"\\]*)+"[ \t\r]*:/;

function parsed(json: Buffer, mayRepeat: boolean): unknown[] {
  const text = json.toString('utf8');
  if (mayRepeat) return [parseJsonSlowly(text), parseJsonSlowly(text, true, merged)];
  return [ESCAPE_IN_KEY.test(text) ? parseJsonSlowly(text) : (JSON.parse(text) as unknown)];
}

/** As Go reads an object into a struct: of a key that comes twice, both values, where they are objects. */
function merged(entries: readonly (readonly [string, unknown])[]): unknown {
  const object: Record<string, unknown> = {};
  for (const [key, value] of entries) {
    const before = own(object, key);
    const isKept = before !== undefined && value === null;
    const now =
      isFields(before) && isFields(value)
        ? merged([...Object.entries(before), ...Object.entries(value)])
        : value;
    Object.defineProperty(object, key, {
      value: isKept ? before : now,
      enumerable: true,
      writable: true,
      configurable: true,
    });
  }
  return object;
}

/** Fields of a newer API, which keep what the product has to skip, or to compare without knowing it. */
const NEWER = `
  repeated bytes newText = 900; repeated int64 newNumber = 901; repeated fixed64 newLong = 902; repeated fixed32 newShort = 903; }
`;
const { root } = protobuf.parse(
  NODE_PROTO.replace(/\bstring (?!=)/g, 'bytes ').replace(/\}\s*(?=message|$)/g, NEWER),
  {
    keepCase: true,
  },
);
const [EVENT, UNKNOWN, NODE, LIST] = ['WatchEvent', 'Unknown', 'Node', 'NodeList'].map((name) =>
  root.lookupType(name),
) as [protobuf.Type, protobuf.Type, protobuf.Type, protobuf.Type];

function objectOf(raw: unknown, type: protobuf.Type): Fields {
  if (!Buffer.isBuffer(raw) || raw.toString('latin1', 0, 4) !== 'k8s\0') throw new Error('no magic');
  const unknown = fieldsOf(UNKNOWN.decode(raw.subarray(4)));
  return fieldsOf(type.decode(unknown['raw'] as Buffer));
}
