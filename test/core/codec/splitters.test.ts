/** What a splitter asks and tells its judge, and what it passes on, against an oracle that sees the whole stream. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  FREE_FRAME_BYTES,
  type FrameSplitter,
  PendingBytes,
} from '../../../src/core/codec/frame-splitter.ts';
import { JsonLinesSplitter } from '../../../src/core/codec/json/lines.ts';
import { LengthDelimitedSplitter } from '../../../src/core/codec/protobuf/length-delimited.ts';
import { OpaqueSplitter } from '../../../src/core/codec/opaque.ts';
import { cutAt } from '../../support/frame-sieves.ts';
import { JudgedSplitter, type TestVerdict } from '../../support/judged-splitter.ts';
import { positions } from '../../support/property-runs.ts';
import { BOTH, type TestEncoding } from '../../support/sieving.ts';

const MAX = 20;

/** Swallows what holds an `s`, loses framing at an `l`, and at the end of the stream at an `h`. */
function verdictOf(frame: Buffer): TestVerdict {
  const text = frame.toString('latin1');
  if (text.includes('l') || (text.includes('h') && !text.endsWith('\n'))) return 'lost';
  return text.includes('s') ? 'swallow' : 'forward';
}

function encoded(encoding: TestEncoding, content: string): Buffer {
  const body = Buffer.from(content, 'latin1');
  if (encoding === 'json') return Buffer.concat([body, Buffer.from('\n')]);
  const prefix = Buffer.alloc(4);
  prefix.writeUInt32BE(body.length);
  return Buffer.concat([prefix, body]);
}

function splitterOf(encoding: TestEncoding): FrameSplitter {
  return encoding === 'json' ? new JsonLinesSplitter(MAX) : new LengthDelimitedSplitter(MAX);
}

const judged = (splitter: FrameSplitter): JudgedSplitter => new JudgedSplitter(splitter, verdictOf);

interface Split {
  readonly judge: JudgedSplitter;
  readonly output: string;
  readonly torn: boolean;
  readonly passedPart: boolean;
}

function split(encoding: TestEncoding, chunks: readonly Buffer[]): Split {
  const judge = judged(splitterOf(encoding));
  const written: Buffer[] = [];
  for (const chunk of chunks) {
    const borrowed = Buffer.from(chunk);
    const out: Buffer[] = [];
    judge.push(borrowed, out);
    for (const bytes of out) {
      assert.ok(bytes.length > 0, 'nothing is not written');
      written.push(Buffer.from(bytes));
    }
    borrowed.fill(0x6c);
  }
  const passedPart = judge.splitter.passedPartOfFrame;
  const out: Buffer[] = [];
  const torn = judge.finish(out);
  return { judge, output: Buffer.concat([...written, ...out]).toString('latin1'), torn, passedPart };
}

/** What must come of these frames, one after the other. */
function expected(encoding: TestEncoding, contents: readonly string[]) {
  const asked: string[] = [];
  let output = '';
  let [oversized, verbatims, unseen] = [0, 0, 0];
  for (const content of contents) {
    const frame = encoded(encoding, content).toString('latin1');
    const isUnseen = verbatims > 0 || content.length > MAX;
    if (verbatims === 0 && content.length > MAX) oversized++;
    if (!isUnseen) asked.push(frame);
    if (!isUnseen && content.includes('l')) verbatims++;
    if (verbatims > 0 || isUnseen) unseen += frame.length;
    if (isUnseen || verbatims > 0 || !content.includes('s')) output += frame;
  }
  return { asked, output, oversized, verbatims, unseen };
}

const STREAMS: Readonly<Record<string, readonly string[]>> = {
  'frames that are kept and swallowed, side by side and apart': [
    'a',
    'bb',
    's1',
    's2',
    'c',
    's3',
    'd',
    '',
    'e',
  ],
  'only swallowed ones': ['s1', 's2'],
  'the longest that is judged, and one byte more': [
    'x'.repeat(20),
    'x'.repeat(21),
    's',
    'y'.repeat(20),
    'x'.repeat(90),
    'z',
  ],
  'long frames in a row': ['x'.repeat(21), 'x'.repeat(30), 's'],
  'framing that is lost': ['a', 's', 'l', 's', 'x'.repeat(40), 'l'],
  'framing that is lost at once': ['l', 'a'],
};

for (const encoding of BOTH)
  describe(`${encoding} frames (R7, R8, I3)`, () => {
    for (const [what, contents] of Object.entries(STREAMS))
      test(`${what}: the same questions, counts and bytes, cut anywhere twice`, () => {
        const bytes = Buffer.concat(contents.map((content) => encoded(encoding, content)));
        const { asked, output, oversized, verbatims, unseen } = expected(encoding, contents);
        for (let first = 0; first <= bytes.length; first++)
          for (const second of positions(bytes.length)) {
            if (second < first) continue;
            const read = split(encoding, cutAt(bytes, [first, second]));
            const at = `cut at ${first} and ${second}`;
            assert.deepEqual(read.judge.asked, asked, at);
            assert.equal(read.output, output, at);
            assert.equal(read.judge.oversized, oversized, at);
            assert.equal(read.judge.verbatims, verbatims, at);
            assert.equal(read.judge.unseen, unseen, at);
            assert.equal(read.torn, false, at);
            assert.equal(read.passedPart, verbatims > 0, at);
          }
      });

    test('byte by byte: the same again', () => {
      for (const [what, contents] of Object.entries(STREAMS)) {
        const bytes = Buffer.concat(contents.map((content) => encoded(encoding, content)));
        const { judge, output } = split(
          encoding,
          Array.from(bytes, (byte) => Buffer.from([byte])),
        );
        const { asked, output: all } = expected(encoding, contents);
        assert.deepEqual([judge.asked, output], [asked, all], what);
      }
    });

    test('ended anywhere: half a frame is told, and never passed on, unless it is too long (R9)', () => {
      const contents = ['a', 's', 'bbb', 'x'.repeat(30), 'c'];
      const whole = contents.map((content) => encoded(encoding, content));
      const bytes = Buffer.concat(whole);
      const ends = new Set([0]);
      for (let i = 1; i <= whole.length; i++) ends.add(Buffer.concat(whole.slice(0, i)).length);
      const long = Buffer.concat(whole.slice(0, 3)).length;
      for (let end = 0; end <= bytes.length; end++) {
        const { judge, output, torn, passedPart } = split(encoding, [bytes.subarray(0, end)]);
        // Of JSON what is left at the end is judged; here all of it is taken for whole.
        const left = judge.asked.at(-1)?.startsWith('last ') === true;
        assert.equal(torn, !ends.has(end) && !left, `ended at ${end}`);
        const complete = expected(encoding, contents).output;
        assert.ok(complete.startsWith(output), `ended at ${end}`);
        const isInsideLong =
          end > long + (encoding === 'json' ? MAX : 3) &&
          end < long + encoded(encoding, 'x'.repeat(30)).length;
        assert.equal(passedPart, isInsideLong, `ended at ${end}`);
      }
    });

    test('each piece is the same object, which holds no chunk once there is no more of it', () => {
      const splitter = splitterOf(encoding);
      const chunk = Buffer.concat(['a', 'b', 'x'.repeat(30), 'c'].map((text) => encoded(encoding, text)));
      const first = splitter.next(chunk) ?? assert.fail('there is one');
      assert.equal(first.raw, chunk);
      for (let n = 0; n < 3; n++) assert.equal(splitter.next(chunk), first);
      assert.equal(splitter.next(chunk), undefined);
      assert.deepEqual([first.raw.length, first.bytes.length], [0, 0]);
    });

    test('a chunk that passes whole is passed on as it is, and neighbours that do are one piece', () => {
      const splitter = judged(splitterOf(encoding));
      const frames = (...contents: string[]): Buffer =>
        Buffer.concat(contents.map((content) => encoded(encoding, content)));
      const passed = (chunk: Buffer): Buffer[] => {
        const out: Buffer[] = [];
        splitter.push(chunk, out);
        return out;
      };
      const all = frames('a', 'b', 'c');
      assert.equal(passed(all)[0], all);
      assert.deepEqual(passed(frames('s', 'a', 'b', 's', 's', 'c', 's')), [frames('a', 'b'), frames('c')]);
      assert.deepEqual(passed(frames('s', 's')), []);
      const [part] = passed(Buffer.concat([frames('a'), frames('bcd').subarray(0, 3)]));
      assert.deepEqual(part, frames('a'));
      assert.deepEqual(passed(frames('bcd').subarray(3)), [frames('bcd')]);
      passed(frames('l'));
      const rest = Buffer.from('whatever');
      assert.equal(passed(rest)[0], rest);
      assert.equal(passed(frames('x'.repeat(50))).length, 1);
    });
  });

describe('the end of JSON lines (R7, R9)', () => {
  const chunksOf = (...texts: string[]): Buffer[] => texts.map((text) => Buffer.from(text));

  test('a last line without its line feed is judged: passed on, swallowed or half a frame', () => {
    assert.deepEqual(
      [split('json', chunksOf('a\nb')).output, split('json', chunksOf('a\nb')).torn],
      ['a\nb', false],
    );
    assert.deepEqual(
      [split('json', chunksOf('a\ns')).output, split('json', chunksOf('a\ns')).torn],
      ['a\n', false],
    );
    assert.deepEqual(
      [split('json', chunksOf('a\nh')).output, split('json', chunksOf('a\nh')).torn],
      ['a\n', true],
    );
    assert.deepEqual(split('json', chunksOf('a\nb')).judge.asked, ['a\n', 'last b']);
    assert.deepEqual(split('json', chunksOf('a\n')).judge.asked, ['a\n']);
  });

  test('inside a line that is too long the end is torn', () => {
    assert.equal(split('json', chunksOf('x'.repeat(30))).torn, true);
    assert.equal(split('json', chunksOf('x'.repeat(10), 'x'.repeat(20))).torn, true);
    assert.equal(split('json', chunksOf('x'.repeat(30), '\n')).torn, false);
  });

  test('it can be asked for twice: what was pending is gone', () => {
    const splitter = judged(new JsonLinesSplitter(MAX));
    splitter.push(Buffer.from('h'), []);
    assert.equal(splitter.finish([]), true);
    assert.equal(splitter.finish([]), false);
  });
});

describe('an answer that is no watch (R8)', () => {
  for (const text of ['{"kind":"NodeList"}', '{"apiVersion":"v1"}', '{"metadata":{"resourceVersion"'])
    test(`${text} passes before any line feed`, () => {
      for (let cut = 1; cut < text.length; cut++) {
        const judge = judged(new JsonLinesSplitter(1000));
        const out: Buffer[] = [];
        judge.push(Buffer.from(text.slice(0, cut)), out);
        if (cut >= 13) assert.equal(Buffer.concat(out).toString(), text.slice(0, cut), `cut at ${cut}`);
        judge.push(Buffer.from(text.slice(cut)), out);
        assert.equal(Buffer.concat(out).toString(), text, `cut at ${cut}`);
        assert.deepEqual([judge.verbatims, judge.unseen, judge.asked.length], [1, text.length, 0]);
      }
    });

  test('anything else waits for its line feed', () => {
    for (const text of [
      '{"type":"ADDED","object":{}}',
      '{"Kind":"NodeList"}',
      ' {"kind":"NodeList"}',
      '{"kinds":[]}   ',
    ]) {
      const judge = judged(new JsonLinesSplitter(1000));
      const out: Buffer[] = [];
      judge.push(Buffer.from(text), out);
      assert.deepEqual([out.length, judge.verbatims], [0, 0], text);
    }
  });

  test('is looked for only where the stream begins', () => {
    for (const before of ['a\n', `${'x'.repeat(1001)}\n`])
      for (const chunks of [
        [before, '{"kind":"NodeList"}'],
        [`${before}{"kind":"NodeList"}`],
        [before.slice(0, 1), `${before.slice(1)}{"kind":`, '"NodeList"}'],
      ]) {
        const judge = judged(new JsonLinesSplitter(1000));
        const out: Buffer[] = [];
        for (const chunk of chunks) judge.push(Buffer.from(chunk), out);
        assert.equal(judge.verbatims, 0);
        assert.equal(Buffer.concat(out).toString(), before);
      }
  });
});

describe('the end of length-prefixed frames', () => {
  test('inside a prefix, a frame or one too long it is torn, and only once', () => {
    for (const bytes of ['00', '00000002', '0000000261', '0000001e6161']) {
      const splitter = judged(new LengthDelimitedSplitter(MAX));
      splitter.push(Buffer.from(bytes, 'hex'), []);
      assert.equal(splitter.finish([]), true, bytes);
    }
    const splitter = judged(new LengthDelimitedSplitter(MAX));
    splitter.push(Buffer.from('00', 'hex'), []);
    splitter.finish([]);
    assert.equal(splitter.finish([]), false);
  });

  test('a frame too long is told of as soon as its prefix is there', () => {
    const judge = judged(new LengthDelimitedSplitter(MAX));
    const out: Buffer[] = [];
    judge.push(Buffer.from('0000', 'hex'), out);
    assert.deepEqual([judge.oversized, out.length, judge.splitter.passedPartOfFrame], [0, 0, false]);
    judge.push(Buffer.from('0015', 'hex'), out);
    assert.deepEqual([judge.oversized, Buffer.concat(out).toString('hex')], [1, '00000015']);
    assert.equal(judge.splitter.passedPartOfFrame, true);
    judge.push(Buffer.alloc(21), out);
    assert.equal(judge.splitter.passedPartOfFrame, false);
  });
});

test('an opaque stream passes as it came, counted as one (I1)', () => {
  const judge = judged(new OpaqueSplitter());
  const chunks = [Buffer.from('a\n'), Buffer.from('s')];
  const out: Buffer[] = [];
  for (const chunk of chunks) judge.push(chunk, out);
  assert.equal(out[0], chunks[0]);
  assert.equal(out[1], chunks[1]);
  assert.deepEqual([judge.unseen, judge.asked.length], [3, 0]);
  assert.equal(judge.finish([]), false);
  assert.equal(judge.splitter.passedPartOfFrame, true);
});

describe('bytes of an incomplete frame (I6, I8)', () => {
  test('are copies, whatever becomes of the chunk or of the next frame', () => {
    const pending = new PendingBytes();
    const chunk = Buffer.from('..abc..');
    pending.append(chunk, 2, 4);
    pending.append(chunk, 4, 5);
    chunk.fill(0);
    assert.equal(pending.view().toString(), 'abc');
    const taken = pending.take();
    assert.equal(pending.length, 0);
    pending.append(Buffer.from('xyz'), 0, 3);
    assert.equal(taken.toString(), 'abc');
    assert.equal(pending.view().toString(), 'xyz');
    pending.clear();
    assert.equal(pending.view().length, 0);
  });

  test('grow in one buffer, by doubling, and keep what was there', () => {
    const pending = new PendingBytes();
    const part = Buffer.from(Array.from({ length: 1000 }, (_, i) => i % 251));
    const buffers = new Set<ArrayBufferLike>();
    for (let i = 0; i < 1000; i++) {
      pending.append(part, 0, 1000);
      buffers.add(pending.view().buffer);
    }
    assert.ok(buffers.size <= 6, `grown ${buffers.size} times from 32 KiB to a megabyte`);
    for (let i = 0; i < 1000; i++)
      assert.ok(
        pending
          .view()
          .subarray(i * 1000, (i + 1) * 1000)
          .equals(part),
      );
  });

  test('one huge frame does not pin its memory, an ordinary one keeps it for the next', () => {
    const after = (bytes: number): number => {
      const pending = new PendingBytes();
      pending.append(Buffer.alloc(bytes), 0, bytes);
      pending.clear();
      return pending.view().buffer.byteLength;
    };
    assert.equal(after(100), 32 * 1024);
    assert.equal(after(FREE_FRAME_BYTES), FREE_FRAME_BYTES);
    assert.equal(after(FREE_FRAME_BYTES + 1), 0);
  });
});
