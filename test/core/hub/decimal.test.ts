import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { compareDecimals, isDecimal, isNewer } from '../../../src/core/hub/decimal.ts';

test('a resourceVersion has an order only where the API server could have written that number', () => {
  for (const text of ['1', '9', '10', '18446744073709551615']) assert.ok(isDecimal(text), text);
  for (const text of ['', '0', '01', '-1', '+1', '1.0', '1e3', ' 1', '1 ', 'a', '0x1', '١', '1'.repeat(21)])
    assert.equal(isDecimal(text), false, text);
});

test('resourceVersions are compared as numbers of any size, which JavaScript would round', () => {
  assert.ok(isNewer('9007199254740993', '9007199254740992'));
  assert.ok(isNewer('10', '9'));
  assert.equal(compareDecimals('7', '7'), 0);
  const version = fc.bigInt({ min: 1n, max: 2n ** 64n - 1n });
  fc.assert(
    fc.property(version, version, (a, b) => {
      assert.ok(isDecimal(String(a)));
      assert.equal(Math.sign(compareDecimals(String(a), String(b))), a === b ? 0 : a < b ? -1 : 1);
    }),
  );
});
