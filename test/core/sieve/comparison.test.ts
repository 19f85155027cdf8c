/** The consistency check's own rules, without a stream or an upstream (R22). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Held } from '../../../src/core/sieve/baseline.ts';
import { Comparison } from '../../../src/core/sieve/comparison.ts';
import { fingerprintOf } from '../../../src/core/sieve/fingerprint.ts';

const print = (text: string) => fingerprintOf(Buffer.from(text));

function held(objects: Readonly<Record<string, string>>): ReadonlyMap<string, Held> {
  return new Map(
    Object.entries(objects).map(([name, text]) => [
      name,
      { fingerprint: print(text), passAt: Infinity, deliveredAt: 0, resourceVersion: '1', reason: 'added' },
    ]),
  );
}

test('R22: what is held and listed alike matches, whatever the order', () => {
  const comparison = new Comparison(held({ a: '1', b: '2' }));
  comparison.object('b', print('2'));
  comparison.object('a', print('1'));
  assert.deepEqual(comparison.finish(), { matched: 2, mismatched: [], notHeld: 0 });
});

test('R22: another fingerprint is a mismatch, and so is what is held and not listed', () => {
  const comparison = new Comparison(held({ a: '1', b: '2', gone: '3' }));
  comparison.object('a', print('1'));
  comparison.object('b', print('other'));
  assert.deepEqual(comparison.finish(), { matched: 1, mismatched: ['b', 'gone'], notHeld: 0 });
});

test('R22: what is listed and not held is no mismatch: a cold baseline says nothing of it', () => {
  const comparison = new Comparison(held({ a: '1' }));
  comparison.object('a', print('1'));
  comparison.object('never seen', print('2'));
  assert.deepEqual(comparison.finish(), { matched: 1, mismatched: [], notHeld: 1 });
});

test('what is compared stays as it was: the stream goes on with its own', () => {
  const position = held({ a: '1' });
  const comparison = new Comparison(position);
  comparison.object('a', print('1'));
  comparison.finish();
  assert.equal(position.size, 1);
});

test('R22: of an object that was listed and not understood nothing can be said', () => {
  const comparison = new Comparison(held({ a: '1', b: '2' }));
  comparison.unclear('a');
  comparison.object('b', print('2'));
  comparison.unclear('c');
  assert.deepEqual(comparison.finish(), { matched: 1, mismatched: [], notHeld: 2 });
});
