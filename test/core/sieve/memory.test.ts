/** What is kept for each object takes no more memory than is counted for it (R27, I6). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { ByteBudget } from '../../../src/core/limits/byte-budget.ts';
import { Baseline, type Held } from '../../../src/core/sieve/baseline.ts';
import { fingerprintOf } from '../../../src/core/sieve/fingerprint.ts';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** Just beyond a power of two, where a Map has most room to spare. */
const OBJECTS = 8300;
const COLLECTIONS = 4;

/** Bytes of heap and of what it owns outside, after garbage was collected. */
function inUse(): number {
  for (let n = 0; n < COLLECTIONS; n++) collect();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/** As read from a frame: each string is a new one. */
function fill(baseline: Baseline, objects = OBJECTS): void {
  for (let i = 0; i < objects; i++) {
    const name = Buffer.from(`worker-${i}.pool-a.cluster.example.com`).toString('latin1');
    const fingerprint = fingerprintOf(Buffer.from(String(i)));
    const held: Held = {
      fingerprint,
      passAt: 3_600_000.5 + i,
      deliveredAt: 2 ** 31 + i,
      resourceVersion: 2 ** 40 + i,
      reason: 'initial',
    };
    baseline.set(name, held);
    baseline.noOp(baseline.slotOf(name), String(2 ** 41 + i), 2 ** 32 + i);
  }
}

test('an object of a stream takes at most what is drawn from the budget for it, and less in a second stream', () => {
  fill(new Baseline());
  const grownBy = (baseline: Baseline): number => {
    const before = inUse();
    fill(baseline);
    return inUse() - before;
  };
  const budget = new ByteBudget(2 ** 30);
  const streams = [new Baseline(budget), new Baseline(budget)];
  const [first = 0, second = 0] = streams.map(grownBy);
  const drawn = budget.held / streams.length;
  assert.ok(first <= drawn, `${first / OBJECTS} bytes, and ${drawn / OBJECTS} were drawn`);
  // Of 16 bytes besides its characters are both strings, which streams share.
  const shared = OBJECTS * (16 + 34 + 16 + 32);
  assert.ok(first - second > 0.8 * shared, `${(first - second) / OBJECTS} bytes are shared`);
  assert.ok(streams.every(({ size }) => size === OBJECTS));
});
