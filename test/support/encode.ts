/**
 * Watch frames from plain objects: JSON as Go spells it, and protobuf by the field numbers that the tests know for
 * themselves (node-proto.ts), optionally with every freedom that the formats leave: order, spelling, unknown fields.
 */
import { type FieldType, type MessageType, messageType } from './node-proto.ts';

/** Chooses one of `n` ways; a source of chance that tests replay by seed. */
export type Choose = (n: number) => number;
const inOrder: Choose = (n) => n - 1;

const MAGIC = Buffer.from('k8s\0', 'latin1');

export function jsonFrame(type: string, object: unknown): Buffer {
  return Buffer.from(`${escapedLikeGo(JSON.stringify({ type, object }))}\n`);
}

/** A list of objects of this kind. */
export function jsonList(
  resourceVersion: string,
  objects: readonly Typed[],
  { kind, apiVersion }: Typed,
): Buffer {
  const items = objects.map(({ kind: _kind, apiVersion: _version, ...item }) => item);
  const list = { kind: `${kind}List`, apiVersion, metadata: { resourceVersion }, items };
  return Buffer.from(`${escapedLikeGo(JSON.stringify(list))}\n`);
}

/** encoding/json escapes these (SetEscapeHTML and the JavaScript line separators). */
export function escapedLikeGo(json: string): string {
  return json.replace(
    /[<>&\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** The same JSON value, spelled some other way: keys in another order, white space, escapes. */
export function respelled(value: unknown, choose: Choose): string {
  const space = (): string => [' ', '', '\t', '  '][choose(4)] ?? '';
  if (typeof value === 'string') return respelledString(value, choose);
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (Array.isArray(value))
    return `[${value.map((item) => space() + respelled(item, choose) + space()).join(',')}]`;
  const entries = shuffled(Object.entries(value), choose);
  return `{${entries
    .map(
      ([key, child]) =>
        `${space()}${respelledString(key, choose)}${space()}:${space()}${respelled(child, choose)}`,
    )
    .join(',')}}`;
}

function respelledString(text: string, choose: Choose): string {
  let out = '"';
  for (let i = 0; i < text.length; i++) {
    const plain = JSON.stringify(text[i]).slice(1, -1);
    // Surrogates are spelled out in pairs, or stay a pair.
    const escape = choose(5) === 1 && !/[\ud800-\udfff]/.test(text[i] ?? '');
    out += escape
      ? `\\u${text.charCodeAt(i).toString(16).padStart(4, '0')}`
      : plain.length > 1
        ? plain
        : (text[i] ?? '');
  }
  return `${out}"`;
}

export function shuffled<T>(items: readonly T[], choose: Choose): T[] {
  const out = [...items];
  for (let i = out.length - 1; i > 0; i--) {
    const j = choose(i + 1);
    const a = out[i];
    const b = out[j];
    if (a !== undefined && b !== undefined) [out[i], out[j]] = [b, a];
  }
  return out;
}

interface Typed {
  readonly kind: string;
  readonly apiVersion: string;
}

/** See {@link jsonList}. */
export function protobufList(
  resourceVersion: string,
  objects: readonly Typed[],
  { kind, apiVersion }: Typed,
): Buffer {
  const items = objects.map(({ kind: _kind, apiVersion: _version, ...item }) =>
    bytesField(2, message(item, messageOf(kind), inOrder)),
  );
  const list = Buffer.concat([bytesField(1, stringField(2, resourceVersion)), ...items]);
  return unknownOf({ kind: `${kind}List`, apiVersion }, list, inOrder);
}

/** A runtime.Unknown behind its magic. */
function unknownOf({ kind, apiVersion }: Typed, raw: Buffer, choose: Choose): Buffer {
  return Buffer.concat([
    MAGIC,
    ...shuffled(
      [
        bytesField(1, Buffer.concat([stringField(1, apiVersion), stringField(2, kind)])),
        bytesField(2, raw),
        bytesField(3, Buffer.alloc(0)),
        bytesField(4, Buffer.alloc(0)),
      ],
      choose,
    ),
  ]);
}

/** @param choose also picks orders of fields and places unknown ones; by default all is as the server sends it */
export function protobufFrame(type: string, object: Typed, choose: Choose = inOrder): Buffer {
  const { kind, apiVersion: _version, ...fields } = object;
  const unknown = unknownOf(object, message(fields, messageOf(kind), choose), choose);
  const body = Buffer.concat(shuffled([stringField(1, type), bytesField(2, bytesField(1, unknown))], choose));
  const prefix = Buffer.alloc(4);
  prefix.writeUInt32BE(body.length);
  return Buffer.concat([prefix, body]);
}

const KINDS = ['Lease', 'Pod', 'EndpointSlice'];

/** Whatever is of another kind is encoded as a Node would be. */
function messageOf(kind: string): MessageType {
  return messageType(KINDS.includes(kind) ? kind : 'Node');
}

function message(value: object, type: MessageType, choose: Choose): Buffer {
  // Fields of one number keep their order, whatever lies between them: lists count in their order.
  const byNumber = Object.entries(value)
    .filter(([, child]) => child !== undefined)
    .map(([name, child]) => {
      const field = type.byName.get(name);
      if (field === undefined) throw new Error(`no such field: ${name}`);
      return fieldsOf(field, child, choose);
    });
  if (choose(4) === 1) byNumber.push([bytesField(900, Buffer.from('from a newer server'))]);
  return Buffer.concat(shuffled(byNumber, choose).flat());
}

function fieldsOf(field: FieldType, value: unknown, choose: Choose): Buffer[] {
  const { number, kind, message: type } = field;
  if (Array.isArray(value)) return value.flatMap((item) => fieldsOf(field, item, choose));
  if (typeof value === 'string' && kind === 'time')
    return [bytesField(number, varintField(1, Date.parse(value) / 1000))];
  if (typeof value === 'string') return [stringField(number, value)];
  if (typeof value === 'number' || typeof value === 'boolean') return [varintField(number, Number(value))];
  if (typeof value !== 'object' || value === null) throw new Error(`cannot encode ${field.name}`);
  if (type !== undefined) return [bytesField(number, message(value, type, choose))];
  if (kind === 'fields') return [bytesField(number, stringField(1, JSON.stringify(value)))];
  return shuffled(Object.entries(value), choose).map(([key, text]) =>
    bytesField(
      number,
      Buffer.concat(
        shuffled(
          [
            stringField(1, key),
            kind === 'quantities'
              ? bytesField(2, stringField(1, String(text)))
              : stringField(2, String(text)),
          ],
          choose,
        ),
      ),
    ),
  );
}

export function varint(value: number): Buffer {
  if (value >= 0 && value < 0x80) return Buffer.from([value]);
  if (value >= 0 && value < 0x4000) return Buffer.from([(value & 0x7f) | 0x80, value >>> 7]);
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  while (rest > 127n) {
    bytes.push(Number(rest & 127n) | 128);
    rest >>= 7n;
  }
  return Buffer.from([...bytes, Number(rest)]);
}
export const bytesField = (number: number, payload: Buffer): Buffer =>
  Buffer.concat([varint(number * 8 + 2), varint(payload.length), payload]);
export const stringField = (number: number, text: string): Buffer => bytesField(number, Buffer.from(text));
export const varintField = (number: number, value: number): Buffer =>
  Buffer.concat([varint(number * 8), varint(value)]);
