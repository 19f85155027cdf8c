import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Canonical } from '../../../src/core/codec/canonical.ts';

function formOf(...values: (readonly [id: number, bytes: Buffer])[]): Buffer {
  const canonical = new Canonical();
  for (const [id, bytes] of values) canonical.value(id, bytes, 0, bytes.length);
  return Buffer.from(canonical.view());
}

describe('the form, byte for byte', () => {
  const hexOf = (write: (canonical: Canonical) => void): string => {
    const canonical = new Canonical();
    write(canonical);
    assert.equal(canonical.length, canonical.view().length);
    return canonical.view().toString('hex');
  };
  const source = Buffer.from('..abc..');

  test('a value: its mark, its part, its length, its bytes', () => {
    assert.equal(
      hexOf((canonical) => canonical.value(0x0a0b0c0d, source, 2, 5)),
      '010d0c0b0a03000000616263',
    );
    assert.equal(
      hexOf((canonical) => canonical.value(7, source, 2, 2)),
      '010700000000000000',
    );
  });

  test('values of every length are taken whole, and nothing beyond them', () => {
    const large = Buffer.from(Array.from({ length: 70_000 }, (_, i) => i % 251));
    for (const length of [1, 22, 23, 24, 25, 255, 256, 4086, 4087, 4088, 9000, 65_535, 65_536, 69_000]) {
      const header = Buffer.alloc(9);
      header.writeUInt8(1);
      header.writeUInt32LE(2, 1);
      header.writeUInt32LE(length, 5);
      const form = formOf([2, large.subarray(3, 3 + length)]);
      assert.ok(form.equals(Buffer.concat([header, large.subarray(3, 3 + length)])), `${length}`);
      const inside = new Canonical();
      inside.value(2, large, 3, 3 + length);
      assert.ok(inside.view().equals(form), `${length}`);
    }
  });

  test('lengths of more than 16 MiB differ from those that end alike', () => {
    const canonical = new Canonical();
    canonical.value(1, Buffer.alloc(2 ** 24 + 3), 0, 2 ** 24 + 3);
    assert.equal(canonical.view().toString('hex', 0, 9), '010100000003000001');
  });

  test('an object: its mark, its part, what is in it, its end', () => {
    const nested = hexOf((canonical) => {
      const mark = canonical.open(0x0a0b0c0d);
      canonical.value(1, source, 2, 3);
      canonical.closeUnlessEmpty(mark);
    });
    assert.equal(nested, '020d0c0b0a0101000000010000006103');
    const empty = hexOf((canonical) => {
      canonical.open(1);
      canonical.close();
    });
    assert.equal(empty, '020100000003');
  });

  test('an object with nothing in it leaves no trace, unless it counts as such', () => {
    const before = (canonical: Canonical): void => canonical.value(1, source, 2, 3);
    const written = hexOf((canonical) => {
      before(canonical);
      const mark = canonical.open(9);
      canonical.closeUnlessEmpty(mark);
    });
    assert.equal(written, hexOf(before));
  });

  test('grows by any kind of part without losing what was written', () => {
    for (const size of Array.from({ length: 30 }, (_, i) => 4096 - 9 - i)) {
      const filled = formOf([1, Buffer.alloc(size, 0x61)]);
      const parts: ((canonical: Canonical) => void)[] = [
        (canonical) => canonical.value(2, source, 2, 5),
        (canonical) => canonical.open(2),
        (canonical) => canonical.close(),
      ];
      for (const part of parts) {
        const canonical = new Canonical();
        canonical.value(1, Buffer.alloc(size, 0x61), 0, size);
        part(canonical);
        part(canonical);
        part(canonical);
        const one = hexOf(part);
        assert.equal(canonical.view().toString('hex'), `${filled.toString('hex')}${one}${one}${one}`);
      }
    }
  });

  test('grows by doubling, not with every part', () => {
    const canonical = new Canonical();
    const buffers = new Set<ArrayBufferLike>();
    for (let i = 0; i < 2000; i++) {
      canonical.value(1, Buffer.alloc(500), 0, 500);
      buffers.add(canonical.view().buffer);
    }
    assert.ok(buffers.size <= 9, `grown ${buffers.size} times from 4 KiB to a megabyte`);
  });

  test('begins anew after a reset', () => {
    assert.equal(
      hexOf((canonical) => {
        canonical.value(1, source, 0, 7);
        canonical.reset();
        canonical.open(1);
      }),
      '0201000000',
    );
  });
});

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
