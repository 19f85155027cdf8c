/**
 * Compressed watches: several members, cut, damaged, garbage behind them, bombs. What comes out is what a plain reading
 * of the members gives, an end only where all of it was right, and no more at a time than back-pressure allows (R13, I6).
 */
import assert from 'node:assert/strict';
import { constants, crc32, gzipSync, inflateRawSync } from 'node:zlib';
import { GunzippedSource } from '../../../src/serve/watch/gunzipped-source.ts';
import { chunked, mutate } from '../mutate.ts';
import { joined, parted } from '../parts.ts';
import { Random } from '../random.ts';
import type { Target } from '../target.ts';

const NOTHING = Buffer.alloc(0);
const HEADER_BYTES = 10;
const TRAILER_BYTES = 8;
/** What may come out after the sink has asked for a pause: what the decoder has ready. */
const MAX_PIECE_BYTES = 16 * 1024;
const WORDS = [NOTHING, Buffer.from([0x1f, 0x8b, 8]), Buffer.from([0]), gzipSync('x'), gzipSync('')];

export const gzipTarget: Target = {
  name: 'gzip',
  promises: ['decoded', 'corrupt', 'paused'],
  make(random) {
    const members = Array.from({ length: random.below(4) }, () => member(random));
    return joined([Buffer.from([random.next() & 0xff, random.below(3)]), Buffer.concat(members)]);
  },
  vary(input, random, others) {
    const [header = NOTHING, bytes = NOTHING] = parted(input, 2);
    const other = parted(random.pick(others), 2)[1] ?? NOTHING;
    if (random.oneIn(4)) return joined([header, Buffer.concat([bytes, other])]);
    return joined([header, mutate(bytes, random, WORDS, [other])]);
  },
  async check(input) {
    const [header = NOTHING, bytes = NOTHING] = parted(input, 2);
    const isSlow = header[1] === 1;
    const { output, ending } = await decoded(chunked(bytes, new Random(header[0] ?? 0)), isSlow);
    const expected = readPlainly(bytes);
    assert.equal(ending, expected.isWhole ? 'end' : 'encoding');
    if (expected.isWhole) assert.ok(output.equals(expected.output), 'other bytes');
    else {
      // Both may stop a symbol sooner or later at damage.
      const common = Math.min(output.length, expected.output.length);
      assert.ok(output.subarray(0, common).equals(expected.output.subarray(0, common)), 'other bytes');
      assert.ok(Math.abs(output.length - common) < 1000, 'bytes that were not compressed');
    }
    return expected.isWhole ? (isSlow && output.length > 0 ? 'paused' : 'decoded') : 'corrupt';
  },
};

function member(random: Random): Buffer {
  switch (random.below(6)) {
    case 0:
      return gzipSync('');
    case 1:
      // A bomb: a thousand times as much comes out.
      return gzipSync(Buffer.alloc(1 + random.below(200_000), 0x20));
    case 2:
      return gzipSync(random.bytes(random.below(3000)), { level: 0 });
    default:
      return gzipSync(Buffer.from('{"type":"MODIFIED"}\n'.repeat(random.below(20))));
  }
}

/** Through the source, to a sink that asks for a pause after each piece, if it is slow. */
async function decoded(
  chunks: readonly Buffer[],
  isSlow: boolean,
): Promise<{ output: Buffer; ending: string }> {
  const ended = Promise.withResolvers<string>();
  const pieces: Buffer[] = [];
  let isPaused = false;
  const source = new GunzippedSource({ abort: () => undefined, resume: () => undefined });
  const handler = source.into({
    onData(chunk) {
      assert.ok(!isPaused, 'more after a pause was asked for');
      assert.ok(chunk.length <= MAX_PIECE_BYTES, `a piece of ${chunk.length} bytes`);
      pieces.push(Buffer.from(chunk));
      if (!isSlow) return true;
      isPaused = true;
      setImmediate(() => {
        isPaused = false;
        source.resume();
      });
      return false;
    },
    onEnd: () => {
      ended.resolve('end');
    },
    giveWay: () => undefined,
    onError: ({ code }) => {
      ended.resolve(code);
    },
  });
  for (const chunk of chunks) {
    const borrowed = Buffer.from(chunk);
    handler.onData(borrowed);
    borrowed.fill(0xff);
  }
  handler.onEnd();
  return { ending: await ended.promise, output: Buffer.concat(pieces) };
}

/** Members one after the other, by RFC 1952; what was read before something was wrong. */
function readPlainly(bytes: Buffer): { readonly output: Buffer; readonly isWhole: boolean } {
  const output: Buffer[] = [];
  for (let rest = bytes; rest.length > 0;) {
    const start = headerEnd(rest);
    if (start === undefined) return { output: Buffer.concat(output), isWhole: false };
    const { text, used } = inflated(rest.subarray(start));
    output.push(text);
    const trailer = rest.subarray(start + used, start + used + TRAILER_BYTES);
    const isRight =
      trailer.length === TRAILER_BYTES &&
      trailer.readUInt32LE(0) === crc32(text) &&
      trailer.readUInt32LE(4) === text.length;
    if (!isRight) return { output: Buffer.concat(output), isWhole: false };
    rest = rest.subarray(start + used + TRAILER_BYTES);
  }
  return { output: Buffer.concat(output), isWhole: true };
}

const FLAG = { headerCrc: 2, extra: 4, name: 8, comment: 16, reserved: 0xe0 } as const;

/** Where the compressed text begins; undefined for what is no header. */
function headerEnd(bytes: Buffer): number | undefined {
  const flags = bytes[3] ?? 0;
  if (bytes.length < HEADER_BYTES || bytes.readUIntBE(0, 3) !== 0x1f8b08 || (flags & FLAG.reserved) !== 0)
    return undefined;
  let at = HEADER_BYTES;
  if ((flags & FLAG.extra) !== 0) at += 2 + (bytes[at] ?? 0) + 256 * (bytes[at + 1] ?? 0);
  for (const text of [FLAG.name, FLAG.comment]) {
    if ((flags & text) === 0) continue;
    const zero = bytes.indexOf(0, at);
    if (zero === -1) return undefined;
    at = zero + 1;
  }
  if ((flags & FLAG.headerCrc) !== 0) {
    if (at + 2 > bytes.length || bytes.readUInt16LE(at) !== (crc32(bytes.subarray(0, at)) & 0xffff))
      return undefined;
    at += 2;
  }
  return at <= bytes.length ? at : undefined;
}

/** The text of the deflate stream that begins here, as far as there is one, and how long it is. */
function inflated(bytes: Buffer): { readonly text: Buffer; readonly used: number } {
  try {
    return inflatedPart(bytes);
  } catch {
    // The longest part of it without the damage.
    let good = 0;
    for (let bad = bytes.length; bad - good > 1;) {
      const middle = Math.floor((good + bad) / 2);
      try {
        inflatedPart(bytes.subarray(0, middle));
        good = middle;
      } catch {
        bad = middle;
      }
    }
    return { text: inflatedPart(bytes.subarray(0, good)).text, used: bytes.length };
  }
}

function inflatedPart(bytes: Buffer): { readonly text: Buffer; readonly used: number } {
  const result: unknown = inflateRawSync(bytes, { info: true, finishFlush: constants.Z_SYNC_FLUSH });
  const { buffer, engine } = result as { buffer: Buffer; engine: { bytesWritten: number } };
  return { text: buffer, used: engine.bytesWritten };
}
