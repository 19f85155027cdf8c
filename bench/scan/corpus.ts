/**
 * Frames to feed a sieve with, again and again: each pass over them holds 1 % changes and 99 % heartbeats,
 * however often it is repeated. Small enough to stay in the processor's cache, where bytes just read from a
 * socket are too.
 */
import type { Encoding } from '../../src/simulator/encoding.ts';
import { BenchFrame, benchNode } from '../frames.ts';

const NODES = 100;

export interface Corpus {
  /** Two rounds over all Nodes; the first Node has another label in each, so its frame is a change every time. */
  readonly frames: readonly Buffer[];
  /** Those of `frames` that change something, once each Node has been seen. */
  readonly changes: readonly Buffer[];
}

export function corpus(encoding: Encoding): Corpus {
  const rounds = [0, 1].map((round) =>
    Array.from({ length: NODES }, (_, index) => {
      const frame = BenchFrame.of('MODIFIED', benchNode(index), encoding);
      frame.setResourceVersion(round * NODES + index);
      if (index === 0) frame.setMark({ change: round, sentAt: 0n });
      return frame.bytes;
    }),
  );
  return { frames: rounds.flat(), changes: rounds.flatMap((round) => round.slice(0, 1)) };
}
