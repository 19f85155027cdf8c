/** Drives a FrameSieve the way a stream does. */
import { CODECS } from '../../src/core/codec/codecs.ts';
import { NODES } from '../../src/core/resource/node.ts';
import { FrameSieve, type FrameSieveOptions } from '../../src/serve/watch/frame-sieve.ts';
import { Progress } from '../../src/serve/watch/progress.ts';
import { Memos } from '../../src/core/sieve/memo.ts';
import { planOf } from '../../src/core/projection/presets.ts';
import { type TestEncoding } from './sieving.ts';
import { EventTally } from '../../src/serve/telemetry/event-tally.ts';

export interface Sieved {
  /** All bytes that the client would get. */
  readonly output: Buffer;
  readonly torn: boolean;
  readonly tally: EventTally;
}

export interface TestSieveOptions extends Partial<Omit<FrameSieveOptions, 'codec'>> {
  readonly encoding?: TestEncoding | 'opaque';
}

/** The codec of this name; undefined for one that there is none of. */
export function codecOf(encoding: TestEncoding | 'opaque'): FrameSieveOptions['codec'] {
  return encoding === 'opaque' ? undefined : CODECS[encoding];
}

export function frameSieve({ encoding = 'json', ...options }: TestSieveOptions = {}): {
  frames: FrameSieve;
  tally: EventTally;
} {
  const tally = new EventTally();
  const frames = new FrameSieve({
    codec: codecOf(encoding),
    resource: NODES,
    plan: planOf('metallb'),
    phase: 'past',
    mode: 'filter',
    maxFrameBytes: 16 * 1024 * 1024,
    tallies: [tally],
    resourceVersion: '',
    snapshot: undefined,
    passAt: () => Infinity,
    progress: new Progress({ bookmark: (version) => CODECS.json.bookmark(NODES, version), maxLagMs: 1000 }),
    memos: new Memos(64 * 1024),
    ...options,
  });
  return { frames, tally };
}

/** Feeds these chunks, each in memory of its own that is overwritten afterwards: whoever kept a view of it is lost (I8). */
export function sieveChunks(chunks: readonly Buffer[], options: TestSieveOptions = {}): Sieved {
  const { frames, tally } = frameSieve(options);
  const out: Buffer[] = [];
  const written: Buffer[] = [];
  for (const chunk of chunks) {
    const borrowed = Buffer.from(chunk);
    out.length = 0;
    frames.push(borrowed, out, 0);
    // The socket's part: what is written now is taken now.
    for (const bytes of out) written.push(Buffer.from(bytes));
    borrowed.fill(0xff);
  }
  out.length = 0;
  const torn = frames.finish(out);
  for (const bytes of out) written.push(Buffer.from(bytes));
  return { output: Buffer.concat(written), torn, tally };
}

/** Cuts the bytes at these positions. */
export function cutAt(bytes: Buffer, positions: readonly number[]): Buffer[] {
  const sorted = [...positions].sort((a, b) => a - b);
  const edges = [0, ...sorted, bytes.length];
  return edges.slice(1).map((end, i) => bytes.subarray(edges[i], end));
}

/** What was counted, as text to compare. */
export function counted(tally: EventTally): string {
  return [...tally.counts()]
    .map(({ type, verdict, reason, count }) => `${type} ${verdict} ${reason} ${count}`)
    .join('; ');
}
