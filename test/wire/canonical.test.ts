import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Canonical } from '../../src/wire/canonical.ts';

function formOf(...values: (readonly [id: number, bytes: Buffer])[]): Buffer {
  const canonical = new Canonical();
  for (const [id, bytes] of values) canonical.value(id, bytes, 0, bytes.length);
  return Buffer.from(canonical.view());
}

test('a value that holds the very bytes of another value’s form is not taken for both (R15)', () => {
  for (const first of ['a', 'a value that is longer than what is copied byte by byte']) {
    const one = [1, Buffer.from(first)] as const;
    const both = formOf(one, [2, Buffer.from('b')]);
    const second = both.subarray(formOf(one).length);
    const forged = formOf([1, Buffer.concat([one[1], second])]);
    assert.ok(!forged.equals(both));
    assert.ok(!forged.subarray(0, both.length).equals(both));
  }
});

test('an object’s end is not taken for a value, nor the other way round (R15)', () => {
  const nested = new Canonical();
  nested.open(1);
  nested.value(2, Buffer.from('b'), 0, 1);
  nested.close();
  const flat = new Canonical();
  flat.value(1, nested.view(), 0, nested.length);
  assert.ok(!Buffer.from(flat.view()).equals(nested.view()));
});
