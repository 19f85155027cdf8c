import assert from 'node:assert/strict';
import { test } from 'node:test';
import { figure, measuresOf, quantile, toRows } from '../../bench/measures.ts';

test('a quantile between two values is their weighted mean', () => {
  assert.equal(quantile([1, 2, 3, 4], 0.5), 2.5);
  assert.equal(quantile([10, 20], 0.25), 12.5);
});

test('the outer quantiles are the least and the most, and one value is all of them', () => {
  assert.equal(quantile([1, 5, 9], 0), 1);
  assert.equal(quantile([1, 5, 9], 1), 9);
  assert.equal(quantile([7], 0.99), 7);
});

test('a row has the median, the least and the most of its repeats, in whatever order they came', () => {
  const row = measuresOf('group', 'json');
  const [only, ...others] = toRows([3, 1, 10, 2, 4].map((value) => row('cost', 'µs', value, 'P3')));
  assert.deepEqual(others, []);
  assert.deepEqual(only, {
    group: 'group',
    row: 'cost',
    encoding: 'json',
    unit: 'µs',
    budget: 'P3',
    median: 3,
    min: 1,
    max: 10,
    samples: [3, 1, 10, 2, 4],
  });
});

test('rows are told apart by group, name and encoding, and keep the order in which they first came', () => {
  const measures = [
    measuresOf('b', 'protobuf')('cost', '×', 1),
    measuresOf('a', 'json')('cost', '×', 2),
    measuresOf('b', 'json')('cost', '×', 3),
    measuresOf('b', 'protobuf')('other', '×', 4),
    measuresOf('b', 'protobuf')('cost', '×', 5),
  ];
  assert.deepEqual(
    toRows(measures).map(({ group, row, encoding, samples }) => [group, row, encoding, samples]),
    [
      ['b', 'cost', 'protobuf', [1, 5]],
      ['b', 'cost', 'json', [3]],
      ['b', 'other', 'protobuf', [4]],
      ['a', 'cost', 'json', [2]],
    ],
  );
});

test('a ratio with nothing below it is an error, not a row', () => {
  assert.throws(() => toRows([measuresOf('group')('ratio', '×', 1 / 0)]), /not a number/);
  assert.throws(() => toRows([measuresOf('group')('ratio', '×', Number.NaN)]), /not a number/);
});

test('figures have three digits that count', () => {
  assert.deepEqual([1234.5, 99.44, 9.876, 0.0654, -12.34].map(figure), [
    '1235',
    '99.4',
    '9.88',
    '0.065',
    '-12.3',
  ]);
});
