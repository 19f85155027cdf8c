import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CODECS } from '../../../src/core/codec/codecs.ts';
import type { Wrapping } from '../../../src/core/codec/wrapping.ts';
import { customResource } from '../../../src/core/resource/custom-resource.ts';
import { NODES } from '../../../src/core/resource/node.ts';
import { fixture, jsonFrames, protobufFrames } from '../../support/fixtures.ts';

const RECORDED = {
  json: {
    list: fixture('list.json'),
    listedAgain: fixture('watchlist.json'),
    frames: jsonFrames(fixture('watchlist.json')),
    watch: jsonFrames(fixture('watch.json')),
  },
  protobuf: {
    list: fixture('list.pb'),
    listedAgain: fixture('watchlist.pb'),
    frames: protobufFrames(fixture('watchlist.pb')),
    watch: protobufFrames(fixture('watch.pb')),
  },
} as const;

for (const encoding of ['json', 'protobuf'] as const) {
  const { list, frames, watch } = RECORDED[encoding];
  const wrapping: Wrapping = CODECS[encoding].wrapping(NODES) ?? assert.fail('no wrapping');
  const isOf = (type: string) => (frame: Buffer) => frame.subarray(0, 40).includes(type);
  const items = (): Buffer[] => {
    const bodies: Buffer[] = [];
    const reader = CODECS[encoding].list(NODES, (bytes, start, end) => {
      bodies.push(Buffer.from(wrapping.bodyInItem(bytes, start, end) ?? assert.fail('no body')));
    });
    reader.push(list);
    assert.equal(reader.finish()?.resourceVersion, '245');
    return bodies;
  };

  test(`${encoding}: a list is made of its items again, byte for byte`, () => {
    assert.deepEqual(Buffer.concat(wrapping.list('245', items())), list);
    assert.equal(items().length, 16);
  });

  test(`${encoding}: an object of a list is the object of its event, and the event is made of it`, () => {
    const added = frames.filter(isOf('ADDED'));
    const bodies = items();
    for (const [at, body] of bodies.entries()) {
      assert.deepEqual(wrapping.frame('ADDED', body), added[at]);
      assert.deepEqual(wrapping.bodyInFrame(added[at] ?? body, 0, added[at]?.length ?? 0), body);
    }
  });

  test(`${encoding}: a MODIFIED of a real server is made of its body again`, () => {
    const modified = watch.filter(isOf('MODIFIED'));
    assert.ok(modified.length > 20);
    for (const frame of modified) {
      const inside = Buffer.concat([Buffer.from('xx'), frame, Buffer.from('yy')]);
      const body = wrapping.bodyInFrame(inside, 2, inside.length - 2) ?? assert.fail('no body');
      assert.deepEqual(wrapping.frame('MODIFIED', body), frame);
    }
  });

  test(`${encoding}: around bodies of equal length there are equal bytes`, () => {
    for (const body of items()) {
      const frame = wrapping.frame('ADDED', body);
      const other = Buffer.alloc(body.length, 'x');
      const inside = wrapping.bodyInFrame(frame, 0, frame.length) ?? assert.fail('no body');
      other.copy(inside);
      assert.deepEqual(frame, wrapping.frame('ADDED', other));
    }
  });

  test(`${encoding}: an empty list has no items`, () => {
    const whole = Buffer.concat(wrapping.list('7', []));
    const reader = CODECS[encoding].list(NODES, () => assert.fail('an item'));
    reader.push(whole);
    assert.deepEqual(reader.finish(), { resourceVersion: '7', next: '' });
  });

  test(`${encoding}: the end of initial events is marked byte for byte as a real server marks it`, () => {
    const end = frames.filter((frame) => frame.includes('initial-events-end'));
    assert.equal(end.length, 1);
    assert.deepEqual(CODECS[encoding].bookmark(NODES, '245', true), end[0]);
  });

  test(`${encoding}: a frame in any other layout has no body`, () => {
    const frame = watch.find(isOf('MODIFIED')) ?? assert.fail('none');
    for (const odd of [frame.subarray(0, -1), frame.subarray(1), Buffer.from('{}\n'), Buffer.alloc(9)])
      assert.equal(wrapping.bodyInFrame(odd, 0, odd.length), undefined);
  });
}

test('of a custom resource nothing is sliced', () => {
  const custom = customResource({ group: 'x.io', version: 'v1', plural: 'foos', namespaced: true }, 'Foo');
  assert.equal(CODECS.json.wrapping(custom), undefined);
});
