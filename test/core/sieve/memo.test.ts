import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { CODECS } from '../../../src/core/codec/codecs.ts';
import { NODES } from '../../../src/core/resource/node.ts';
import type { Fingerprint } from '../../../src/core/sieve/fingerprint.ts';
import { type Memo, Memos } from '../../../src/core/sieve/memo.ts';
import { planOf } from '../../../src/core/projection/presets.ts';
import { arbitraryChange } from '../../support/arbitrary-node.ts';
import { often, runs } from '../../support/property-runs.ts';
import { BOTH, node, type TestEncoding, TestSieve } from '../../support/sieving.ts';
import { serverFrame } from '../../support/whole-node.ts';

const PLAN = planOf('metallb');
const ROOM = 1024 * 1024;
const RUNS = runs(400);

function sieve(
  encoding: TestEncoding,
  memos?: Memos,
  passAt: (now: number) => number = () => Infinity,
): TestSieve {
  return new TestSieve({
    encoding,
    plan: PLAN,
    phase: 'past',
    resourceVersion: '1',
    snapshot: undefined,
    passAt,
    memos,
  });
}

/** A stream that has not come to the end of its initial events. */
function beginning(encoding: TestEncoding, memos?: Memos): TestSieve {
  return new TestSieve({
    encoding,
    plan: PLAN,
    phase: 'until-not-added',
    resourceVersion: '',
    snapshot: undefined,
    passAt: () => Infinity,
    memos,
  });
}

function decide(sieve: TestSieve, bytes: Buffer): object {
  const { type, reason, resourceVersion } = sieve.decide(bytes, 0, bytes.length) ?? {};
  return { type, reason, resourceVersion, deliveredAt: sieve.deliveredAt, size: sieve.baselineSize };
}

function modified(encoding: TestEncoding, name: string, parts: { metadata?: object } = {}): Buffer {
  return serverFrame(encoding, 'MODIFIED', node({ ...parts, metadata: { ...parts.metadata, name } }));
}

/** As a reader does with an event that it had to scan. */
function learnFrame(memo: Memo | undefined, frame: Buffer, fingerprint: Fingerprint): void {
  memo?.recall(frame, 0, frame.length);
  memo?.learn(memo.reading, fingerprint);
}

for (const encoding of BOTH)
  describe(`with and without a memo, ${encoding} (I2, I5)`, () => {
    test('the verdicts on any history are the same, for streams at any two places in it', () => {
      let recalled = 0;
      const step = fc.record({
        type: fc.constantFrom('MODIFIED', 'MODIFIED', 'MODIFIED', 'MODIFIED', 'ADDED', 'DELETED'),
        which: fc.nat(3),
        name: fc.constantFrom('node-1', 'node-2'),
        stream: fc.nat(2),
      });
      fc.assert(
        fc.property(
          arbitraryChange,
          fc.array(step, { maxLength: 30 }),
          // Room for one of the two Nodes or for both, which are kept whole or as digests.
          fc.constantFrom<readonly [number, number]>([1200, 1200], [300, 0], [ROOM, ROOM], [ROOM, 0]),
          (nodes, steps, [room, whole]) => {
            const memos = new Memos(room, whole);
            // The third is still at its initial events.
            const sieves = (given?: Memos): TestSieve[] => [
              sieve(encoding, given),
              sieve(encoding, given),
              beginning(encoding, given),
            ];
            const plain = sieves();
            const remembering = sieves(memos);
            for (const [i, { type, which, name, stream }] of steps.entries()) {
              const { ownerReferences: _, finalizers: __, ...metadata } = nodes[which % 2]?.metadata ?? {};
              const known = {
                ...nodes[which % 2],
                metadata: { ...metadata, name, uid: 'u', resourceVersion: `${i}` },
              };
              const frame = serverFrame(encoding, type, { ...node(), ...known });
              const [a, b] = [plain[stream], remembering[stream]];
              assert.ok(a !== undefined && b !== undefined);
              const expected = decide(a, frame);
              assert.deepEqual(decide(b, frame), expected);
              if ('reason' in expected && expected.reason === 'unchanged') recalled++;
            }
          },
        ),
        RUNS,
      );
      assert.ok(often(recalled, RUNS, 1 / 4), `only ${recalled} events were no-ops`);
    });

    test('a remembered no-op passes all the same once its time has come (R19)', () => {
      const memos = new Memos(ROOM);
      const aged = sieve(encoding, memos, (now) => now + 100);
      const frame = modified(encoding, 'node-1');
      const reasons = [0, 10, 20, 100].map((now) => {
        aged.now = now;
        return aged.decide(frame, 0, frame.length)?.reason;
      });
      assert.deepEqual(reasons, ['first_seen', 'unchanged', 'unchanged', 'max_age']);
    });

    test('a mistrusted baseline swallows nothing, whatever is remembered (R22)', () => {
      const memos = new Memos(ROOM);
      const stream = sieve(encoding, memos);
      const frame = modified(encoding, 'node-1');
      for (let i = 0; i < 3; i++) stream.decide(frame, 0, frame.length);
      stream.mistrust();
      assert.equal(stream.decide(frame, 0, frame.length)?.reason, 'mismatch');
    });

    test('among the initial events nothing is swallowed, whatever is remembered (R20)', () => {
      const memos = new Memos(ROOM);
      const frame = modified(encoding, 'node-1');
      const stream = sieve(encoding, memos);
      for (let i = 0; i < 3; i++) stream.decide(frame, 0, frame.length);
      const next = new TestSieve({
        encoding,
        plan: PLAN,
        phase: 'until-bookmark',
        resourceVersion: '',
        snapshot: undefined,
        passAt: () => Infinity,
        memos,
      });
      for (let i = 0; i < 3; i++) assert.equal(next.decide(frame, 0, frame.length)?.reason, 'initial');
    });

    test('what is kept is a copy (I8)', () => {
      const memos = new Memos(ROOM);
      const stream = sieve(encoding, memos);
      const frame = modified(encoding, 'node-1');
      for (let i = 0; i < 2; i++) {
        const borrowed = Buffer.from(frame);
        stream.decide(borrowed, 0, borrowed.length);
        borrowed.fill(0xff);
      }
      const memo = memos.of(CODECS[encoding], NODES, PLAN);
      assert.ok(memo?.recall(frame, 0, frame.length) !== undefined);
    });

    test('a swallowed event tells how far its Node is', () => {
      const memos = new Memos(ROOM);
      const stream = sieve(encoding, memos);
      const frames = ['1', '2', '3'].map((resourceVersion) =>
        modified(encoding, 'node-1', { metadata: { resourceVersion } }),
      );
      for (const frame of frames) stream.decide(frame, 0, frame.length);
      assert.equal(stream.position()?.resourceVersion, '3');
      assert.equal(stream.deliveredAt, '1');
    });
  });

for (const [kept, share] of [
  ['whole', 1],
  ['as digests', 0],
] as const)
  describe(`the room of memos that keep essences ${kept} (I6)`, () => {
    const fingerprint = (text: string): Fingerprint => text as Fingerprint;
    const roomFor = (bytes: number): Memos => new Memos(bytes, bytes * share);

    function learn(memos: Memos, name: string, is: string): void {
      const memo = memos.of(CODECS.json, NODES, PLAN);
      const frame = modified('json', name);
      learnFrame(memo, frame, fingerprint(is));
    }

    function recall(memos: Memos, name: string): string | undefined {
      const frame = modified('json', name);
      return memos.of(CODECS.json, NODES, PLAN)?.recall(frame, 0, frame.length);
    }

    /** What one Node takes. */
    function sizeOfOne(): number {
      const memos = roomFor(ROOM);
      learn(memos, 'node-1', 'a');
      return memos.bytes;
    }

    test('what is remembered is the newest', () => {
      const memos = roomFor(ROOM);
      learn(memos, 'node-1', 'a');
      learn(memos, 'node-1', 'b');
      assert.equal(recall(memos, 'node-1'), 'b');
      assert.equal(memos.bytes, sizeOfOne());
    });

    test('the memo of a plan that went takes nothing more, whichever stream still has it', () => {
      const memos = roomFor(ROOM);
      const frame = modified('json', 'node-1');
      const old = memos.of(CODECS.json, NODES, PLAN);
      learnFrame(old, frame, fingerprint('a'));
      for (let plans = 0; plans < 100; plans++) memos.of(CODECS.json, NODES, { ...PLAN });
      assert.equal(memos.bytes, 0);
      learnFrame(old, frame, fingerprint('a'));
      assert.equal(memos.bytes, 0);
      assert.equal(old?.recall(frame, 0, frame.length), undefined);
    });

    test('an essence of another length takes the place of the old one', () => {
      const memos = roomFor(ROOM);
      const memo = memos.of(CODECS.json, NODES, PLAN);
      const frames = [{ labels: { a: '1' } }, { labels: { a: '1', b: '23456' } }].map((metadata) =>
        modified('json', 'node-1', { metadata }),
      );
      const sizes = frames.map((frame) => {
        learnFrame(memo, frame, fingerprint('x'));
        return memos.bytes;
      });
      assert.deepEqual(
        frames.map((frame) => memo?.recall(frame, 0, frame.length)),
        [undefined, 'x'],
      );
      assert.equal((sizes[1] ?? 0) - (sizes[0] ?? 0), share * ',"b":"23456"'.length);
    });

    test('it is not exceeded, and what nobody asked for goes first', () => {
      const size = sizeOfOne();
      const memos = roomFor(2 * size);
      learn(memos, 'node-1', 'a');
      learn(memos, 'node-2', 'b');
      // Each is spared once; then goes the one that nobody has asked for since.
      for (let i = 0; i < 2; i++) {
        learn(memos, 'node-3', 'c');
        assert.equal(recall(memos, 'node-3'), undefined);
      }
      assert.equal(recall(memos, 'node-1'), 'a');
      for (let i = 0; i < 2; i++) learn(memos, 'node-3', 'c');
      assert.deepEqual(
        ['node-1', 'node-2', 'node-3'].map((name) => recall(memos, name)),
        ['a', undefined, 'c'],
      );
      assert.ok(memos.bytes <= memos.maxBytes);
    });

    test('more Nodes than there is room for do not push each other out in turn', () => {
      const memos = roomFor(10 * sizeOfOne());
      const names = Array.from({ length: 15 }, (_, i) => `node-${i + 10}`);
      let recalled = 0;
      for (let round = 0; round < 40; round++)
        for (const name of names)
          if (recall(memos, name) === undefined) learn(memos, name, 'x');
          else recalled++;
      // A cache that drops the least recently used would have none here.
      assert.ok(recalled > (40 * names.length) / 3, `only ${recalled} of ${40 * names.length}`);
      assert.ok(memos.bytes <= memos.maxBytes);
    });

    test('a long name takes its own length more', () => {
      const memos = roomFor(ROOM);
      learn(memos, 'node-1', 'a');
      const before = memos.bytes;
      learn(memos, 'n'.repeat(253), 'b');
      assert.ok(memos.bytes - before >= before + 247, `${memos.bytes - before} after ${before}`);
    });

    test('without any room nothing is remembered', () => {
      const memos = roomFor(10);
      learn(memos, 'node-1', 'a');
      assert.equal(recall(memos, 'node-1'), undefined);
      assert.equal(memos.bytes, 0);
    });

    test('what has no essence is not learned, and what is learned is of that very frame', () => {
      const memos = roomFor(ROOM);
      const memo = memos.of(CODECS.json, NODES, PLAN);
      const added = serverFrame('json', 'ADDED', node());
      learnFrame(memo, added, fingerprint('a'));
      assert.equal(memos.bytes, 0);
      learn(memos, 'node-1', 'a');
      assert.equal(recall(memos, 'node-2'), undefined);
      learnFrame(memo, added, fingerprint('b'));
      assert.equal(recall(memos, 'node-1'), 'a');
      assert.equal(recall(memos, 'node-2'), undefined);
    });

    test('what was read before another frame is not learned, because that frame is in the reader now (I2)', () => {
      const memos = roomFor(ROOM);
      const memo = memos.of(CODECS.json, NODES, PLAN);
      const frames = ['node-1', 'node-2'].map((name) => modified('json', name));
      const readings = frames.map((frame) => {
        assert.equal(memo?.recall(frame, 0, frame.length), undefined);
        return memo?.reading ?? 0;
      });
      memo?.learn(readings[0] ?? 0, fingerprint('a'));
      assert.equal(memos.bytes, 0);
      memo?.learn(readings[1] ?? 0, fingerprint('b'));
      assert.deepEqual([recall(memos, 'node-1'), recall(memos, 'node-2')], [undefined, 'b']);
    });

    test('each projection and encoding has one memo; a plan that needs more than an essence has none', () => {
      const memos = roomFor(ROOM);
      assert.equal(memos.of(CODECS.json, NODES, PLAN), memos.of(CODECS.json, NODES, PLAN));
      assert.notEqual(memos.of(CODECS.json, NODES, PLAN), memos.of(CODECS.protobuf, NODES, PLAN));
      assert.notEqual(memos.of(CODECS.json, NODES, PLAN), memos.of(CODECS.json, NODES, planOf('labels')));
      assert.equal(memos.of(CODECS.json, NODES, planOf('heartbeat')), undefined);
    });

    test('projections that come and go give their room back', () => {
      const memos = roomFor(ROOM);
      learn(memos, 'node-1', 'a');
      const before = memos.bytes;
      for (let i = 0; i < 64; i++) memos.of(CODECS.json, NODES, { fields: { spec: 'whole' }, rest: 'skip' });
      assert.equal(memos.bytes, 0);
      learn(memos, 'node-1', 'a');
      assert.equal(memos.bytes, before);
    });
  });

test('few essences are kept whole, and more Nodes are known by digests than would be by essences (I6)', () => {
  const memos = new Memos(64 * 1024);
  const memo = memos.of(CODECS.json, NODES, PLAN);
  const frames = Array.from({ length: 100 }, (_, i) => modified('json', `node-${i + 100}`));
  const sizes = frames.map((frame) => {
    const before = memos.bytes;
    learnFrame(memo, frame, 'a' as Fingerprint);
    return memos.bytes - before;
  });
  const whole = sizes.filter((size) => size === sizes[0]);
  assert.ok(whole.length > 5 && whole.length * (sizes[0] ?? 0) <= memos.maxBytes / 8);
  assert.ok((sizes.at(-1) ?? 0) < (sizes[0] ?? 0) / 2);
  for (const frame of frames) assert.equal(memo?.recall(frame, 0, frame.length), 'a');
  // What is kept whole gives its room to the next when it goes.
  const longer = modified('json', 'node-100', { metadata: { labels: { a: 'b'.repeat(50) } } });
  learnFrame(memo, longer, 'b' as Fingerprint);
  learnFrame(memo, frames[0] ?? longer, 'c' as Fingerprint);
  assert.ok(memos.bytes <= memos.maxBytes);
});
