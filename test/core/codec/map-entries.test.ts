import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { Canonical } from '../../../src/core/codec/canonical.ts';
import { MapEntries } from '../../../src/core/codec/map-entries.ts';
import { runs } from '../../support/property-runs.ts';

type Pair = readonly [key: string, value: string];

/** The record of these entries, each of which lies somewhere inside a larger buffer. */
function recordOf(pairs: readonly Pair[], entries = new MapEntries()): string {
  entries.clear();
  for (const [key, value] of pairs) {
    const bytes = Buffer.from(`zz${key}z${value}z`);
    const keyEnd = 2 + Buffer.byteLength(key);
    const valueEnd = keyEnd + 1 + Buffer.byteLength(value);
    entries.add(bytes, 2, keyEnd, bytes, keyEnd + 1, valueEnd);
  }
  const canonical = new Canonical();
  entries.writeTo(canonical, 5);
  return canonical.view().toString('hex');
}

const text = fc.string({ maxLength: 3, unit: fc.constantFrom('a', 'b', 'é') });
const map = fc.uniqueArray(fc.tuple(text, text), { selector: ([key]) => key, maxLength: 6 });

describe('the record of a map (R15)', () => {
  test('is one object that holds keys and values in the order of the keys', () => {
    const expected = new Canonical();
    expected.open(5);
    for (const [key, value] of [
      ['', 'x'],
      ['a', ''],
      ['aa', '1'],
      ['ab', '2'],
      ['b', '3'],
    ] as const) {
      expected.value(1, Buffer.from(key), 0, key.length);
      expected.value(2, Buffer.from(value), 0, value.length);
    }
    expected.close();
    const pairs: Pair[] = [
      ['ab', '2'],
      ['b', '3'],
      ['', 'x'],
      ['aa', '1'],
      ['a', ''],
    ];
    assert.equal(recordOf(pairs), expected.view().toString('hex'));
  });

  test('does not depend on the order of the entries', () => {
    fc.assert(
      fc.property(
        map.chain((pairs) =>
          fc.tuple(fc.constant(pairs), fc.shuffledSubarray(pairs, { minLength: pairs.length })),
        ),
        ([pairs, shuffled]) => assert.equal(recordOf(shuffled), recordOf(pairs)),
      ),
      runs(500),
    );
  });

  test('differs where a key or a value does', () => {
    fc.assert(
      fc.property(map, map, (one, other) => {
        const sorted = (pairs: readonly Pair[]): string => JSON.stringify([...pairs].sort());
        assert.equal(recordOf(one) === recordOf(other), sorted(one) === sorted(other));
      }),
      runs(500),
    );
  });

  test('keeps the order of entries with one key: for every decoder the last one counts', () => {
    const twice: Pair[] = [
      ['b', '1'],
      ['a', '1'],
      ['a', '2'],
    ];
    const turned: Pair[] = [
      ['b', '1'],
      ['a', '2'],
      ['a', '1'],
    ];
    assert.notEqual(recordOf(twice), recordOf(turned));
    assert.equal(
      recordOf(twice),
      recordOf([
        ['a', '1'],
        ['b', '1'],
        ['a', '2'],
      ]),
    );
  });

  test('holds nothing of the map before, in whatever order', () => {
    const entries = new MapEntries();
    const all: Pair[] = [
      ['c', '1'],
      ['b', '2'],
      ['a', '3'],
    ];
    for (const pairs of [all, all.slice(1), all.slice(2), [], all.slice(2), all.slice(1).reverse(), all])
      assert.equal(recordOf(pairs, entries), recordOf(pairs), JSON.stringify(pairs));
    assert.equal(recordOf([], entries), '');
  });
});
