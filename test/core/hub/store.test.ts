import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CODECS } from '../../../src/core/codec/codecs.ts';
import { Store } from '../../../src/core/hub/store.ts';
import { NODES } from '../../../src/core/resource/node.ts';

const wrapping = CODECS.json.wrapping(NODES) ?? assert.fail('no wrapping');
const body = (text: string): Buffer => Buffer.from(`"metadata":{"name":"${text}"}}`);
const bodies = (store: Store): string[] => store.sorted().map((stored) => stored.body.toString());

test('objects come in the order of their keys in etcd: a hyphen before the slash behind a namespace', () => {
  const store = new Store(wrapping, Infinity);
  for (const key of ['b/x', 'a/x', 'a-b/x', 'a', 'B']) store.set(key, '1', body(key));
  assert.deepEqual(
    bodies(store),
    ['B', 'a', 'a-b/x', 'a/x', 'b/x'].map((key) => String(body(key))),
  );
});

test('what was handed out does not change, and is shared until something does', () => {
  const store = new Store(wrapping, Infinity);
  const borrowed = body('old');
  store.set('a', '1', borrowed);
  const before = store.sorted();
  assert.equal(store.sorted(), before);
  borrowed.fill(0);
  store.set('a', '2', body('new'));
  store.set('b', '3', body('b'));
  assert.deepEqual(
    before.map((stored) => stored.body.toString()),
    [String(body('old'))],
  );
  assert.deepEqual(bodies(store), [String(body('new')), String(body('b'))]);
  store.delete('a');
  store.delete('nobody');
  assert.deepEqual(bodies(store), [String(body('b'))]);
  assert.equal(store.get('b')?.resourceVersion, '3');
  assert.equal(store.get('b')?.added.toString(), wrapping.frame('ADDED', body('b')).toString());
});

test('bytes are counted in and out', () => {
  const store = new Store(wrapping, 700);
  assert.deepEqual([store.bytes, store.isWithinLimit], [0, true]);
  store.set('a', '1', Buffer.from(`"metadata":{"name":"${'a'.repeat(300)}"}}`));
  assert.equal(store.isWithinLimit, false);
  store.set('a', '2', body('a'));
  assert.equal(store.isWithinLimit, true);
  store.delete('a');
  assert.deepEqual([store.bytes, store.size], [0, 0]);
  assert.ok(store.written > 400);
});
