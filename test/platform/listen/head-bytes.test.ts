import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ByteBudget } from '../../../src/core/limits/byte-budget.ts';
import { FREE_HEAD_BYTES, HeadBytes } from '../../../src/platform/listen/head-bytes.ts';

test('8 KiB are free for each connection, however much others hold; what is beyond is drawn from each budget, or from none (R27)', () => {
  const budgets = [new ByteBudget(1000), new ByteBudget(100)];
  const heads = new HeadBytes<string>(...budgets);
  const held = (): number[] => budgets.map((budget) => budget.held);
  assert.ok(heads.hold('long', FREE_HEAD_BYTES + 100));
  for (const name of ['a', 'b', 'c']) assert.ok(heads.hold(name, FREE_HEAD_BYTES));
  assert.deepEqual(held(), [100, 100]);
  assert.equal(heads.hold('a', FREE_HEAD_BYTES + 1), false);
  assert.deepEqual(held(), [100, 100]);
  assert.equal(
    heads.greediest(() => true),
    'long',
  );
  assert.ok(heads.hold('long', 0));
  assert.deepEqual(held(), [0, 0]);
  assert.ok(heads.hold('a', FREE_HEAD_BYTES + 1));
});
