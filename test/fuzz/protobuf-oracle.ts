/**
 * Decodes protobuf frames by a library. Texts are bytes, so that two which differ only in what is not UTF-8 stay two; a map
 * is a list of entries, of which the last counts.
 */
import protobuf from 'protobufjs';
import { NODE_PROTO } from '../support/node-proto.ts';
import { fieldsOf, listOf } from './projection.ts';

const { root } = protobuf.parse(NODE_PROTO.replace(/\bstring (?!=)/g, 'bytes '), { keepCase: true });

const MAGIC = 'k8s\0';
const MAPS = ['labels', 'annotations', 'capacity', 'allocatable'];

/** An object of a stated kind, texts as latin1. */
export interface Decoded {
  readonly kind: unknown;
  readonly apiVersion: unknown;
  readonly object: Readonly<Record<string, unknown>>;
}

/** A watch frame without its length. @throws where the library cannot read it, or its parts are not what they must be */
export function decodeEvent(body: Buffer): Decoded & { readonly type: unknown } {
  const { type, object } = fieldsOf(decoded('WatchEvent', body));
  return { type: type ?? '', ...decodeObject(bytesOf(fieldsOf(object)['raw']), 'Node') };
}

/** A runtime.Unknown behind its magic, and what it holds, read as this message. @throws as {@link decodeEvent} */
export function decodeObject(bytes: Buffer, message: 'Node' | 'NodeList'): Decoded {
  if (bytes.toString('latin1', 0, 4) !== MAGIC) throw new Error('no magic');
  const {
    typeMeta,
    raw,
    contentEncoding = '',
    contentType = '',
  } = fieldsOf(decoded('Unknown', bytes.subarray(4)));
  if (contentEncoding !== '' || contentType !== '') throw new Error('encoded in some other way');
  const { kind = '', apiVersion = '' } = fieldsOf(typeMeta);
  return { kind, apiVersion, object: fieldsOf(decoded(message, bytesOf(raw ?? ''))) };
}

function bytesOf(text: unknown): Buffer {
  if (typeof text !== 'string') throw new Error('not there');
  return Buffer.from(text, 'latin1');
}

function decoded(message: string, bytes: Buffer): unknown {
  return plain(root.lookupType(message).decode(bytes));
}

/** Own fields only, without the library's classes; lists of entries made maps. */
function plain(value: unknown): unknown {
  if (Buffer.isBuffer(value)) return value.toString('latin1');
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, child]: [string, unknown]) => [
      name,
      MAPS.includes(name) ? mapOf(child) : plain(child),
    ]),
  );
}

function mapOf(entries: unknown): unknown {
  return Object.fromEntries(
    listOf(plain(entries)).map((entry) => {
      const { key = '', value = '' } = fieldsOf(entry);
      return [String(key), value];
    }),
  );
}

/** The Node alone in a watch frame. @throws as {@link decodeEvent} */
export function nodeBytes(frame: Buffer): Buffer {
  const { object } = fieldsOf(decoded('WatchEvent', frame.subarray(4)));
  const { raw } = fieldsOf(decoded('Unknown', bytesOf(fieldsOf(object)['raw']).subarray(MAGIC.length)));
  return bytesOf(raw);
}
