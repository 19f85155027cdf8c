/**
 * Node frames as a kubelet's heartbeats make them, encoded once and then patched, so that a bench spends nothing
 * on making its input. Three things of fixed length are patched: the resourceVersion; the mark, a label's value
 * that says which change it is and when it was sent; and the heartbeat times.
 */
import { ENCODERS } from '../src/lab/simulator/encoding.ts';
import type { Encoding, EventType } from '../src/lab/simulator/encoding.ts';
import { withHeartbeat, withLabels } from '../src/lab/simulator/node-changes.ts';
import { createNode } from '../src/lab/simulator/node-factory.ts';
import type { NodeObject } from '../src/lab/simulator/node-object.ts';

/** What a kubelet reports by default: a Node of about 19 KB in JSON. */
const IMAGES = 50;
const LABEL = 'bench';
/** Begins every resourceVersion here, so that it is found by one search in any encoding. */
const RV_PREFIX = '8765432';
const RV_DIGITS = 8;
const RV_BASE = Number(RV_PREFIX) * 10 ** RV_DIGITS;
/** Begins every mark; the number of the change and the time of sending follow. */
const MARK_PREFIX = 'watchsieve-mark.';
const CHANGE_DIGITS = 8;
const TIME_DIGITS = 19;
const RV_PREFIX_BYTES = Buffer.from(RV_PREFIX);
const MARK_PREFIX_BYTES = Buffer.from(MARK_PREFIX);
/** Any fixed time will do: no rule of the sieve compares it with a clock. */
const TIME = '2026-01-01T00:00:00Z';
/** Another one, so that heartbeat times are told from all others. */
const FIRST_HEARTBEAT = Date.parse('2026-01-02T03:04:05Z') / 1000;
/** A kubelet's own four conditions, and the entry of managedFields that tells of them. */
const HEARTBEAT_TIMES = 5;

/** Which change of a stream a frame carries. */
export interface Mark {
  /** 1 for the first change, 0 for a Node that has not changed yet. */
  readonly change: number;
  /** Nanoseconds of the monotonic clock, which all processes of a machine share. */
  readonly sentAt: bigint;
}

const UNCHANGED: Mark = { change: 0, sentAt: 0n };

/** The resourceVersion of event number `n`: to begin a watch at, or to compare. */
export function resourceVersion(n: number): number {
  return RV_BASE + n;
}

/** A realistic Node with the bench's label. The same index gives the same Node. */
export function benchNode(index: number, mark: Mark = UNCHANGED): NodeObject {
  const name = `node-${String(index).padStart(5, '0')}`;
  const node = createNode({
    name,
    index,
    images: IMAGES,
    seed: 'bench',
    resourceVersion: resourceVersion(index + 1),
    time: TIME,
  });
  const labelled = withLabels(node, { [LABEL]: MARK_PREFIX + markText(mark) });
  return withHeartbeat(labelled, timeText(FIRST_HEARTBEAT));
}

/** The bytes that a heartbeat puts into a frame. @param n how many seconds after the first */
export function heartbeatBytes(encoding: Encoding, n: number): Buffer {
  const seconds = FIRST_HEARTBEAT + n;
  return encoding === 'json' ? Buffer.from(timeText(seconds)) : timestampBytes(seconds);
}

/** What is patched into one event. */
export interface FramePatch {
  readonly resourceVersion: number;
  /** See {@link markText}; undefined where the Node has not changed. */
  readonly mark: string | undefined;
  /** See {@link heartbeatBytes}. */
  readonly heartbeat: Buffer;
}

/** One frame in memory of its own, and where in it the patches go. */
export class BenchFrame {
  readonly bytes: Buffer;
  readonly #rvAt: number;
  readonly #markAt: number;
  readonly #heartbeatsAt: readonly number[];

  /** @throws Error where what is patched is not where it is looked for */
  constructor(bytes: Buffer, encoding: Encoding) {
    this.bytes = bytes;
    this.#rvAt = bytes.indexOf(RV_PREFIX_BYTES) + RV_PREFIX.length;
    this.#markAt = bytes.indexOf(MARK_PREFIX_BYTES) + MARK_PREFIX.length;
    this.#heartbeatsAt = allIndexesOf(bytes, heartbeatBytes(encoding, 0));
    if (readMark(bytes) !== 0 || this.#rvAt > this.#markAt || this.#heartbeatsAt.length !== HEARTBEAT_TIMES)
      throw new Error('a bench frame holds what is patched in unexpected places');
  }

  static of(type: EventType, node: NodeObject, encoding: Encoding): BenchFrame {
    return new BenchFrame(ENCODERS[encoding].frame(type, node), encoding);
  }

  setResourceVersion(n: number): void {
    this.#writeVersion(this.bytes, n);
  }

  setMark(mark: Mark): void {
    this.bytes.write(markText(mark), this.#markAt, 'latin1');
  }

  /** Writes the patched frame to the beginning of `target`, which must be large enough; returns its bytes there. */
  writeTo(target: Buffer, patch: FramePatch): Buffer {
    this.bytes.copy(target);
    this.#writeVersion(target, patch.resourceVersion);
    if (patch.mark !== undefined) target.write(patch.mark, this.#markAt, 'latin1');
    for (const at of this.#heartbeatsAt) patch.heartbeat.copy(target, at);
    return target.subarray(0, this.bytes.length);
  }

  #writeVersion(target: Buffer, n: number): void {
    target.write(String(n).padStart(RV_DIGITS, '0'), this.#rvAt, 'latin1');
  }
}

/** The number that the frame's resourceVersion was made of. @throws Error where there is none */
export function readResourceVersion(frame: Buffer): number {
  return digitsAfter(frame, RV_PREFIX_BYTES, RV_DIGITS);
}

/** The number of the change in the frame's mark. @throws Error where there is none */
export function readMark(frame: Buffer): number {
  return digitsAfter(frame, MARK_PREFIX_BYTES, CHANGE_DIGITS);
}

/** When the change in the frame's mark was sent. */
export function readSentAt(frame: Buffer): bigint {
  const at = frame.indexOf(MARK_PREFIX_BYTES) + MARK_PREFIX.length + CHANGE_DIGITS + 1;
  return BigInt(frame.toString('latin1', at, at + TIME_DIGITS));
}

/** A mark as it stands in a frame. */
export function markText({ change, sentAt }: Mark): string {
  return `${String(change).padStart(CHANGE_DIGITS, '0')}.${String(sentAt).padStart(TIME_DIGITS, '0')}`;
}

function digitsAfter(frame: Buffer, prefix: Buffer, digits: number): number {
  const found = frame.indexOf(prefix);
  if (found === -1) throw new Error(`a frame without ${prefix.toString()}`);
  const at = found + prefix.length;
  return Number(frame.toString('latin1', at, at + digits));
}

function timeText(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace('.000Z', 'Z');
}

/** The first field of a protobuf Timestamp: five bytes of varint until the year 3058. */
function timestampBytes(seconds: number): Buffer {
  const bytes = [0x08];
  let rest = seconds;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) | 0x80);
  return Buffer.from([...bytes, rest]);
}

function allIndexesOf(bytes: Buffer, wanted: Buffer): number[] {
  const found: number[] = [];
  for (let at = bytes.indexOf(wanted); at !== -1; at = bytes.indexOf(wanted, at + 1)) found.push(at);
  return found;
}
