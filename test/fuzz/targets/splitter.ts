/**
 * Bytes through the frame splitters: what comes out is what a reader finds that sees all of them at once; any chunking
 * gives the same; swallowed frames alone are missing; bytes after a lost frame pass as they are (R7, R8, R9, I3).
 */
import assert from 'node:assert/strict';
import type { FrameSplitter } from '../../../src/core/codec/frame-splitter.ts';
import { JsonLinesSplitter } from '../../../src/core/codec/json/lines.ts';
import { LengthDelimitedSplitter } from '../../../src/core/codec/protobuf/length-delimited.ts';
import { OpaqueSplitter } from '../../../src/core/codec/opaque.ts';
import { JudgedSplitter } from '../../support/judged-splitter.ts';
import { chunked, mutate } from '../mutate.ts';
import { joined, parted } from '../parts.ts';
import { Random } from '../random.ts';
import type { Target } from '../target.ts';
import { judgementOf, JUDGEMENTS, read, type Framing } from './framing.ts';

const FRAMINGS = ['json', 'protobuf', 'opaque'] as const;
const LIMITS = [16, 20, 64, 1000];
const LENGTHS = [0, 1, 15, 16, 17, 64, 65, 1001, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1];
const WORDS = [
  ...[
    '\n',
    '\n\n',
    '\r\n',
    '\0',
    '\ufeff',
    '{"kind"',
    '{"apiVersion"',
    '{"metadata"',
    '{"ki',
    '{',
    '"',
    ...JUDGEMENTS,
  ],
].map((word) => Buffer.from(word));
const NOTHING = Buffer.alloc(0);

export const splitterTarget: Target = {
  name: 'splitters',
  promises: [
    'json',
    'protobuf',
    'opaque verbatim',
    'json torn',
    'protobuf torn',
    'json verbatim',
    'protobuf oversize',
  ],
  make(random) {
    const framing = random.below(FRAMINGS.length);
    const frames = Array.from({ length: random.below(8) }, () => frame(random, FRAMINGS[framing] ?? 'json'));
    const header = Buffer.from([
      framing,
      random.below(LIMITS.length),
      random.next() & 0xff,
      random.next() & 0xff,
    ]);
    return joined([header, Buffer.concat(frames)]);
  },
  vary(input, random, others) {
    const [header = NOTHING, bytes = NOTHING] = parted(input, 2);
    return joined([header, mutate(bytes, random, WORDS, [parted(random.pick(others), 2)[1] ?? NOTHING])]);
  },
  check(input) {
    const [header = NOTHING, bytes = NOTHING] = parted(input, 2);
    const framing = FRAMINGS[(header[0] ?? 0) % FRAMINGS.length] ?? 'json';
    const limit = LIMITS[(header[1] ?? 0) % LIMITS.length] ?? 0;
    const expected = read(framing, bytes, limit);
    for (const chunks of [[bytes], chunked(bytes, new Random(header[2] ?? 0, header[3] ?? 0))]) {
      const found = split(framing, chunks, limit);
      assert.deepEqual(found, expected, `in ${chunks.length} chunks`);
    }
    const { torn, verbatim, oversize } = expected;
    return `${framing}${torn ? ' torn' : ''}${verbatim ? ' verbatim' : ''}${oversize > 0 ? ' oversize' : ''}`;
  },
};

function frame(random: Random, framing: (typeof FRAMINGS)[number]): Buffer {
  const body = Buffer.concat([
    Buffer.from(random.oneIn(3) ? random.pick(JUDGEMENTS) : ''),
    random.oneIn(3) ? random.pick(WORDS) : random.bytes(random.skewed(100)),
  ]);
  if (framing !== 'protobuf') return random.oneIn(10) ? body : Buffer.concat([body, Buffer.from('\n')]);
  const prefix = Buffer.alloc(4);
  prefix.writeUInt32BE(random.oneIn(12) ? random.pick(LENGTHS) : body.length);
  return Buffer.concat([prefix, body]);
}

/** Runs the product's splitter, its chunks in memory that is overwritten afterwards (I8). */
function split(framing: (typeof FRAMINGS)[number], chunks: readonly Buffer[], limit: number): Framing {
  const splitter = new JudgedSplitter(splitterOf(framing, limit), judgementOf);
  const output: Buffer[] = [];
  const take = (out: Buffer[]): void => {
    for (const bytes of out) output.push(Buffer.from(bytes));
  };
  for (const chunk of chunks) {
    const borrowed = Buffer.from(chunk);
    const out: Buffer[] = [];
    splitter.push(borrowed, out);
    take(out);
    borrowed.fill(0xff);
  }
  const out: Buffer[] = [];
  const torn = splitter.finish(out);
  take(out);
  const bytes = Buffer.concat(output);
  const { oversized: oversize, verbatims, swallowed } = splitter;
  const verbatim = framing === 'opaque' || verbatims > 0;
  return { output: bytes.toString('latin1'), torn, oversize, verbatim, swallowed };
}

function splitterOf(framing: (typeof FRAMINGS)[number], limit: number): FrameSplitter {
  if (framing === 'opaque') return new OpaqueSplitter();
  return framing === 'json' ? new JsonLinesSplitter(limit) : new LengthDelimitedSplitter(limit);
}
