/** At any moment a splitter can be told to keep nothing of a frame: all bytes go on in their order, and are counted (I3, I6). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { FrameSplitter } from '../../../src/core/codec/frame-splitter.ts';
import { JsonLinesSplitter } from '../../../src/core/codec/json/lines.ts';
import { LengthDelimitedSplitter } from '../../../src/core/codec/protobuf/length-delimited.ts';
import { encodeMessage } from '../../../src/core/codec/websocket/encode.ts';
import { messageFormOf, MessageSplitter } from '../../../src/core/codec/websocket/message-splitter.ts';
import { JudgedSplitter } from '../../support/judged-splitter.ts';
import { runs } from '../../support/property-runs.ts';

/** Tells it to let go of what it keeps, as a stream does. */
function passUnseen({ splitter }: JudgedSplitter, out: Buffer[]): void {
  const piece = splitter.abandon();
  if (piece === undefined) return;
  assert.equal(piece.kind, 'oversize');
  out.push(Buffer.from(piece.raw.subarray(piece.rawStart, piece.rawEnd)));
}

interface Framing {
  readonly name: string;
  readonly frame: (text: string) => Buffer;
  readonly splitter: () => FrameSplitter;
}

const MAX = 100_000;
const prefixed = (text: string): Buffer => {
  const bytes = Buffer.from(`    ${text}`);
  bytes.writeUInt32BE(bytes.length - 4);
  return bytes;
};
const FRAMINGS: readonly Framing[] = [
  {
    name: 'lines of JSON',
    frame: (text) => Buffer.from(`{"type":"${text}"}\n`),
    splitter: () => new JsonLinesSplitter(MAX),
  },
  { name: 'lengths', frame: prefixed, splitter: () => new LengthDelimitedSplitter(MAX) },
  {
    name: 'messages',
    frame: (text) => encodeMessage(messageFormOf('json'), Buffer.from(text)),
    splitter: () => new MessageSplitter(MAX, messageFormOf('json')),
  },
];

const textOf = fc.integer({ min: 1, max: 300 }).map((length) => 'x'.repeat(length));
const cutOf = fc.record({ bytes: fc.integer({ min: 1, max: 200 }), passes: fc.boolean() });

for (const { name, frame, splitter: splitterOf } of FRAMINGS)
  test(`${name}: whenever it is told so`, () => {
    fc.assert(
      fc.property(
        fc.array(textOf, { minLength: 1, maxLength: 8 }),
        fc.array(cutOf, { minLength: 1 }),
        (texts, cuts) => {
          const input = Buffer.concat(texts.map(frame));
          const judged = new JudgedSplitter(splitterOf(), () => 'forward');
          const out: Buffer[] = [];
          for (let at = 0, turn = 0; at < input.length; turn++) {
            const { bytes, passes } = cuts[turn % cuts.length] ?? { bytes: 1, passes: false };
            // Memory that is overwritten once it was pushed (I8).
            const chunk = Buffer.from(input.subarray(at, at + bytes));
            const own: Buffer[] = [];
            judged.push(chunk, own);
            if (passes) passUnseen(judged, own);
            out.push(...own.map((piece) => Buffer.from(piece)));
            chunk.fill(0);
            at += bytes;
          }
          assert.equal(judged.finish(out), false);
          assert.deepEqual(Buffer.concat(out), input);
          assert.equal(judged.verbatims, 0);
        },
      ),
      runs(1000),
    );
  });

for (const { name, frame, splitter: splitterOf } of FRAMINGS)
  test(`${name}: what has begun passes at once, and the next frame is judged`, () => {
    const judged = new JudgedSplitter(splitterOf(), () => 'forward');
    const [first, next] = [frame('x'.repeat(1000)), frame('y')];
    const out: Buffer[] = [];
    judged.push(first.subarray(0, 500), out);
    assert.equal(out.length, 0);
    passUnseen(judged, out);
    assert.deepEqual(Buffer.concat(out), first.subarray(0, 500));
    assert.equal(judged.splitter.passedPartOfFrame, true);
    judged.push(Buffer.concat([first.subarray(500), next]), out);
    assert.deepEqual(Buffer.concat(out), Buffer.concat([first, next]));
    assert.equal(judged.splitter.passedPartOfFrame, false);
    assert.equal(judged.asked.length, 1);
  });
