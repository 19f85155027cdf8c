/**
 * The two encodings the simulator speaks, for bodies and for watch frames. Byte for byte what
 * kube-apiserver 1.37 sends; the tests prove it against recorded streams.
 */
import { encodeNodeBody, encodeNodeListBody, encodeStatusBody, encodeWatchFrame } from './protobuf-body.ts';
import type { NodeObject, StatusObject } from './node-object.ts';

/** A wire encoding of the Kubernetes API. */
export type Encoding = 'json' | 'protobuf';

/** The types of watch events. */
export type EventType = 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';

/** One encoding: how each kind of answer becomes bytes, and how it is announced. */
export interface Encoder {
  readonly contentType: string;
  /** Spelled without a space before `;stream=watch`; JSON has no parameter at all. */
  readonly watchContentType: string;
  node(node: NodeObject): Buffer;
  /** `next` is the token of the next page. */
  nodeList(resourceVersion: string, nodes: readonly NodeObject[], next?: string): Buffer;
  status(status: StatusObject): Buffer;
  nodeFrame(type: EventType, node: NodeObject): Buffer;
  statusFrame(status: StatusObject): Buffer;
}

const json: Encoder = {
  contentType: 'application/json',
  watchContentType: 'application/json',
  node: (node) => jsonLine(typedNode(node)),
  nodeList: (resourceVersion, items, next = '') => {
    const metadata = next === '' ? { resourceVersion } : { resourceVersion, continue: next };
    return jsonLine({ kind: 'NodeList', apiVersion: 'v1', metadata, items });
  },
  status: (status) => jsonLine(typedStatus(status)),
  nodeFrame: (type, node) => jsonLine({ type, object: typedNode(node) }),
  statusFrame: (status) => jsonLine({ type: 'ERROR', object: typedStatus(status) }),
};

const protobuf: Encoder = {
  contentType: 'application/vnd.kubernetes.protobuf',
  watchContentType: 'application/vnd.kubernetes.protobuf;stream=watch',
  node: encodeNodeBody,
  nodeList: encodeNodeListBody,
  status: encodeStatusBody,
  nodeFrame: (type, node) => encodeWatchFrame(type, encodeNodeBody(node)),
  statusFrame: (status) => encodeWatchFrame('ERROR', encodeStatusBody(status)),
};

/** The encoders by name. */
export const ENCODERS: Readonly<Record<Encoding, Encoder>> = { json, protobuf };

function typedNode(node: NodeObject): object {
  return { kind: 'Node', apiVersion: 'v1', ...node };
}

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
