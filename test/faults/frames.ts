/** The frames of the fault tests: of two Nodes, with characters of several bytes, in either encoding. */
import assert from 'node:assert/strict';
import { CODECS } from '../../src/core/codec/codecs.ts';
import { NODES } from '../../src/core/resource/node.ts';
import { Cluster } from '../../src/lab/simulator/cluster.ts';
import { ENCODERS } from '../../src/lab/simulator/encoding.ts';
import type { StatusObject } from '../../src/lab/simulator/api-object.ts';
import { REAL_TIMERS } from '../../src/lab/simulator/timers.ts';
import { frame, node, type TestEncoding } from '../support/sieving.ts';

export type { TestEncoding } from '../support/sieving.ts';

export const CONTENT_TYPE = {
  watch: { json: ENCODERS.json.watchContentType, protobuf: ENCODERS.protobuf.watchContentType },
  list: { json: ENCODERS.json.contentType, protobuf: ENCODERS.protobuf.contentType },
} as const;

/** A label that takes 2, 3 and 4 bytes per character. */
const WIDE = 'é€😀';

function modified(encoding: TestEncoding, name: string, resourceVersion: number, label: string): Buffer {
  const metadata = { name, uid: `uid-${name}`, resourceVersion: String(resourceVersion), labels: { label } };
  return frame(encoding, 'MODIFIED', node({ metadata }));
}

/** What a stream had before its fault, and what would have come next. */
export interface Story {
  /** Sent by upstream before the fault. */
  readonly before: Buffer;
  /** What of it survives. */
  readonly forwarded: Buffer;
  /** A change, to come next: it is forwarded where it is whole. */
  readonly next: Buffer;
}

/** Two clients' first sights of a Node, each with a heartbeat behind it. */
export function story(encoding: TestEncoding): Story {
  const first = modified(encoding, 'node-a', 11, WIDE);
  const second = modified(encoding, 'node-b', 13, WIDE);
  const before = [first, modified(encoding, 'node-a', 12, WIDE), second, lastHeartbeat(encoding)];
  return {
    before: Buffer.concat(before),
    forwarded: Buffer.concat([first, second]),
    next: modified(encoding, 'node-a', 15, `${WIDE}!`),
  };
}

const lastHeartbeat = (encoding: TestEncoding): Buffer => modified(encoding, 'node-b', 14, WIDE);

/** What makes a client current behind {@link Story.before}: a bookmark, or the held frame (R17, R18). */
export function progress(encoding: TestEncoding, bookmarks: boolean): Buffer {
  return bookmarks ? CODECS[encoding].bookmark(NODES, '14') : lastHeartbeat(encoding);
}

/** Lengths to cut a frame at: in and behind the length prefix, in the middle, inside each wide character, at the end. */
export function cuts(bytes: Buffer): number[] {
  const wide = bytes.indexOf(WIDE);
  assert.ok(wide > 0);
  return [1, 2, 3, 4, 5, bytes.length >> 1, wide + 1, wide + 3, wide + 6, bytes.length - 2];
}

/** The last byte is of no matter to JSON, where it is white space, but it is to protobuf. */
export function cutsInside(encoding: TestEncoding, bytes: Buffer): number[] {
  return encoding === 'json' ? cuts(bytes) : [...cuts(bytes), bytes.length - 1];
}

/** The whole length of the frame that these bytes begin with; Infinity where it cannot be told yet. */
export function frameLength(encoding: TestEncoding, bytes: Buffer): number {
  if (encoding === 'protobuf') return bytes.length < 4 ? Infinity : bytes.readUInt32BE(0) + 4;
  const end = bytes.indexOf(0x0a);
  if (end >= 0) return end + 1;
  // A JSON value is whole without its line feed too.
  return isJson(bytes) ? bytes.length : Infinity;
}

/** A LIST at resourceVersion 10 of three Nodes. */
export function nodeList(encoding: TestEncoding): Buffer {
  const small = { nodes: 3, imagesPerNode: 1, seed: 'faults', historyEvents: 1, timers: REAL_TIMERS };
  return ENCODERS[encoding].list('10', new Cluster(small).nodes());
}

export function errorFrame(encoding: TestEncoding, code: number): Buffer {
  return ENCODERS[encoding].statusFrame(status(code));
}

export function statusBody(encoding: TestEncoding, code: number): Buffer {
  return ENCODERS[encoding].status(status(code));
}

function status(code: number): StatusObject {
  const reason =
    { 410: 'Expired', 500: 'InternalError', 503: 'ServiceUnavailable', 504: 'Timeout' }[code] ?? '';
  return { code, reason, message: `upstream says ${code}` };
}

function isJson(bytes: Buffer): boolean {
  try {
    JSON.parse(bytes.toString());
    return true;
  } catch {
    return false;
  }
}
