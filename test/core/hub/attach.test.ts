import assert from 'node:assert/strict';
import { test } from 'node:test';
import { attach, stateOf } from '../../../src/core/hub/attach.ts';
import { MAX_REPLACED_BYTES } from '../../../src/core/hub/reader.ts';
import { bookmarkOf, epochOf, feed, frameOf, taken, wordsOf } from './feeding.ts';

const ALL = { bookmarks: true, key: undefined };
const from = (resourceVersion: string) => ({ kind: 'from', resourceVersion }) as const;
const initial = (atLeast?: string, isEndMarked = false) =>
  ({ kind: 'initial', atLeast, isEndMarked }) as const;
const TWO = [
  { name: 'b', resourceVersion: '6' },
  { name: 'a', resourceVersion: '5' },
];

test('a state that the feed has not come to is not answered with an older one (I11)', () => {
  const epoch = epochOf('10', TWO);
  assert.equal(attach(epoch, from('11'), ALL), 'behind');
  assert.equal(attach(epoch, initial('11'), ALL), 'behind');
  assert.equal(stateOf(epoch, '11'), 'behind');
  feed(epoch, bookmarkOf('11'));
  assert.deepEqual(taken(attach(epoch, from('11'), ALL)), ['idle']);
});

test('a journal that begins later has no answer', () => {
  assert.equal(attach(epochOf('10', TWO), from('9'), ALL), 'out_of_reach');
});

test('initial events come in the order of keys, then a bookmark for who wants one', () => {
  const epoch = epochOf('10', TWO);
  const objects = ['ADDED a@5', 'ADDED b@6'];
  assert.deepEqual(taken(attach(epoch, initial(undefined, true), ALL)), [
    ...objects,
    'BOOKMARK @10 end',
    'idle',
  ]);
  assert.deepEqual(taken(attach(epoch, initial(), ALL)), [...objects, 'BOOKMARK @10', 'idle']);
  assert.deepEqual(taken(attach(epoch, initial(), { ...ALL, bookmarks: false })), [...objects, 'idle']);
});

test('who watches one object hears of no other, but how far it is', () => {
  const epoch = epochOf('10', TWO);
  const one = attach(epoch, initial(undefined, true), { bookmarks: true, key: 'b' });
  const nobody = attach(epoch, from('10'), { bookmarks: true, key: 'z' });
  feed(epoch, frameOf('DELETED', { name: 'a', resourceVersion: '11' }));
  feed(epoch, frameOf('MODIFIED', { name: 'b', resourceVersion: '12', label: 'b' }));
  epoch.marks.mark(0);
  assert.deepEqual(taken(one), ['ADDED b@6', 'BOOKMARK @10 end', 'MODIFIED b@12', 'BOOKMARK @12', 'idle']);
  assert.deepEqual(taken(nobody), ['BOOKMARK @12', 'idle']);
  assert.equal(attach(epoch, from('12'), { bookmarks: false, key: 'b' }), 'unmarked');
});

test('a reader takes no more than it asks for, and all readers get the same bytes', () => {
  const epoch = epochOf('10', TWO);
  const [slow, fast] = [attach(epoch, initial(), ALL), attach(epoch, initial(), ALL)];
  assert.ok(typeof slow !== 'string' && typeof fast !== 'string');
  feed(epoch, frameOf('MODIFIED', { name: 'b', resourceVersion: '12', label: 'b' }));
  const [bySlow, byFast]: [Buffer[], Buffer[]] = [[], []];
  assert.equal(fast.take(byFast, Infinity), 'idle');
  for (const how of ['more', 'more', 'more', 'idle']) assert.equal(slow.take(bySlow, 1), how);
  assert.equal(bySlow.length, 4);
  for (const [at, bytes] of bySlow.entries()) assert.equal(bytes, byFast[at]);
  assert.equal(slow.sentAt, '12');
});

test('a reader whose place is gone is told so; nobody else notices (I13)', () => {
  const epoch = epochOf('10', TWO, { maxBytes: 900 });
  const [slow, fast] = [attach(epoch, from('10'), ALL), attach(epoch, from('10'), ALL)];
  for (let version = 11; version < 20; version++) {
    feed(epoch, frameOf('MODIFIED', { name: 'a', resourceVersion: String(version), label: `l${version}` }));
    assert.deepEqual(taken(fast), [`MODIFIED a@${version}`, 'idle']);
  }
  assert.deepEqual(taken(slow), ['fallen']);
});

test('initial events are those of one state, whatever heartbeats write over it meanwhile', () => {
  const epoch = epochOf('10', TWO);
  const all = attach(epoch, initial(), ALL);
  const one = attach(epoch, initial(), { ...ALL, key: 'b' });
  for (const name of ['a', 'b', 'a', 'b'])
    feed(epoch, frameOf('MODIFIED', { name, resourceVersion: String(Number(epoch.readAt) + 1), beat: 1 }));
  assert.deepEqual(taken(all), ['ADDED a@5', 'ADDED b@6', 'BOOKMARK @10', 'idle']);
  assert.deepEqual(taken(one), ['ADDED b@6', 'BOOKMARK @10', 'idle']);
  assert.deepEqual(taken(attach(epoch, initial(), ALL)), [
    'ADDED a@13',
    'ADDED b@14',
    'BOOKMARK @14',
    'idle',
  ]);
});

test('initial events that are taken too slowly are given up, before they keep too much of what was replaced (I6)', () => {
  const epoch = epochOf('10', TWO);
  const slow = attach(epoch, initial(), ALL);
  assert.ok(typeof slow !== 'string');
  assert.equal(slow.take([], 1), 'more');
  const big = 'x'.repeat(1024 * 1024 - 1000);
  let version = 10;
  const change = (): void =>
    feed(epoch, frameOf('MODIFIED', { name: 'a', resourceVersion: String(++version), label: big }));
  // The first that is replaced is short.
  for (let n = 0; (n - 1) * big.length <= MAX_REPLACED_BYTES; n++) {
    attach(epoch, initial(), ALL);
    change();
  }
  assert.equal(slow.take([], 1), 'fallen');
});

test('what a watch ends with tells how far it is, where its client does not know (I4)', () => {
  const epoch = epochOf('10', TWO);
  const ends = (bookmarks: boolean, behind = false): string[] => {
    const reader = attach(epoch, from('10'), { ...ALL, bookmarks });
    assert.ok(typeof reader !== 'string');
    if (!behind) feed(epoch, frameOf('MODIFIED', { name: 'a', resourceVersion: next(), beat: 1 }));
    else feed(epoch, frameOf('MODIFIED', { name: 'a', resourceVersion: next(), label: 'z' }));
    const out: Buffer[] = [];
    reader.finish(out);
    return wordsOf(out);
  };
  let version = 10;
  const next = (): string => String(++version);
  assert.deepEqual(ends(true), ['BOOKMARK @11']);
  assert.deepEqual(ends(false), ['MODIFIED a@12']);
  assert.deepEqual(ends(true, true), []);
});
