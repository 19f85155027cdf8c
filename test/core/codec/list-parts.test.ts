import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FREE_FRAME_BYTES } from '../../../src/core/codec/frame-splitter.ts';
import { ListParts } from '../../../src/core/codec/list-parts.ts';

test('a part is read again only when as many bytes are there as its reader wants, however few each chunk has (I6)', () => {
  const lengths: number[] = [];
  const parts = new ListParts((bytes, at) => {
    lengths.push(bytes.length - at);
    parts.wanted = 2 * (bytes.length - at);
    return at;
  });
  for (let i = 0; i < 100; i++) assert.ok(parts.push(Buffer.from('x')));
  assert.deepEqual(lengths, [1, 2, 4, 8, 16, 32, 64]);
  parts.finish();
  assert.equal(lengths.at(-1), 100);
});

test('the memory of a huge part is given back when the part is read (I6)', () => {
  const size = 2 * FREE_FRAME_BYTES;
  const parts: ListParts = new ListParts((bytes, at) => (bytes.length - at < size ? at : at + size));
  parts.push(Buffer.alloc(size - 1));
  assert.equal(parts.view().length, size - 1);
  parts.push(Buffer.alloc(2));
  assert.equal(parts.view().length, 1);
  assert.ok(parts.view().buffer.byteLength <= FREE_FRAME_BYTES);
});
