/**
 * Changes a protobuf message as a message: a field twice, elsewhere, under another number, in two halves, unknown ones
 * between; then every length is right again. What edits of bytes almost never do.
 */
import { varint } from '../support/encode.ts';
import type { Random } from './random.ts';

interface Field {
  number: number;
  wire: number;
  /** Of a length-delimited one that reads as a message. */
  children: Field[] | undefined;
  payload: Buffer;
  /** Needless bytes in the length, and in the tag. */
  padding: number;
}

const MAX_DEPTH = 8;
const MAGIC = Buffer.from('k8s\0', 'latin1');

/** @returns undefined where the bytes are no message */
export function editedMessage(bytes: Buffer, random: Random): Buffer | undefined {
  const fields = read(bytes, 0);
  if (fields === undefined || fields.length === 0) return undefined;
  for (let times = 1 + random.below(2); times > 0; times--) edit(random, fields);
  return write(fields);
}

function edit(random: Random, root: Field[]): void {
  let list = root;
  // Deeper in most cases: the envelope is small.
  for (let depth = 0; depth < MAX_DEPTH; depth++) {
    const below = list.filter(({ children }) => children !== undefined && children.length > 0);
    if (below.length === 0 || random.oneIn(6)) break;
    list = random.pick(below).children ?? list;
  }
  const at = random.below(list.length);
  const field = list[at];
  if (field === undefined) return;
  switch (random.below(12)) {
    case 0:
      list.splice(random.below(list.length + 1), 0, structuredCloneOf(field));
      break;
    case 1:
      list.splice(at, 1);
      break;
    case 2:
      list.splice(random.below(list.length), 0, ...list.splice(at, 1));
      break;
    case 3:
      field.number = Math.max(1, field.number + random.pick([-1, 1, 2, 15, 1000]));
      break;
    case 4:
      field.padding = 1 + random.below(9);
      break;
    case 5:
      list.splice(random.below(list.length + 1), 0, unknown(random));
      break;
    case 6:
      halve(random, list, at, field);
      break;
    case 7:
      swapPayload(random, list, field);
      break;
    case 8:
      field.children = undefined;
      field.payload = random.oneIn(2) ? Buffer.alloc(0) : random.bytes(random.below(6));
      break;
    case 9:
      field.wire = random.below(8);
      break;
    case 10:
      list.splice(at, 1, ...(field.children ?? [field]));
      break;
    default:
      if (field.payload.length > 0) field.payload[random.below(field.payload.length)] = random.next() & 0xff;
      break;
  }
}

/** One message in two occurrences: to a decoder they are one again. */
function halve(random: Random, list: Field[], at: number, field: Field): void {
  if (field.children === undefined) return;
  const cut = random.below(field.children.length + 1);
  const second = { ...field, children: field.children.splice(cut) };
  list.splice(at + 1 + random.below(list.length - at), 0, second);
}

function swapPayload(random: Random, list: Field[], field: Field): void {
  const other = random.pick(list);
  [field.payload, other.payload] = [other.payload, field.payload];
  [field.children, other.children] = [other.children, field.children];
}

function unknown(random: Random): Field {
  const number = random.pick([1, 2, 3, 4, 15, 16, 99, 900, 2 ** 29 - 1]);
  const wire = random.pick([0, 1, 2, 3, 4, 5]);
  const payloads = [varint(random.pick([-1, 0, 1, 2 ** 40])), random.bytes(8), random.bytes(random.below(5))];
  // A group is an opening tag, here with its closing one as payload.
  const payload =
    wire === 3
      ? varint(number * 8 + 4)
      : wire === 4
        ? Buffer.alloc(0)
        : wire === 5
          ? random.bytes(4)
          : payloads[wire];
  return { number, wire, children: undefined, payload: payload ?? Buffer.alloc(0), padding: 0 };
}

function structuredCloneOf(field: Field): Field {
  return {
    ...field,
    payload: Buffer.from(field.payload),
    children: field.children?.map(structuredCloneOf),
  };
}

function read(bytes: Buffer, depth: number): Field[] | undefined {
  if (depth > MAX_DEPTH) return undefined;
  const isMagic = bytes.subarray(0, 4).equals(MAGIC);
  const fields: Field[] = isMagic
    ? [{ number: 0, wire: -1, children: undefined, payload: MAGIC, padding: 0 }]
    : [];
  for (let at = isMagic ? 4 : 0; at < bytes.length;) {
    const tag = readVarint(bytes, at);
    if (tag === undefined || tag.value < 8) return undefined;
    const wire = tag.value % 8;
    const number = Math.floor(tag.value / 8);
    const start = tag.end;
    if (wire === 2) {
      const length = readVarint(bytes, start);
      if (length === undefined || length.end + length.value > bytes.length) return undefined;
      const payload = Buffer.from(bytes.subarray(length.end, length.end + length.value));
      const children = payload.length === 0 ? [] : read(payload, depth + 1);
      fields.push({ number, wire, children, payload, padding: 0 });
      at = length.end + length.value;
    } else if (wire === 0 || wire === 1 || wire === 5) {
      const end = wire === 0 ? readVarint(bytes, start)?.end : start + (wire === 1 ? 8 : 4);
      if (end === undefined || end > bytes.length) return undefined;
      fields.push({
        number,
        wire,
        children: undefined,
        payload: Buffer.from(bytes.subarray(start, end)),
        padding: 0,
      });
      at = end;
    } else return undefined;
  }
  return fields;
}

function readVarint(bytes: Buffer, at: number): { value: number; end: number } | undefined {
  let value = 0;
  for (let i = 0; i < 10; i++) {
    const byte = bytes[at + i];
    if (byte === undefined) return undefined;
    value += (byte & 0x7f) * 2 ** (7 * i);
    if (byte < 0x80) return { value, end: at + i + 1 };
  }
  return undefined;
}

function write(fields: readonly Field[]): Buffer {
  return Buffer.concat(
    fields.flatMap(({ number, wire, children, payload, padding }) => {
      if (wire === -1) return [payload];
      const body = children === undefined ? payload : write(children);
      const tag = padded(varint(number * 8 + wire), padding > 5 ? padding - 5 : 0);
      return wire === 2 ? [tag, padded(varint(body.length), padding), body] : [tag, body];
    }),
  );
}

/** The same number in more bytes than it needs. */
function padded(number: Buffer, by: number): Buffer {
  if (by === 0) return number;
  const longer = Buffer.concat([number, Buffer.alloc(by, 0x80)]);
  longer[number.length - 1] = (number[number.length - 1] ?? 0) | 0x80;
  longer[longer.length - 1] = 0;
  return longer;
}
