import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { BUDGETS, type Budget, nameOf } from '../../bench/budgets.ts';
import { judge, unmeasured } from '../../bench/check.ts';
import { measuresOf, toRows, type Row } from '../../bench/measures.ts';
import { SECTIONS } from '../../bench/sections.ts';

const MOST: Budget = { id: 'P3', what: '', bound: 'at most', limit: 1.5, margin: 2 };
const LEAST: Budget = { id: 'P1', what: '', bound: 'at least', limit: 12, margin: 2 };

function rowsOf(budget: Budget, ...samples: number[]): Row[] {
  return toRows(samples.map((value) => measuresOf('group', 'json')('row', '×', value, budget.id)));
}

function stateOf(budget: Budget, ...samples: number[]): string | undefined {
  return judge(rowsOf(budget, ...samples), [budget])[0]?.state;
}

describe('a budget of at most', () => {
  test('is kept by a median at the limit, whatever single repeats were', () => {
    assert.equal(stateOf(MOST, 1, 1.5, 9), 'within');
  });

  test('is over where its best repeat is within the margin, and failed beyond it', () => {
    assert.equal(stateOf(MOST, 3, 4, 9), 'over');
    assert.equal(stateOf(MOST, 3.01, 4, 9), 'failed');
  });
});

describe('a budget of at least', () => {
  test('is kept by more', () => {
    assert.equal(stateOf(LEAST, 12, 13, 99), 'within');
  });

  test('is over where its best repeat is within the margin, and failed below it', () => {
    assert.equal(stateOf(LEAST, 1, 5, 6), 'over');
    assert.equal(stateOf(LEAST, 1, 5, 5.99), 'failed');
  });
});

test('where the limit is not reached, what is reached is held with the same margin', () => {
  const most = { ...MOST, reached: 3 };
  assert.equal(stateOf(most, 6, 7, 8), 'over');
  assert.equal(stateOf(most, 6.01, 7, 8), 'failed');
  assert.equal(stateOf(most, 1.4, 1.5, 1.6), 'within');
  const least = { ...LEAST, reached: 6 };
  assert.equal(stateOf(least, 1, 2, 3), 'over');
  assert.equal(stateOf(least, 1, 2, 2.9), 'failed');
});

test('a budget that is not enforced is never failed', () => {
  assert.equal(stateOf({ ...MOST, notEnforced: 'noise' }, 100), 'over');
});

test('a budget for one encoding leaves the other alone', () => {
  const protobuf: Budget = { ...MOST, encoding: 'protobuf' };
  assert.deepEqual(judge(rowsOf(MOST, 9), [protobuf]), []);
  assert.deepEqual(unmeasured(rowsOf(MOST, 9), [protobuf]), ['P3']);
});

test('a budget without a row is told, once', () => {
  assert.deepEqual(unmeasured(rowsOf(MOST, 1), [MOST, LEAST, { ...LEAST, encoding: 'json' }]), ['P1']);
});

describe('the table of budgets', () => {
  test('has P1 to P12 and P4b, each measured by some section', () => {
    const names = new Set(BUDGETS.map(({ id }) => nameOf(id)));
    const numbered = Array.from({ length: 12 }, (_, index) => `P${index + 1}`);
    assert.deepEqual([...names].sort(), [...numbered, 'P4b'].sort());
    const measured = new Set(SECTIONS.flatMap(({ budgets }) => budgets));
    assert.deepEqual([...measured].sort(), [...names].sort());
  });

  test('has no margin that tightens, and nothing reached that is better than its limit', () => {
    for (const { id, bound, limit, reached = limit, margin } of BUDGETS) {
      assert.ok(margin >= 1, id);
      assert.ok(bound === 'at most' ? reached >= limit : reached <= limit, id);
    }
  });
});
