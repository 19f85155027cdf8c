import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { planOf } from '../../../src/core/projection/presets.ts';
import { Snapshots, type Snapshot } from '../../../src/core/sieve/snapshots.ts';
import { suppression } from '../../../src/core/sieve/suppression.ts';
import type { InitialPhase } from '../../../src/core/sieve/initial-phase.ts';
import { jsonFrame } from '../../support/encode.ts';
import { frame, node, reasonFor, TestSieve } from '../../support/sieving.ts';

const at = (resourceVersion: number, label = 'a', name = 'node-1') =>
  node({ metadata: { name, resourceVersion: String(resourceVersion), labels: { label } } });

function sieve(
  options: { phase?: InitialPhase; from?: string; snapshot?: Snapshot; passAt?: number } = {},
): TestSieve {
  return new TestSieve({
    encoding: 'json',
    plan: planOf('metallb'),
    phase: options.phase ?? 'past',
    resourceVersion: options.from ?? '',
    snapshot: options.snapshot,
    passAt: () => options.passAt ?? Infinity,
  });
}
const feed = (to: TestSieve, type: string, object = at(1)): string =>
  reasonFor(to, frame('json', type, object));

describe('the snapshot a stream leaves behind (R16)', () => {
  test('is kept under the resourceVersion last delivered; what was swallowed since has not changed it', () => {
    const stream = sieve();
    feed(stream, 'ADDED', at(5));
    feed(stream, 'MODIFIED', at(6));
    const left = stream.snapshot();
    assert.equal(left?.resourceVersion, '5');
    const resumed = sieve({ from: '5', snapshot: left.snapshot });
    assert.equal(feed(resumed, 'MODIFIED', at(6)), 'unchanged');
    assert.equal(feed(resumed, 'MODIFIED', at(7, 'b')), 'changed');
  });

  test('moves on with bookmarks, genuine and our own', () => {
    const stream = sieve();
    feed(stream, 'ADDED', at(5));
    feed(stream, 'BOOKMARK', at(9));
    assert.equal(stream.snapshot()?.resourceVersion, '9');
    feed(stream, 'MODIFIED', at(10));
    stream.released('10');
    assert.equal(stream.snapshot()?.resourceVersion, '10');
  });

  test('knows what was deleted', () => {
    const stream = sieve();
    feed(stream, 'ADDED', at(5));
    feed(stream, 'DELETED', at(6));
    const resumed = sieve({ from: '6', snapshot: stream.snapshot()?.snapshot ?? assert.fail() });
    assert.equal(feed(resumed, 'MODIFIED', at(7)), 'first_seen');
  });

  test('a resumed stream without any event leaves the same one', () => {
    const first = sieve();
    feed(first, 'ADDED', at(5));
    const resumed = sieve({ from: '5', snapshot: first.snapshot()?.snapshot ?? assert.fail() });
    assert.equal(resumed.snapshot()?.resourceVersion, '5');
    assert.equal(resumed.snapshot()?.snapshot.held.size, 1);
  });

  test('does not exist before the initial events are over (R20)', () => {
    for (const phase of ['until-bookmark', 'until-not-added'] as const) {
      const stream = sieve({ phase });
      feed(stream, 'ADDED', at(50));
      feed(stream, 'ADDED', at(7, 'a', 'node-2'));
      assert.equal(stream.snapshot(), undefined, phase);
    }
  });

  test('does not exist after something of which nothing was understood, until the next event that is', () => {
    const stream = sieve();
    feed(stream, 'ADDED', at(5));
    reasonFor(
      stream,
      jsonFrame('MODIFIED', { ...at(6), metadata: { name: 5, resourceVersion: '6', labels: 7 } }),
    );
    assert.equal(stream.snapshot(), undefined);
    feed(stream, 'ADDED', at(7, 'a', 'node-2'));
    const left = stream.snapshot();
    assert.deepEqual([left?.resourceVersion, [...(left?.snapshot.held.keys() ?? [])]], ['7', ['node-2']]);
  });

  test('does not exist after an unknown type of event, or bytes that are no frame', () => {
    for (const bytes of [frame('json', 'RENAMED', at(6)), Buffer.from('no frame\n')]) {
      const stream = sieve();
      feed(stream, 'ADDED', at(5));
      reasonFor(stream, bytes);
      assert.equal(stream.snapshot(), undefined);
      assert.equal(stream.baselineSize, 0);
    }
  });

  test('stays where it was after an ERROR, which tells of no state', () => {
    const stream = sieve();
    feed(stream, 'ADDED', at(5));
    feed(stream, 'ERROR', at(9));
    assert.equal(stream.snapshot()?.resourceVersion, '5');
  });

  test('does not exist where initial events ended with an ERROR, whatever the client began with', () => {
    const stream = sieve({ phase: 'until-not-added', from: '5' });
    feed(stream, 'ERROR', at(9));
    assert.equal(stream.pastInitialEvents, true);
    assert.equal(stream.snapshot(), undefined);
  });

  test('says that a stream has seen it', () => {
    const stream = sieve();
    feed(stream, 'ADDED', at(5));
    assert.equal(stream.snapshot()?.snapshot.source, 'stream');
  });

  test('is a copy: a stream that goes on does not change it', () => {
    const stream = sieve();
    feed(stream, 'ADDED', at(5));
    const left = stream.snapshot() ?? assert.fail();
    feed(stream, 'MODIFIED', at(6, 'b'));
    const one = sieve({ from: '5', snapshot: left.snapshot });
    feed(one, 'MODIFIED', at(6, 'c'));
    const other = sieve({ from: '5', snapshot: left.snapshot });
    assert.equal(feed(other, 'MODIFIED', at(6)), 'unchanged');
  });

  test('is not adopted by a stream that begins with initial events', () => {
    const first = sieve();
    feed(first, 'ADDED', at(5));
    const snapshot = first.snapshot()?.snapshot ?? assert.fail();
    const watchList = sieve({ phase: 'until-bookmark', from: '5', snapshot });
    assert.equal(watchList.baselineSize, 0);
  });
});

describe('where snapshots are kept', () => {
  let now = 1000;
  let replaced = 0;
  const snapshots = (maxObjects = 100) =>
    new Snapshots({ maxObjects, ttlMs: 1000, now: () => now, onReplaced: () => replaced++ });
  const snapshot = (objects: number): Snapshot => {
    const stream = sieve();
    for (let i = 0; i < objects; i++) feed(stream, 'ADDED', at(i + 1, 'a', `node-${i}`));
    return stream.snapshot()?.snapshot ?? assert.fail();
  };

  test('only an equal scope at an equal resourceVersion has it: 05 is not 5', () => {
    const kept = snapshots();
    kept.keep('scope', '5', snapshot(1));
    assert.ok(kept.at('scope', '5') !== undefined);
    for (const [scope, resourceVersion] of [
      ['scope', '05'],
      ['scope', '5.0'],
      ['scope', ''],
      ['other', '5'],
      ['scope@5', ''],
    ] as const)
      assert.equal(kept.at(scope, resourceVersion), undefined);
  });

  test('nothing is kept of no objects, or of a state without a resourceVersion', () => {
    const kept = snapshots();
    kept.keep('a', '', snapshot(1));
    kept.keep('a', '1', { source: 'list', held: new Map() });
    assert.equal(kept.size, 0);
    assert.equal(kept.at('a', ''), undefined);
    assert.equal(kept.at('a', '1'), undefined);
    kept.keep('a', '1', snapshot(2));
    assert.equal(kept.size, 3, 'an entry counts as one more than its objects');
  });

  test('what is known twice holds the objects of whoever saw it last', () => {
    const kept = snapshots();
    kept.keep('a', '1', snapshot(2));
    kept.keep('a', '1', snapshot(1));
    assert.deepEqual([...(kept.at('a', '1')?.held.keys() ?? [])], ['node-0']);
  });

  test('they are bounded by objects, the least recently used go first (I6)', () => {
    const kept = snapshots(10);
    kept.keep('a', '1', snapshot(4));
    kept.keep('b', '1', snapshot(4));
    kept.keep('c', '1', snapshot(4));
    assert.equal(kept.at('a', '1'), undefined);
    assert.ok(kept.at('c', '1') !== undefined);
    assert.ok(kept.size <= 10);
    kept.keep('d', '1', snapshot(11));
    assert.equal(kept.at('d', '1'), undefined, 'larger than all room: not kept');
  });

  test('what is known twice keeps the earlier time of delivery: either client may come back (R19)', () => {
    const kept = snapshots();
    const stream = (passAt: number, now: number): Snapshot => {
      const made = sieve({ passAt });
      made.now = now;
      feed(made, 'ADDED', at(5));
      return made.snapshot()?.snapshot ?? assert.fail();
    };
    const held = () => kept.at('a', '5')?.held.get('node-1');
    kept.keep('a', '5', stream(100, 10));
    kept.keep('a', '5', stream(200, 20));
    assert.deepEqual([held()?.passAt, held()?.deliveredAt], [100, 10]);
    kept.keep('a', '5', stream(50, 30));
    assert.deepEqual([held()?.passAt, held()?.deliveredAt], [50, 30]);
  });

  test('of two streams each of which was sent one object earlier, both earlier times are kept, and no more objects (R19)', () => {
    const kept = snapshots();
    const both = (first: number, second: number, names = ['node-1', 'node-2']): Snapshot => {
      const times = [first, second];
      const held = names.map((name, position) => {
        const made = sieve({ passAt: times[position] ?? 0 });
        feed(made, 'ADDED', at(5, 'a', name));
        return made.held();
      });
      return { source: 'stream', held: new Map(held.flatMap((one) => [...one])) };
    };
    const timesOf = () => [...(kept.at('a', '5')?.held ?? [])].map(([name, { passAt }]) => [name, passAt]);
    kept.keep('a', '5', both(100, 10));
    kept.keep('a', '5', both(10, 100));
    assert.deepEqual(timesOf(), [
      ['node-1', 10],
      ['node-2', 10],
    ]);
    kept.keep('a', '5', both(20, 20));
    assert.deepEqual(timesOf(), [
      ['node-1', 10],
      ['node-2', 10],
    ]);
    kept.keep('a', '5', both(20, 20, ['node-1']));
    assert.deepEqual(timesOf(), [['node-1', 10]]);
    kept.keep('a', '5', both(20, 20, ['node-2']));
    assert.deepEqual(timesOf(), [['node-2', 20]]);
  });

  describe('two states under one key: history was replaced', () => {
    const labelled = (label: string, source: Snapshot['source'] = 'stream', names = ['node-1']): Snapshot => {
      const stream = sieve();
      for (const name of names) feed(stream, 'ADDED', at(5, label, name));
      return { source, held: stream.snapshot()?.snapshot.held ?? assert.fail() };
    };
    const isReplacedBy = (before: Snapshot, after: Snapshot): boolean => {
      const kept = snapshots();
      kept.keep('b', '9', snapshot(1));
      kept.keep('a', '5', before);
      replaced = 0;
      kept.keep('a', '5', after);
      const isGone = kept.at('b', '9') === undefined;
      assert.deepEqual([replaced, kept.histories], isGone ? [1, 1] : [0, 0]);
      assert.equal(kept.at('a', '5') === undefined, isGone);
      return isGone;
    };

    test('another fingerprint', () => {
      assert.equal(isReplacedBy(labelled('a'), labelled('b')), true);
      assert.equal(isReplacedBy(labelled('a'), labelled('a')), false);
    });

    test('an object that a list does not have; a stream need not know of it', () => {
      const two = ['node-1', 'node-2'];
      for (const source of ['list', 'stream'] as const) {
        assert.equal(isReplacedBy(labelled('a', 'list'), labelled('a', source, two)), true);
        assert.equal(isReplacedBy(labelled('a', source, two), labelled('a', 'list')), true);
        assert.equal(isReplacedBy(labelled('a', 'stream'), labelled('a', source, two)), false);
        assert.equal(isReplacedBy(labelled('a', source, two), labelled('a', 'stream')), false);
      }
      assert.equal(isReplacedBy(labelled('a'), { source: 'list', held: new Map() }), true);
    });

    test('what was known then stands for no state until it is forgotten, what was not does', () => {
      const kept = snapshots();
      kept.keep('a', '5', labelled('a'));
      kept.keep('a', '6', labelled('a'));
      kept.keep('a', '5', labelled('b'));
      for (const rv of ['5', '6', '7']) kept.keep('a', rv, labelled('b'));
      assert.deepEqual(
        ['5', '6', '7'].map((rv) => kept.at('a', rv) !== undefined),
        [false, false, true],
      );
      kept.clear();
      kept.keep('a', '5', labelled('b'));
      assert.equal(kept.at('a', '5'), undefined, 'not by a 410 either');
      now += 1001;
      kept.keep('a', '5', labelled('b'));
      assert.ok(kept.at('a', '5') !== undefined);
    });
  });

  test('they live for minutes, and go when upstream says that history is gone', () => {
    const kept = snapshots();
    kept.keep('a', '1', snapshot(1));
    now += 999;
    assert.ok(kept.at('a', '1') !== undefined);
    now += 2;
    assert.equal(kept.at('a', '1'), undefined);
    kept.keep('a', '1', snapshot(1));
    kept.clear();
    assert.equal(kept.at('a', '1'), undefined);
  });
});

describe('the maximum suppression age (R19)', () => {
  test('is spread over the last half of the limit; 0 is never', () => {
    assert.equal(suppression(60, () => 0)(1000), 1030);
    assert.equal(suppression(60, () => 0.999)(1000), 1000 + 60 * 0.9995);
    assert.equal(suppression(0, () => 0)(1000), Infinity);
  });

  test('an unchanged object passes once its time has come, and then not again', () => {
    const stream = new TestSieve({
      encoding: 'json',
      plan: planOf('metallb'),
      phase: 'past',
      resourceVersion: '',
      snapshot: undefined,
      passAt: (now) => now + 60,
    });
    feed(stream, 'ADDED', at(1));
    stream.now = 59;
    assert.equal(feed(stream, 'MODIFIED', at(2)), 'unchanged');
    stream.now = 60;
    assert.equal(feed(stream, 'MODIFIED', at(3)), 'max_age');
    stream.now = 119;
    assert.equal(feed(stream, 'MODIFIED', at(4)), 'unchanged');
  });

  test('adoption keeps the time of the last delivery', () => {
    const first = sieve({ passAt: 60 });
    feed(first, 'ADDED', at(5));
    const resumed = sieve({ from: '5', snapshot: first.snapshot()?.snapshot ?? assert.fail(), passAt: 1000 });
    resumed.now = 61;
    assert.equal(feed(resumed, 'MODIFIED', at(6)), 'max_age');
  });
});
