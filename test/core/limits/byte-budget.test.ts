import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { ByteBudget } from '../../../src/core/limits/byte-budget.ts';
import { runs } from '../../support/property-runs.ts';

describe('a budget of bytes', () => {
  test('gives out its limit to the last byte, and not one more', () => {
    const budget = new ByteBudget(10);
    assert.equal(budget.take(4), true);
    assert.equal(budget.take(6), true);
    assert.equal(budget.held, 10);
    assert.equal(budget.take(1), false);
    assert.equal(budget.take(0), true);
  });

  test('takes all or nothing', () => {
    const budget = new ByteBudget(10);
    budget.take(4);
    assert.equal(budget.take(7), false);
    assert.equal(budget.held, 4);
  });

  test('has again what was given back', () => {
    const budget = new ByteBudget(10);
    budget.take(10);
    budget.give(3);
    assert.equal(budget.held, 7);
    assert.equal(budget.take(3), true);
    assert.equal(budget.take(1), false);
  });

  test('never holds more than its limit, and nothing once all is given back', () => {
    fc.assert(
      fc.property(fc.nat(1000), fc.array(fc.nat(400)), (limit, wanted) => {
        const budget = new ByteBudget(limit);
        const taken = wanted.filter((bytes) => budget.take(bytes));
        const sum = taken.reduce((total, bytes) => total + bytes, 0);
        assert.equal(budget.held, sum);
        assert.ok(sum <= limit);
        for (const bytes of taken) budget.give(bytes);
        assert.equal(budget.held, 0);
      }),
      runs(200),
    );
  });
});
