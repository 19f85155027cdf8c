/** Frames like a given one: edits of the format's own parts, and of bytes. */
import type { TestEncoding } from '../../support/sieving.ts';
import { editedJson } from '../json-edit.ts';
import { mutate } from '../mutate.ts';
import { editedMessage } from '../protobuf-edit.ts';
import type { Random } from '../random.ts';

const JSON_WORDS = [
  ...[
    '"type"',
    '"object"',
    '"kind"',
    '"apiVersion"',
    '"metadata"',
    '"labels"',
    '"items"',
    '"continue"',
    '"name"',
  ],
  ...[
    '"ADDED"',
    '"MODIFIED"',
    '"DELETED"',
    '"BOOKMARK"',
    '"ERROR"',
    '"Node"',
    '"NodeList"',
    '"v1"',
    '"Table"',
  ],
  ...[
    'null',
    '{}',
    '[]',
    '""',
    '\\u0061',
    '\\ud800',
    '\\"',
    '\\',
    '\n',
    '\r\n',
    '\u0000',
    '\ufeff',
    '1e999',
    '-',
  ],
  ...[
    '"NetworkUnavailable"',
    '"True"',
    '"status"',
    '"conditions"',
    '"__proto__"',
    '"managedFields":[',
    ']},"spec":{',
  ],
  ...['{"kind":"Node","apiVersion":"v1","metadata":{"name":"', '"images":[', '}}}', '"uid"'],
].map((word) => Buffer.from(word));
const PROTOBUF_WORDS = [
  ...[
    [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01],
    [0xff, 0xff, 0xff, 0xff, 0x0f],
  ],
  ...[
    [0xff, 0xff, 0xff, 0xff, 0x7f],
    [0x80, 0x00],
    [0x0b, 0x0c],
    [0x0a, 0x00],
    [0x12, 0x00],
    [0x5a],
    [0x32, 0x00],
  ],
].map((bytes) => Buffer.from(bytes));
const PREFIX_BYTES = 4;

export const WORDS: Readonly<Record<TestEncoding, readonly Buffer[]>> = {
  json: JSON_WORDS,
  protobuf: [
    ...PROTOBUF_WORDS,
    ...['k8s\0', 'Node', 'v1', 'NodeList'].map((text) => Buffer.from(text, 'latin1')),
  ],
};

/** A frame with its framing, mostly right outside what was changed. */
export function variedFrame(
  encoding: TestEncoding,
  frame: Buffer,
  random: Random,
  others: readonly Buffer[],
): Buffer {
  if (encoding === 'json') {
    const edited = random.oneIn(2) ? editedJson(frame, random) : undefined;
    return edited === undefined || random.oneIn(6)
      ? mutate(edited ?? frame, random, JSON_WORDS, others)
      : edited;
  }
  const body = frame.subarray(PREFIX_BYTES);
  const edited = random.oneIn(4) ? undefined : editedMessage(body, random);
  const varied = edited ?? mutate(body, random, WORDS.protobuf, others);
  const prefix = Buffer.alloc(PREFIX_BYTES);
  prefix.writeUInt32BE(varied.length);
  return Buffer.concat([prefix, varied]);
}
