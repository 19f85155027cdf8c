/** Messages cut from a WebSocket's bytes, against the encoder and the decoder of the package `ws` (I1, I3, R7, R8). */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { encodeClose, encodeMessage } from '../../../../src/core/codec/websocket/encode.ts';
import { messageFormOf, MessageSplitter } from '../../../../src/core/codec/websocket/message-splitter.ts';
import { cutAt } from '../../../support/frame-sieves.ts';
import { JudgedSplitter } from '../../../support/judged-splitter.ts';
import { runs } from '../../../support/property-runs.ts';
import {
  BINARY,
  CLOSE,
  hear,
  PING,
  PONG,
  serverFrame,
  serverMessage,
  TEXT,
} from '../../../support/websocket-frames.ts';

const MAX = 100_000;

/** Swallows what begins with an `s`, loses framing at an `l`; behind the length of a binary message. */
function judged(opcode: 1 | 2 = TEXT, max = MAX): JudgedSplitter {
  const hasLengthPrefix = opcode === BINARY;
  return new JudgedSplitter(new MessageSplitter(max, { opcode, hasLengthPrefix }), (frame) => {
    const text = frame.toString('latin1', hasLengthPrefix ? 4 : 0);
    if (text.startsWith('l')) return 'lost';
    return text.startsWith('s') ? 'swallow' : 'forward';
  });
}

interface Split {
  readonly judge: JudgedSplitter;
  readonly output: Buffer;
  readonly torn: boolean;
  readonly passedPart: boolean;
  readonly closing: Buffer | undefined;
}

/** Each chunk lies in memory of its own that is overwritten once it was pushed and written (I8). */
function split(chunks: readonly Buffer[], opcode: 1 | 2 = TEXT, max = MAX): Split {
  const judge = judged(opcode, max);
  const written: Buffer[] = [];
  for (const chunk of chunks) {
    const borrowed = Buffer.from(chunk);
    const out: Buffer[] = [];
    judge.push(borrowed, out);
    for (const bytes of out) {
      assert.ok(bytes.length > 0, 'nothing is not written');
      written.push(Buffer.from(bytes));
    }
    borrowed.fill(0xff);
  }
  const { passedPartOfFrame: passedPart, closing } = judge.splitter;
  const torn = judge.finish([]);
  return { judge, output: Buffer.concat(written), torn, passedPart, closing };
}

/** The same, whatever the chunks. */
function splitAnyhow(bytes: Buffer, opcode: 1 | 2 = TEXT, max = MAX): Split {
  const whole = split([bytes], opcode, max);
  const ways = [[...bytes.keys()].slice(1), ...[...bytes.keys()].slice(1).map((at) => [at])];
  for (const cuts of bytes.length > 600 ? ways.slice(0, 40) : ways)
    assert.deepEqual(split(cutAt(bytes, cuts), opcode, max), whole, `cut at ${cuts.join()}`);
  return whole;
}

const text = (payload: string): Buffer => serverFrame(TEXT, payload);
const concat = (...parts: readonly Buffer[]): Buffer => Buffer.concat(parts);

/** A message and how it is cut, or a control frame. */
type Sent =
  | { readonly kind: 'message'; readonly payload: Buffer; readonly cuts: readonly number[] }
  | { readonly kind: 'control'; readonly opcode: number; readonly payload: Buffer };

const arbitraryMessage = fc
  .record({
    first: fc.constantFrom('s', 'k'),
    rest: fc.oneof(
      fc.string({ maxLength: 30 }),
      fc.constantFrom(124, 125, 126, 65_534, 65_535, 65_536).map((length) => 'x'.repeat(length)),
    ),
    cuts: fc.array(fc.nat(), { maxLength: 3 }),
  })
  .map(({ first, rest, cuts }): Sent => {
    const payload = Buffer.from(first + rest);
    return {
      kind: 'message',
      payload,
      cuts: cuts.map((cut) => cut % (payload.length + 1)).sort((a, b) => a - b),
    };
  });
const arbitraryControl = fc
  .record({ opcode: fc.constantFrom(PING, PONG), payload: fc.string({ maxLength: 20 }) })
  .map(({ opcode, payload }): Sent => ({ kind: 'control', opcode, payload: Buffer.from(payload) }));

const bytesOf = (opcode: 1 | 2, sent: Sent): Buffer =>
  sent.kind === 'control'
    ? serverFrame(sent.opcode, sent.payload)
    : concat(...serverMessage(opcode, sent.payload, sent.cuts));

for (const opcode of [TEXT, BINARY] as const)
  test(`${opcode === TEXT ? 'text' : 'binary'}: what the judge keeps goes on as it came, control frames where they stood, in any chunks`, async () => {
    const prefixed = (payload: Buffer): string => {
      const prefix = Buffer.alloc(opcode === BINARY ? 4 : 0);
      if (opcode === BINARY) prefix.writeUInt32BE(payload.length);
      return concat(prefix, payload).toString('latin1');
    };
    const isSwallowed = (sent: Sent): boolean =>
      sent.kind === 'message' && sent.payload[0] === 's'.charCodeAt(0);
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.oneof(arbitraryMessage, arbitraryControl), { maxLength: 8 }),
        fc.array(fc.nat(), { maxLength: 6 }),
        async (all, cuts) => {
          const bytes = concat(...all.map((sent) => bytesOf(opcode, sent)));
          const { judge, output, torn } = split(
            cutAt(
              bytes,
              cuts.map((cut) => cut % (bytes.length + 1)),
            ),
            opcode,
          );
          const kept = all.filter((sent) => !isSwallowed(sent));
          assert.ok(output.equals(concat(...kept.map((sent) => bytesOf(opcode, sent)))));
          assert.equal(torn, false);
          const messages = all.flatMap((sent) => (sent.kind === 'message' ? [sent.payload] : []));
          assert.deepEqual(judge.asked, messages.map(prefixed));
          const heard = await hear(output);
          assert.equal(heard.error, undefined);
          assert.deepEqual(
            heard.messages.map(({ data }) => data.toString()),
            kept.flatMap((sent) => (sent.kind === 'message' ? [sent.payload.toString()] : [])),
          );
        },
      ),
      runs(300),
    );
  });

describe('messages and their frames', () => {
  test('fragments are one message for the judge, and go or stay together', () => {
    const swallowed = concat(...serverMessage(TEXT, Buffer.from('swallow'), [1, 1, 4]));
    const kept = concat(...serverMessage(TEXT, Buffer.from('keep'), [0, 2]));
    const { judge, output } = splitAnyhow(concat(swallowed, kept, swallowed));
    assert.deepEqual(judge.asked, ['swallow', 'keep', 'swallow']);
    assert.ok(output.equals(kept));
  });

  test('a ping between fragments keeps its place: that message passes unseen, and the next is judged again', () => {
    const [first = Buffer.alloc(0), second = Buffer.alloc(0)] = serverMessage(
      TEXT,
      Buffer.from('swallow'),
      [3],
    );
    const odd = concat(first, serverFrame(PING, 'p'), second);
    const { judge, output, torn } = splitAnyhow(concat(text('s1'), odd, text('s2'), text('k')));
    assert.deepEqual(judge.asked, ['s1', 's2', 'k']);
    assert.ok(output.equals(concat(odd, text('k'))));
    assert.deepEqual([judge.oversized, judge.unseen, torn], [1, odd.length, false]);
  });

  test('a ping goes on at once, although half a message waits before the next chunk', () => {
    const judge = judged();
    const [first = Buffer.alloc(0)] = serverMessage(TEXT, Buffer.from('keep'), [2]);
    const out: Buffer[] = [];
    judge.push(first, out);
    assert.equal(out.length, 0);
    judge.push(serverFrame(PING, 'p'), out);
    assert.ok(Buffer.concat(out).equals(concat(first, serverFrame(PING, 'p'))));
    assert.ok(judge.splitter.passedPartOfFrame);
  });

  test('a close is kept for the end, and nothing behind it is a message', () => {
    const close = serverFrame(CLOSE, Buffer.from([3, 232]));
    const { judge, output, closing, torn, passedPart } = splitAnyhow(concat(text('k'), close, text('k2')));
    assert.deepEqual(judge.asked, ['k']);
    assert.ok(output.equals(text('k')));
    assert.ok(closing?.equals(close));
    assert.deepEqual([torn, passedPart], [false, false]);
  });

  test('what breaks off is discarded, and said to be torn (R9)', () => {
    const whole = concat(text('k'), ...serverMessage(TEXT, Buffer.from('keep it'), [2, 4]));
    for (let cut = text('k').length + 1; cut < whole.length; cut++) {
      const { output, torn, passedPart } = split([whole.subarray(0, cut)]);
      assert.ok(output.equals(text('k')), `${cut}`);
      assert.deepEqual([torn, passedPart], [true, false], `${cut}`);
    }
    assert.equal(split([whole]).torn, false);
  });
});

describe('what is not looked at (R8, I6)', () => {
  test('a message over the limit passes in parts, whole or in fragments, and the next is judged again', () => {
    const long = Buffer.from(`s${'x'.repeat(40)}`);
    for (const cuts of [[], [10], [1, 2, 3, 40], [0, 41]]) {
      const odd = concat(...serverMessage(TEXT, long, cuts));
      const { judge, output } = splitAnyhow(concat(text('s1'), odd, text('s2'), text('k')), TEXT, 30);
      assert.deepEqual(judge.asked, ['s1', 's2', 'k'], cuts.join());
      assert.ok(output.equals(concat(odd, text('k'))), cuts.join());
      assert.deepEqual([judge.oversized, judge.unseen], [1, odd.length]);
    }
  });

  test('a ping is none, however small the limit', () => {
    const ping = serverFrame(PING, 'x'.repeat(40));
    const { judge, output } = splitAnyhow(concat(ping, text('s'), ping, text('k')), TEXT, 30);
    assert.ok(output.equals(concat(ping, ping, text('k'))));
    assert.deepEqual([judge.asked, judge.oversized], [['s', 'k'], 0]);
  });

  test('endless empty fragments are no way round the limit, and pass as they came', () => {
    const begin = serverFrame(TEXT, '', { fin: false });
    const empty = serverFrame(0, '', { fin: false });
    const end = serverFrame(0, '');
    const odd = concat(begin, ...Array.from({ length: 60 }, () => empty), end);
    const { judge, output, torn } = splitAnyhow(concat(odd, text('s')), TEXT, 30);
    assert.ok(output.equals(odd));
    assert.deepEqual([judge.asked, judge.oversized, torn], [['s'], 1, false]);
  });

  test('a message that claims to be huge is not waited for', () => {
    const head = Buffer.from([0x81, 127, 0, 0, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff]);
    const { output, judge, torn, passedPart } = splitAnyhow(concat(head, Buffer.from('begin')));
    assert.ok(output.equals(concat(head, Buffer.from('begin'))));
    assert.deepEqual([judge.oversized, torn, passedPart], [1, true, true]);
  });

  const BROKEN: Readonly<Record<string, Buffer>> = {
    'a reserved bit': Buffer.from([0xc1, 1, 0x6b]),
    'a reserved opcode': Buffer.from([0x83, 0]),
    'a reserved control opcode': Buffer.from([0x8b, 0]),
    'a masked frame': serverFrame(TEXT, 'k', { mask: true }),
    'a ping in fragments': Buffer.from([0x09, 0]),
    'a ping that is too long': Buffer.from([0x89, 126, 0, 126]),
    'a continuation of nothing': serverFrame(0, 'k'),
    'a message within a message': concat(serverFrame(TEXT, 'k', { fin: false }), text('k')),
    'a length that could be shorter': Buffer.from([0x81, 126, 0, 125]),
    'a long length that could be shorter': Buffer.from([0x81, 127, 0, 0, 0, 0, 0, 0, 0xff, 0xff]),
    'a length below zero': Buffer.from([0x81, 127, 0x80, 0, 0, 0, 0, 1, 0, 0]),
    'a message of the other kind': serverFrame(BINARY, 'k'),
    'a message that the judge makes nothing of': text('lost'),
  };
  for (const [name, broken] of Object.entries(BROKEN))
    test(`${name}: from there on every byte passes, and the client ends it as it would directly (I1)`, async () => {
      const rest = concat(text('s2'), serverFrame(CLOSE, ''), text('s3'));
      const { output, judge, closing, passedPart } = splitAnyhow(concat(text('s1'), text('k'), broken, rest));
      assert.ok(output.equals(concat(text('k'), broken, rest)));
      assert.deepEqual([judge.verbatims, judge.oversized, closing, passedPart], [1, 0, undefined, true]);
      assert.equal(judge.unseen, broken.length + rest.length);
      const direct = await hear(concat(text('s1'), text('k'), broken, rest));
      const through = await hear(output);
      assert.deepEqual([through.error, through.closed], [direct.error, direct.closed]);
    });

  test('in a message that passes unseen too', () => {
    const odd = concat(serverFrame(TEXT, 'x'.repeat(40), { fin: false }), text('within'));
    const { output, judge } = splitAnyhow(concat(odd, text('s')), TEXT, 30);
    assert.ok(output.equals(concat(odd, text('s'))));
    assert.deepEqual([judge.oversized, judge.verbatims], [1, 1]);
  });
});

test('what we say ourselves is what a client understands', async () => {
  for (const length of [0, 1, 125, 126, 65_535, 65_536, 100_000]) {
    const payload = Buffer.alloc(length, 'a');
    const { messages, closed, error } = await hear(
      concat(
        encodeMessage(messageFormOf('json'), payload),
        encodeMessage(messageFormOf('protobuf'), concat(Buffer.alloc(4), payload)),
        encodeClose(),
      ),
    );
    assert.deepEqual([error, closed], [undefined, 1001]);
    assert.deepEqual(messages, [
      { data: payload, isBinary: false },
      { data: payload, isBinary: true },
    ]);
    // As any server would frame it.
    assert.ok(encodeMessage(messageFormOf('json'), payload).equals(serverFrame(TEXT, payload)));
  }
});
