/** Frames and lists as decoders see them that are not ours. */
import type { TestEncoding } from '../../support/sieving.ts';
import { fieldsOf } from '../projection.ts';
import { decodeEvent, decodeObject } from '../protobuf-oracle.ts';
import { parseJsonSlowly } from '../slow-json.ts';

export interface DecodedEvent {
  readonly type: unknown;
  readonly kind: unknown;
  readonly apiVersion: unknown;
  readonly object: Readonly<Record<string, unknown>>;
}

interface Decoders {
  /** A whole frame, framing bytes included. @throws where it cannot be decoded */
  event(frame: Buffer): DecodedEvent;
  /** The body of a LIST response. @throws where it cannot be decoded */
  list(body: Buffer): Readonly<Record<string, unknown>>;
}

export const DECODERS: Readonly<Record<TestEncoding, Decoders>> = {
  json: {
    event(frame) {
      const { type, object } = fieldsOf(parsed(frame));
      const fields = fieldsOf(object);
      return { type, kind: fields['kind'], apiVersion: fields['apiVersion'], object: fields };
    },
    list: (body) => fieldsOf(parsed(body)),
  },
  protobuf: {
    event: (frame) => decodeEvent(frame.subarray(4)),
    list(body) {
      const { kind, apiVersion, object } = decodeObject(body, 'NodeList');
      return { kind, apiVersion, ...object };
    },
  },
};

/**
 * How Go begins a Node. What follows it, the scanner's shortcuts take for Go's as well (json-shortcuts.ts): that an
 * encoder writes each key once is what they rest on, so frames that begin so and have a key twice are not judged.
 */
const GO_LAYOUT = '{"kind":"Node","apiVersion":"v1","metadata":{"name":"';

function parsed(json: Buffer): unknown {
  const text = json.toString('utf8');
  const isGoLike = text.includes(GO_LAYOUT);
  if (text.includes('\\')) return parseJsonSlowly(text, !isGoLike);
  const value: unknown = JSON.parse(text);
  // Of a key that comes twice, one is gone when it is written again.
  return isGoLike && keys(text) > keys(JSON.stringify(value)) ? parseJsonSlowly(text, false) : value;
}

const keys = (text: string): number => text.split('":').length;
