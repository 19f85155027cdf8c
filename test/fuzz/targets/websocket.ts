/**
 * A server's bytes through the splitter of WebSocket messages: what comes out is what a reader finds that sees all of them
 * at once; any chunking gives the same; swallowed messages alone are missing, and a client that understood all hears all
 * others (RFC 6455; R7, R8, R9, I3).
 */
import assert from 'node:assert/strict';
import { messageFormOf, MessageSplitter } from '../../../src/core/codec/websocket/message-splitter.ts';
import { JudgedSplitter } from '../../support/judged-splitter.ts';
import { BINARY, CLOSE, hear, PING, serverFrame, TEXT } from '../../support/websocket-frames.ts';
import { chunked, mutate } from '../mutate.ts';
import { joined, parted } from '../parts.ts';
import { Random } from '../random.ts';
import type { Target } from '../target.ts';
import { judgementOf, JUDGEMENTS } from './framing.ts';

const NOTHING = Buffer.alloc(0);
const LIMITS = [16, 130, 70_000];
const HEADS = [
  ...[
    [0x81, 126, 0, 126],
    [0x81, 127, 0, 0, 0, 0, 0, 1, 0, 0],
    [0x81, 127, 0x7f],
    [0x80, 0],
    [0x01, 0],
    [0x00, 0],
  ],
  ...[
    [0x88, 2, 3, 0xe8],
    [0x89, 0],
    [0x8a, 125],
    [0xc1, 1],
    [0x83, 0],
    [0x81, 0x80],
    [0x81, 126, 0, 1],
  ],
].map((bytes) => Buffer.from(bytes));
const WORDS = [...HEADS, ...JUDGEMENTS.map((word) => Buffer.from(word))];

/** What has become of all. */
interface Read {
  readonly output: string;
  readonly torn: boolean;
  /** Messages that passed without being judged. */
  readonly unseen: number;
  readonly verbatim: boolean;
  readonly closing: string | undefined;
  readonly asked: readonly string[];
}

export const websocketTarget: Target = {
  name: 'websocket',
  promises: ['read', 'read torn', 'read verbatim', 'read unseen', 'read closed'],
  make(random) {
    const header = Buffer.from([
      random.below(2),
      random.below(LIMITS.length),
      random.next() & 0xff,
      random.next() & 0xff,
    ]);
    const opcode = header[0] === 0 ? TEXT : BINARY;
    const parts = Array.from({ length: random.below(8) }, () => part(random, opcode));
    return joined([header, Buffer.concat(parts)]);
  },
  vary(input, random, others) {
    const [header = NOTHING, bytes = NOTHING] = parted(input, 2);
    return joined([header, mutate(bytes, random, WORDS, [parted(random.pick(others), 2)[1] ?? NOTHING])]);
  },
  async check(input) {
    const [header = NOTHING, bytes = NOTHING] = parted(input, 2);
    const isBinary = ((header[0] ?? 0) & 1) === 1;
    const limit = LIMITS[(header[1] ?? 0) % LIMITS.length] ?? 0;
    const expected = read(bytes, limit, isBinary);
    for (const chunks of [[bytes], chunked(bytes, new Random(header[2] ?? 0, header[3] ?? 0))])
      assert.deepEqual(split(chunks, limit, isBinary), expected, `in ${chunks.length} chunks`);
    const { output, torn, verbatim, unseen, closing } = expected;
    const direct = await hear(bytes);
    if (direct.error === undefined && !torn && unseen === 0 && !verbatim) {
      const through = await hear(Buffer.from(output, 'latin1'));
      assert.deepEqual(
        through.messages,
        direct.messages.filter(({ data }) => judgementOf(data) !== 'swallow'),
      );
      assert.deepEqual(through.controls, direct.controls);
    }
    const words = [
      torn && 'torn',
      verbatim && 'verbatim',
      unseen > 0 && 'unseen',
      closing !== undefined && 'closed',
    ];
    return ['read', ...words.filter((word) => word !== false)].slice(0, 2).join(' ');
  },
};

function part(random: Random, opcode: number): Buffer {
  if (random.oneIn(6)) return serverFrame(PING + random.below(2), random.bytes(random.below(20)));
  if (random.oneIn(20)) return serverFrame(CLOSE, random.oneIn(2) ? Buffer.from([3, 232]) : NOTHING);
  if (random.oneIn(20)) return random.pick(WORDS);
  const text = random.oneIn(3)
    ? random.pick(JUDGEMENTS)
    : 'x'.repeat(random.pick([0, 1, 100, 125, 126, 65_536]));
  const payload = Buffer.from(text);
  const fragments = random.oneIn(3) ? 1 + random.below(4) : 1;
  return Buffer.concat(
    Array.from({ length: fragments }, (_fragment, i) => {
      const [from, to] = [i, i + 1].map((n) => Math.floor((payload.length * n) / fragments));
      const frame = serverFrame(i === 0 ? opcode : 0, payload.subarray(from, to), {
        fin: i === fragments - 1,
      });
      return random.oneIn(12) ? Buffer.concat([serverFrame(PING, ''), frame]) : frame;
    }),
  );
}

interface Frame {
  readonly isLast: boolean;
  readonly opcode: number;
  readonly payload: Buffer;
  readonly end: number;
}

/** The frame at `at`, by the words of RFC 6455, 5.2; how far it is broken, or not there. */
function frameAt(
  bytes: Buffer,
  at: number,
): Frame | { readonly promised: number; readonly opcode: number } | 'broken' | 'short' {
  const [first, second] = [bytes[at], bytes[at + 1]];
  if (first === undefined || second === undefined) return 'short';
  const opcode = first % 16;
  const isControl = opcode >= 8;
  const short = second % 128;
  if (Math.floor(first / 16) % 8 !== 0 || second >= 128 || ![0, 1, 2, 8, 9, 10].includes(opcode))
    return 'broken';
  if (isControl && (first < 128 || short > 125)) return 'broken';
  const extended = short === 126 ? 2 : short === 127 ? 8 : 0;
  const digits = bytes.subarray(at + 2, at + 2 + extended);
  if (digits.length < extended) return 'short';
  const length = extended === 0 ? BigInt(short) : BigInt(`0x${digits.toString('hex')}`);
  const least = extended === 0 ? 0n : extended === 2 ? 126n : 65_536n;
  if (length < least || length >= 2n ** 63n) return 'broken';
  const start = at + 2 + extended;
  const end = start + Number(length);
  if (end > bytes.length) return { promised: end, opcode };
  return { isLast: first >= 128, opcode, payload: bytes.subarray(start, end), end };
}

/** Reads all of it at once. */
function read(bytes: Buffer, limit: number, isBinary: boolean): Read {
  const asked: string[] = [];
  const kept: Buffer[] = [];
  let unseen = 0;
  const result = (torn: boolean, verbatim: boolean, closing?: Buffer): Read => ({
    ...{ torn, verbatim, unseen, asked, closing: closing?.toString('latin1') },
    output: Buffer.concat(kept).toString('latin1'),
  });
  for (let at = 0; at < bytes.length;) {
    const start = at;
    const payloads: Buffer[] = [];
    let isUnseen = false;
    let isWhole = false;
    let kind = -1;
    while (!isWhole) {
      const frame = frameAt(bytes, at);
      const isInside = at > start;
      if (frame === 'short') {
        if (isUnseen) kept.push(bytes.subarray(start, at));
        return result(true, false);
      }
      const wanted = isInside ? 0 : isBinary ? 2 : 1;
      if (frame === 'broken' || (frame.opcode < 8 && frame.opcode !== wanted)) {
        kept.push(bytes.subarray(start));
        return result(false, true);
      }
      const isControl = frame.opcode >= 8;
      const end = 'end' in frame ? frame.end : frame.promised;
      if (!isUnseen && (isControl ? isInside : end - start > limit)) {
        isUnseen = true;
        unseen++;
      }
      if (!('end' in frame)) {
        if (isUnseen) kept.push(bytes.subarray(start));
        return result(true, false);
      }
      if (kind === -1) kind = frame.opcode;
      if (!isControl) payloads.push(frame.payload);
      at = frame.end;
      isWhole = frame.isLast && (!isControl || kind === frame.opcode);
    }
    const all = bytes.subarray(start, at);
    if (kind === CLOSE && !isUnseen) return result(false, false, all);
    if (kind >= 8 || isUnseen) {
      kept.push(all);
      continue;
    }
    const payload = Buffer.concat(payloads);
    asked.push(payload.toString('latin1'));
    const verdict = judgementOf(payload);
    if (verdict === 'lost') {
      kept.push(bytes.subarray(start));
      return result(false, true);
    }
    if (verdict === 'forward') kept.push(all);
  }
  return result(false, false);
}

/** Runs the product's splitter, its chunks in memory that is overwritten afterwards (I8). */
function split(chunks: readonly Buffer[], limit: number, isBinary: boolean): Read {
  const prefixBytes = isBinary ? 4 : 0;
  const asked: string[] = [];
  const form = messageFormOf(isBinary ? 'protobuf' : 'json');
  const splitter = new JudgedSplitter(new MessageSplitter(limit, form), (message) => {
    const payload = message.subarray(prefixBytes);
    if (isBinary) assert.equal(message.readUInt32BE(), payload.length);
    asked.push(payload.toString('latin1'));
    return judgementOf(payload);
  });
  const output: Buffer[] = [];
  for (const chunk of chunks) {
    const borrowed = Buffer.from(chunk);
    const out: Buffer[] = [];
    splitter.push(borrowed, out);
    for (const bytes of out) output.push(Buffer.from(bytes));
    borrowed.fill(0xff);
  }
  const closing = splitter.splitter.closing?.toString('latin1');
  const torn = splitter.finish([]);
  const all = Buffer.concat(output);
  assert.ok(splitter.unseen <= all.length, 'no byte is counted twice');
  const { oversized: unseen, verbatims } = splitter;
  return { output: all.toString('latin1'), torn, unseen, verbatim: verbatims > 0, closing, asked };
}
