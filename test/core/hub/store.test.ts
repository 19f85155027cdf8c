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

test('a state that was lent does not change, and is shared until something does', () => {
  const store = new Store(wrapping, Infinity);
  const borrowed = body('old');
  store.set('a', '1', borrowed);
  const before = store.lend();
  assert.equal(store.lend(), before);
  borrowed.fill(0);
  store.set('a', '2', body('new'));
  store.set('b', '3', body('b'));
  assert.deepEqual(
    before.map((stored) => [stored.resourceVersion, stored.body.toString()]),
    [['1', String(body('old'))]],
  );
  assert.deepEqual(bodies(store), [String(body('new')), String(body('b'))]);
  assert.deepEqual(store.lend(), store.sorted());
  store.delete('a');
  store.delete('nobody');
  assert.deepEqual(bodies(store), [String(body('b'))]);
  assert.deepEqual(store.lend(), store.sorted());
  assert.equal(store.get('b')?.resourceVersion, '3');
  assert.equal(store.get('b')?.added.toString(), wrapping.frame('ADDED', body('b')).toString());
});

test('a state as long as the one before takes its bytes over, unless those are lent', () => {
  const store = new Store(wrapping, Infinity);
  for (const key of ['a', 'b']) store.set(key, '1', body('old'));
  const { added } = store.get('a') ?? assert.fail('none');
  store.set('a', '2', body('new'));
  assert.equal(store.get('a')?.added, added);
  assert.deepEqual(added, wrapping.frame('ADDED', body('new')));
  assert.equal(store.get('a')?.resourceVersion, '2');

  const lent = store.lendOne('a') ?? assert.fail('none');
  store.set('a', '3', body('old'));
  assert.deepEqual([lent.resourceVersion, lent.added], ['2', wrapping.frame('ADDED', body('new'))]);
  assert.deepEqual(store.get('a')?.added, wrapping.frame('ADDED', body('old')));
  const own = store.get('a')?.added;
  store.set('a', '4', body('new'));
  assert.equal(store.get('a')?.added, own);

  store.set('a', '5', body('longer'));
  assert.notEqual(store.get('a')?.added, own);
  assert.deepEqual(bodies(store), [String(body('longer')), String(body('old'))]);
  assert.equal(store.lendOne('nobody'), undefined);
});

test('bytes are counted in and out', () => {
  const store = new Store(wrapping, 700);
  assert.deepEqual([store.bytes, store.isWithinLimit], [0, true]);
  store.set('a', '1', Buffer.from(`"metadata":{"name":"${'a'.repeat(300)}"}}`));
  assert.equal(store.isWithinLimit, false);
  store.set('a', '2', body('a'));
  assert.equal(store.isWithinLimit, true);
  const { bytes } = store;
  store.set('a', '3', body('b'));
  assert.equal(store.bytes, bytes);
  store.delete('a');
  assert.deepEqual([store.bytes, store.size], [0, 0]);
});

test('what is kept of replaced states by those to whom they are lent is counted', () => {
  const store = new Store(wrapping, Infinity);
  for (const key of ['a', 'b', 'c']) store.set(key, '1', body('old'));
  store.set('a', '2', body('longer'));
  store.delete('c');
  assert.equal(store.replaced, 0);
  const lent = store.lend();
  for (const version of ['3', '4']) store.set('a', version, body('old'));
  store.delete('b');
  assert.equal(
    store.replaced,
    lent.reduce((sum, { added }) => sum + added.length, 0),
  );
});
