/**
 * Node frames as a kubelet's heartbeats make them, encoded once and then patched in place, so that a
 * bench spends nothing on making its input. Two texts of fixed length are patched and read back: the
 * resourceVersion, and the mark, a label's value that says which change it is and when it was sent.
 */
import { ENCODERS } from '../src/simulator/encoding.ts';
import type { Encoding, EventType } from '../src/simulator/encoding.ts';
import { withLabels } from '../src/simulator/node-changes.ts';
import { createNode } from '../src/simulator/node-factory.ts';
import type { NodeObject } from '../src/simulator/node-object.ts';

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
  return withLabels(node, { [LABEL]: MARK_PREFIX + markDigits(mark) });
}

/** One frame in memory of its own, whose resourceVersion and mark can be set. */
export class BenchFrame {
  readonly bytes: Buffer;
  readonly #rvAt: number;
  readonly #markAt: number;

  /** @throws Error where the two texts are not where they are looked for */
  constructor(bytes: Buffer) {
    this.bytes = bytes;
    this.#rvAt = bytes.indexOf(RV_PREFIX_BYTES) + RV_PREFIX.length;
    this.#markAt = bytes.indexOf(MARK_PREFIX_BYTES) + MARK_PREFIX.length;
    if (readMark(bytes) !== 0 || this.#rvAt > this.#markAt)
      throw new Error('a bench frame holds its resourceVersion or its mark in an unexpected place');
  }

  static of(type: EventType, node: NodeObject, encoding: Encoding): BenchFrame {
    return new BenchFrame(ENCODERS[encoding].nodeFrame(type, node));
  }

  copy(): BenchFrame {
    return new BenchFrame(Buffer.from(this.bytes));
  }

  setResourceVersion(n: number): void {
    this.bytes.write(String(n).padStart(RV_DIGITS, '0'), this.#rvAt, 'latin1');
  }

  setMark(mark: Mark): void {
    this.bytes.write(markDigits(mark), this.#markAt, 'latin1');
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

function markDigits({ change, sentAt }: Mark): string {
  return `${String(change).padStart(CHANGE_DIGITS, '0')}.${String(sentAt).padStart(TIME_DIGITS, '0')}`;
}

function digitsAfter(frame: Buffer, prefix: Buffer, digits: number): number {
  const found = frame.indexOf(prefix);
  if (found === -1) throw new Error(`a frame without ${prefix.toString()}`);
  const at = found + prefix.length;
  return Number(frame.toString('latin1', at, at + digits));
}
