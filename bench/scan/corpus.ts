/**
 * Frames to feed a sieve with, again and again: each pass over them holds 1 % changes and 99 % heartbeats,
 * however often it is repeated. Half a megabyte of frames, to stay in the processor's own cache, where bytes just
 * read from a socket are too.
 */
import type { Encoding } from '../../src/lab/simulator/encoding.ts';
import { BenchFrame, benchNode } from '../frames.ts';

const NODES = 25;
/** Rounds over all Nodes in one pass; in the second half of them the first Node has another label. */
const ROUNDS = 8;

export interface Corpus {
  /** The first Node changes in the middle of each pass, and back at the beginning of the next. */
  readonly frames: readonly Buffer[];
  /** Those of `frames` that change something, once each Node has been seen. */
  readonly changes: readonly Buffer[];
}

export function corpus(encoding: Encoding): Corpus {
  const nodes = Array.from({ length: NODES }, (_, index) => frameOf(encoding, index, 0));
  const changed = [frameOf(encoding, 0, 1), ...nodes.slice(1)];
  const rounds = Array.from({ length: ROUNDS }, (_, round) => (round < ROUNDS / 2 ? nodes : changed));
  return { frames: rounds.flat(), changes: [...nodes.slice(0, 1), ...changed.slice(0, 1)] };
}

function frameOf(encoding: Encoding, index: number, change: number): Buffer {
  const frame = BenchFrame.of('MODIFIED', benchNode(index), encoding);
  frame.setResourceVersion(index);
  if (index === 0) frame.setMark({ change, sentAt: 0n });
  return frame.bytes;
}
