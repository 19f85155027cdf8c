/** What is known of clients is drawn from a budget, and where nothing is left doubt forwards (R27, I1, I6). */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ByteBudget } from '../../../src/core/limits/byte-budget.ts';
import { Baseline, type Held, OBJECT_BYTES } from '../../../src/core/sieve/baseline.ts';
import { fingerprintOf } from '../../../src/core/sieve/fingerprint.ts';
import { type Snapshot, Snapshots } from '../../../src/core/sieve/snapshots.ts';

const held: Held = {
  fingerprint: fingerprintOf(Buffer.from('x')),
  passAt: 10,
  deliveredAt: 0,
  resourceVersion: 1,
  reason: 'added',
};

function snapshotOf(...names: string[]): Snapshot {
  return { source: 'stream', held: new Map(names.map((name) => [name, held])) };
}

describe('a baseline', () => {
  test('does not know of an object for which nothing is left, and of the next one when another is gone', () => {
    const budget = new ByteBudget(2 * OBJECT_BYTES);
    const baseline = new Baseline(budget);
    for (const name of ['a', 'b', 'c']) baseline.set(name, held);
    assert.equal(baseline.size, 2);
    assert.equal(baseline.at(baseline.slotOf('c')), undefined);
    // One that is known stays known.
    baseline.set('a', { ...held, passAt: 20 });
    assert.equal(baseline.at(baseline.slotOf('a'))?.passAt, 20);
    baseline.delete('a');
    baseline.set('c', held);
    assert.equal(baseline.at(baseline.slotOf('c')), held);
    assert.equal(budget.held, 2 * OBJECT_BYTES);
  });

  test('gives all back when it is cleared, and once when its stream is over', () => {
    const budget = new ByteBudget(10 * OBJECT_BYTES);
    const baseline = new Baseline(budget);
    baseline.adopt(snapshotOf('a', 'b').held);
    baseline.clear();
    assert.equal(budget.held, 0);
    baseline.adopt(snapshotOf('a', 'b', 'c').held);
    assert.equal(budget.held, 3 * OBJECT_BYTES);
    baseline.release();
    baseline.release();
    baseline.delete('a');
    baseline.clear();
    assert.equal(budget.held, 0);
  });
});

describe('snapshots', () => {
  const made = (objects: number, maxObjects = 100) => {
    const budget = new ByteBudget(objects * OBJECT_BYTES);
    const now = (): number => 0;
    return { budget, snapshots: new Snapshots({ maxObjects, ttlMs: 1000, now, budget, onReplaced: now }) };
  };

  test('are not kept where nothing is left for them', () => {
    const { budget, snapshots } = made(3);
    const baseline = new Baseline(budget);
    for (const name of ['a', 'b']) baseline.set(name, held);
    snapshots.keep('scope', '1', snapshotOf('a'));
    snapshots.keep('scope', '2', snapshotOf('a', 'b'));
    assert.notEqual(snapshots.at('scope', '1'), undefined);
    assert.equal(snapshots.at('scope', '2'), undefined);
    assert.equal(budget.held, 3 * OBJECT_BYTES);
    baseline.clear();
    snapshots.clear();
    assert.equal(budget.held, 0);
  });

  test('make room for newer ones, and for what open streams hold', () => {
    const { budget, snapshots } = made(4);
    snapshots.keep('scope', '1', snapshotOf('a', 'b'));
    snapshots.keep('scope', '2', snapshotOf('a', 'b'));
    assert.notEqual(snapshots.at('scope', '1'), undefined);
    snapshots.keep('scope', '3', snapshotOf('a'));
    assert.equal(snapshots.at('scope', '2'), undefined);
    const baseline = new Baseline(budget);
    for (const name of ['a', 'b', 'c', 'd', 'e']) baseline.set(name, held);
    assert.equal(baseline.size, 4);
    assert.equal(snapshots.size, 0);
    assert.equal(budget.held, 4 * OBJECT_BYTES);
  });

  test('let a cluster of 5,000 Nodes be filtered however often its watches were renewed', () => {
    const names = Array.from({ length: 5000 }, (_, n) => `node-${n}`);
    // Half of the default of --memory-budget, as in the program.
    const budget = new ByteBudget(32 * 1024 * 1024);
    const now = (): number => 0;
    const snapshots = new Snapshots({ maxObjects: 100_000, ttlMs: 1000, now, budget, onReplaced: now });
    const streams = Array.from({ length: 4 }, () => new Baseline(budget));
    for (const stream of streams) stream.adopt(snapshotOf(...names).held);
    for (let renewal = 0; renewal < 100; renewal++) {
      const ended = streams.shift();
      snapshots.keep('scope', String(renewal), { source: 'stream', held: ended?.copy() ?? new Map() });
      ended?.release();
      const next = new Baseline(budget);
      next.adopt(snapshots.at('scope', String(renewal))?.held ?? new Map());
      streams.push(next);
      assert.equal(next.size, names.length, `renewal ${renewal}`);
    }
  });

  test('make no room for the same state again: its own is enough', () => {
    const { budget, snapshots } = made(5);
    snapshots.keep('scope', '1', snapshotOf('a', 'b'));
    for (let streams = 0; streams < 3; streams++) snapshots.keep('scope', '2', snapshotOf('a', 'b'));
    assert.notEqual(snapshots.at('scope', '1'), undefined);
    assert.notEqual(snapshots.at('scope', '2'), undefined);
    assert.equal(budget.held, 4 * OBJECT_BYTES);
  });

  test('that are too large, or make room for others, cost nothing', () => {
    const { budget, snapshots } = made(100, 5);
    snapshots.keep('scope', '1', snapshotOf('a', 'b', 'c', 'd', 'e', 'f'));
    assert.equal(budget.held, 0);
    snapshots.keep('scope', '2', snapshotOf('a', 'b', 'c'));
    snapshots.keep('scope', '3', snapshotOf('a', 'b', 'c'));
    assert.equal(snapshots.at('scope', '2'), undefined);
    assert.equal(budget.held, 3 * OBJECT_BYTES);
  });

  test('remember that a history was replaced, however little is left', () => {
    const { budget, snapshots } = made(2);
    snapshots.keep('scope', '1', snapshotOf('a', 'b'));
    snapshots.replaced();
    assert.equal(budget.held, 0);
    snapshots.keep('scope', '1', snapshotOf('a', 'b'));
    assert.equal(snapshots.at('scope', '1'), undefined);
  });
});
