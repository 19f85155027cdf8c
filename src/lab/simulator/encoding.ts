/**
 * The two encodings the simulator speaks, for bodies and for watch frames. Byte for byte what
 * kube-apiserver 1.37 sends; the tests prove it against recorded streams.
 */
import type { ApiObject, StatusObject } from './api-object.ts';
import { type Kind, NODE } from './kind.ts';
import { groupVersionOf } from './resource-names.ts';
import { encodeBody, encodeListBody, encodeStatusBody, encodeWatchFrame } from './protobuf-body.ts';

/** A wire encoding of the Kubernetes API. */
export type Encoding = 'json' | 'protobuf';

/** The types of watch events. */
export type EventType = 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';

/** One encoding of one kind: how each sort of answer becomes bytes, and how it is announced. */
export interface Encoder<O extends ApiObject = ApiObject> {
  readonly contentType: string;
  /** Spelled without a space before `;stream=watch`; JSON has no parameter at all. */
  readonly watchContentType: string;
  object(object: O): Buffer;
  /** `next` is the token of the next page. */
  list(resourceVersion: string, objects: readonly O[], next?: string): Buffer;
  frame(type: EventType, object: O): Buffer;
  status(status: StatusObject): Buffer;
  statusFrame(status: StatusObject): Buffer;
}

export type Encoders<O extends ApiObject = ApiObject> = Readonly<Record<Encoding, Encoder<O>>>;

function jsonOf<O extends ApiObject>({ resource }: Kind<O>): Encoder<O> {
  const { kind } = resource;
  const apiVersion = groupVersionOf(resource);
  return {
    contentType: 'application/json',
    watchContentType: 'application/json',
    object: (object) => jsonLine({ kind, apiVersion, ...object }),
    list: (resourceVersion, items, next = '') => {
      const metadata = next === '' ? { resourceVersion } : { resourceVersion, continue: next };
      return jsonLine({ kind: `${kind}List`, apiVersion, metadata, items });
    },
    frame: (type, object) => jsonLine({ type, object: { kind, apiVersion, ...object } }),
    status: (status) => jsonLine(typedStatus(status)),
    statusFrame: (status) => jsonLine({ type: 'ERROR', object: typedStatus(status) }),
  };
}

function protobufOf<O extends ApiObject>(kind: Kind<O>): Encoder<O> {
  return {
    contentType: 'application/vnd.kubernetes.protobuf',
    watchContentType: 'application/vnd.kubernetes.protobuf;stream=watch',
    object: (object) => encodeBody(kind, object),
    list: (resourceVersion, objects, next) => encodeListBody(kind, resourceVersion, objects, next),
    frame: (type, object) => encodeWatchFrame(type, encodeBody(kind, object)),
    status: encodeStatusBody,
    statusFrame: (status) => encodeWatchFrame('ERROR', encodeStatusBody(status)),
  };
}

const BY_KIND = new WeakMap<Kind, Encoders>();

/** Made once for each kind. */
export function encodersOf<O extends ApiObject>(kind: Kind<O>): Encoders<O> {
  let encoders = BY_KIND.get(kind);
  if (encoders === undefined)
    BY_KIND.set(kind, (encoders = { json: jsonOf(kind), protobuf: protobufOf(kind) }));
  return encoders;
}

/** Those of Nodes. */
export const ENCODERS = encodersOf(NODE);

function typedStatus(status: StatusObject): object {
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message: status.message,
    reason: status.reason,
    details: status.details,
    code: status.code,
  };
}

/** Go's encoding/json escapes these inside strings, and they occur nowhere else in JSON. */
const ESCAPED_BY_GO = /[<>&\u2028\u2029]/g;

/** Go's Encoder ends each value with a newline. */
function jsonLine(value: unknown): Buffer {
  const text = JSON.stringify(value).replace(
    ESCAPED_BY_GO,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  return Buffer.from(`${text}\n`);
}
