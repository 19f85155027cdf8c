/** Drives a FrameSieve and its splitter the way a stream does. */
import { CODECS } from '../../src/core/codec/codecs.ts';
import type { Codec } from '../../src/core/codec/codec.ts';
import { OpaqueSplitter } from '../../src/core/codec/opaque.ts';
import type { Mode } from '../../src/core/projection/filter.ts';
import type { FieldsPlan } from '../../src/core/projection/plan.ts';
import { NODES } from '../../src/core/resource/node.ts';
import type { Resource } from '../../src/core/resource/resource.ts';
import type { Sieve, SieveOptions } from '../../src/core/sieve/sieve.ts';
import { FrameSieve } from '../../src/serve/watch/frame-sieve.ts';
import { Progress } from '../../src/serve/watch/progress.ts';
import { Memos } from '../../src/core/sieve/memo.ts';
import { planOf } from '../../src/core/projection/presets.ts';
import { EventTally } from '../../src/serve/telemetry/event-tally.ts';
import type { TestEncoding } from './sieving.ts';

export interface Sieved {
  /** All bytes that the client would get. */
  readonly output: Buffer;
  readonly torn: boolean;
  readonly tally: EventTally;
}

export interface TestFrameOptions extends Partial<SieveOptions> {
  readonly encoding?: TestEncoding | 'opaque';
  readonly resource?: Resource;
  readonly plan?: FieldsPlan;
  readonly mode?: Mode;
  readonly memos?: Memos;
  readonly maxFrameBytes?: number;
  readonly progress?: Progress;
  readonly tallies?: readonly EventTally[];
}

/** The codec of this name; undefined for one that there is none of. */
export function codecOf(encoding: TestEncoding | 'opaque'): Codec | undefined {
  return encoding === 'opaque' ? undefined : CODECS[encoding];
}

/** That is told the time with each chunk. */
export class TestFrames extends FrameSieve {
  override push(chunk: Buffer, out: Buffer[], now = 0): void {
    this.sieve.now = now;
    super.push(chunk, out);
  }
}

export function frameSieve({
  encoding = 'json',
  resource = NODES,
  plan = planOf('metallb'),
  mode = 'filter',
  memos = new Memos(64 * 1024),
  maxFrameBytes = 16 * 1024 * 1024,
  progress,
  tallies,
  ...client
}: TestFrameOptions = {}): { frames: TestFrames; sieve: Sieve; tally: EventTally } {
  const tally = new EventTally();
  const codec = codecOf(encoding);
  const bookmark = (version: string): Buffer => CODECS.json.bookmark(NODES, version);
  const frames = new TestFrames({
    splitter: codec?.splitter(maxFrameBytes) ?? new OpaqueSplitter(),
    reading: codec && { codec, resource, memos },
    filter: { mode, projection: { name: 'test', key: 'test', plan } },
    client: { phase: 'past', resourceVersion: '', snapshot: undefined, passAt: () => Infinity, ...client },
    progress: progress ?? new Progress({ bookmark, maxLagMs: 1000 }),
    tallies: tallies ?? [tally],
  });
  return { frames, sieve: frames.sieve, tally };
}

/** Feeds these chunks, each in memory of its own that is overwritten afterwards: whoever kept a view of it is lost (I8). */
export function sieveChunks(chunks: readonly Buffer[], options: TestFrameOptions = {}): Sieved {
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
