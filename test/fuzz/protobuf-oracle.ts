/**
 * Decodes protobuf frames by a library. The messages are described to it by their field numbers. Texts are bytes, so
 * that two which differ only in what is not UTF-8 stay two; a map is a list of entries, of which the last counts.
 */
import protobuf from 'protobufjs';
import { fieldsOf, listOf } from './projection.ts';

const { root } = protobuf.parse(`
  syntax = "proto2";
  message WatchEvent { optional bytes type = 1; optional Raw object = 2; }
  message Raw { optional bytes raw = 1; }
  message Unknown {
    optional TypeMeta typeMeta = 1; optional bytes raw = 2;
    optional bytes contentEncoding = 3; optional bytes contentType = 4;
  }
  message TypeMeta { optional bytes apiVersion = 1; optional bytes kind = 2; }
  message ListMeta { optional bytes resourceVersion = 2; optional bytes continue = 3; }
  message NodeList { optional ListMeta metadata = 1; repeated Node items = 2; }
  message Node { optional Meta metadata = 1; optional Spec spec = 2; optional Status status = 3; }
  message Time { optional int64 seconds = 1; optional int32 nanos = 2; }
  message Entry { optional bytes key = 1; optional bytes value = 2; }
  message QuantityEntry { optional bytes key = 1; optional Quantity value = 2; }
  message Quantity { optional bytes string = 1; }
  message Meta {
    optional bytes name = 1; optional bytes generateName = 2; optional bytes namespace = 3;
    optional bytes selfLink = 4; optional bytes uid = 5; optional bytes resourceVersion = 6;
    optional int64 generation = 7; optional Time creationTimestamp = 8; optional Time deletionTimestamp = 9;
    optional int64 deletionGracePeriodSeconds = 10; repeated Entry labels = 11; repeated Entry annotations = 12;
    repeated Owner ownerReferences = 13; repeated bytes finalizers = 14; repeated bytes managedFields = 17;
  }
  message Owner {
    optional bytes kind = 1; optional bytes name = 3; optional bytes uid = 4; optional bytes apiVersion = 5;
    optional bool controller = 6; optional bool blockOwnerDeletion = 7;
  }
  message Spec {
    optional bytes podCIDR = 1; optional bytes externalID = 2; optional bytes providerID = 3;
    optional bool unschedulable = 4; repeated Taint taints = 5; repeated bytes podCIDRs = 7;
  }
  message Taint { optional bytes key = 1; optional bytes value = 2; optional bytes effect = 3; optional Time timeAdded = 4; }
  message Status {
    repeated QuantityEntry capacity = 1; repeated QuantityEntry allocatable = 2; optional bytes phase = 3;
    repeated Condition conditions = 4; repeated Address addresses = 5; optional Info nodeInfo = 7;
    repeated Image images = 8;
  }
  message Condition {
    optional bytes type = 1; optional bytes status = 2; optional Time lastHeartbeatTime = 3;
    optional Time lastTransitionTime = 4; optional bytes reason = 5; optional bytes message = 6;
  }
  message Address { optional bytes type = 1; optional bytes address = 2; }
  message Info { optional bytes machineID = 1; optional bytes systemUUID = 2; optional bytes kernelVersion = 4; }
  message Image { repeated bytes names = 1; optional int64 sizeBytes = 2; }
`);

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
