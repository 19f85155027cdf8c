/**
 * Encodes a BOOKMARK for a Node watch, byte for byte as kube-apiserver 1.34 and later does: an empty Node with only a
 * resourceVersion, and what Go writes for zero values. The one thing this program ever adds to a stream (I3, R17).
 */
import { MAGIC } from '../resource/node-schema.ts';

/** @param resourceVersion opaque; that of an event already read on the stream this bookmark is for */
export function encodeBookmark(encoding: 'json' | 'protobuf', resourceVersion: string): Buffer {
  return encoding === 'json' ? jsonBookmark(resourceVersion) : protobufBookmark(resourceVersion);
}

function jsonBookmark(resourceVersion: string): Buffer {
  const object = {
    kind: 'Node',
    apiVersion: 'v1',
    metadata: { resourceVersion },
    spec: {},
    status: EMPTY_STATUS,
  };
  return Buffer.from(`${JSON.stringify({ type: 'BOOKMARK', object })}\n`);
}

/** Fields of NodeStatus without omitempty, kubernetes/api core/v1/types.go. */
const EMPTY_STATUS = {
  daemonEndpoints: { kubeletEndpoint: { Port: 0 } },
  nodeInfo: {
    machineID: '',
    systemUUID: '',
    bootID: '',
    kernelVersion: '',
    osImage: '',
    containerRuntimeVersion: '',
    kubeletVersion: '',
    kubeProxyVersion: '',
    operatingSystem: '',
    architecture: '',
  },
};

function protobufBookmark(resourceVersion: string): Buffer {
  const metadata = Buffer.concat([
    ...[1, 2, 3, 4, 5].map((field) => bytes(field, EMPTY)), // name, generateName, namespace, selfLink, uid
    bytes(6, Buffer.from(resourceVersion, 'latin1')),
    Buffer.from([7 << 3, 0]), // generation
    bytes(8, EMPTY), // creationTimestamp
  ]);
  const spec = Buffer.concat([...[1, 2, 3].map((field) => bytes(field, EMPTY)), Buffer.from([4 << 3, 0])]);
  const nodeInfo = Buffer.concat(Array.from({ length: 10 }, (_, i) => bytes(i + 1, EMPTY)));
  const status = Buffer.concat([
    bytes(3, EMPTY), // phase
    bytes(6, bytes(1, Buffer.from([1 << 3, 0]))), // daemonEndpoints.kubeletEndpoint.Port
    bytes(7, nodeInfo),
  ]);
  const node = Buffer.concat([bytes(1, metadata), bytes(2, spec), bytes(3, status)]);
  const typeMeta = Buffer.concat([bytes(1, Buffer.from('v1')), bytes(2, Buffer.from('Node'))]);
  const unknown = Buffer.concat([
    MAGIC,
    bytes(1, typeMeta),
    bytes(2, node),
    bytes(3, EMPTY),
    bytes(4, EMPTY),
  ]);
  const event = Buffer.concat([bytes(1, Buffer.from('BOOKMARK')), bytes(2, bytes(1, unknown))]);
  const prefix = Buffer.alloc(4);
  prefix.writeUInt32BE(event.length);
  return Buffer.concat([prefix, event]);
}

const EMPTY = Buffer.alloc(0);

/** A length-delimited field with a number below 16. */
function bytes(field: number, payload: Buffer): Buffer {
  const length: number[] = [];
  let rest = payload.length;
  for (; rest > 0x7f; rest >>>= 7) length.push((rest & 0x7f) | 0x80);
  return Buffer.concat([Buffer.from([(field << 3) | 2, ...length, rest]), payload]);
}
