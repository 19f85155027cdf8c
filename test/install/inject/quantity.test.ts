import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { formatQuantity, ONE, parseQuantity } from '../../../src/install/inject/quantity.ts';

test('amounts are read as Kubernetes writes them, in billionths', () => {
  for (const [text, amount] of [
    ['0', 0n],
    ['1', ONE],
    [1.5, (3n * ONE) / 2n],
    ['100m', ONE / 10n],
    ['250u', 250_000n],
    ['7n', 7n],
    ['.5', ONE / 2n],
    ['5.', 5n * ONE],
    ['+2', 2n * ONE],
    ['1k', 1000n * ONE],
    ['1Ki', 1024n * ONE],
    ['1.5Gi', 1_610_612_736n * ONE],
    ['1E', 10n ** 18n * ONE],
    ['2Ei', 2n * 2n ** 60n * ONE],
    ['2e3', 2000n * ONE],
    ['2E3', 2000n * ONE],
    ['25e-2', ONE / 4n],
    // Less than there is, rounded up.
    ['0.1n', 1n],
  ] as const)
    assert.equal(parseQuantity(text), amount, String(text));
});

test('what is no amount, negative, or longer than anything the API server writes is none', () => {
  const long = '9'.repeat(100_000);
  for (const text of [
    '',
    '.',
    'm',
    '1 Gi',
    '1gi',
    '-1',
    '1e',
    '1e999',
    '0x10',
    'NaN',
    '١',
    long,
    `0.${long}`,
    null,
    {},
    NaN,
  ])
    assert.equal(parseQuantity(text), undefined, JSON.stringify(text).slice(0, 20));
});

test('what is written is never more than what is meant, and less by less than one unit', () => {
  fc.assert(
    fc.property(
      fc.constantFrom('cpu', 'memory'),
      fc.bigInt({ min: 0n, max: 2n ** 40n * ONE }),
      (name, amount) => {
        const written = parseQuantity(formatQuantity(name, amount)) ?? assert.fail();
        assert.ok(written <= amount && amount - written < (name === 'cpu' ? ONE / 1000n : ONE));
      },
    ),
  );
  assert.equal(formatQuantity('memory', 256n * 2n ** 20n * ONE), '256Mi');
  assert.equal(formatQuantity('memory', 1001n * ONE), '1001');
  assert.equal(formatQuantity('cpu', ONE / 3n), '333m');
});
