import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startOfList, startOfWatch } from '../../../src/core/hub/start.ts';

const watch = (resourceVersion: string, sendInitialEvents?: boolean, match?: string): string => {
  const resourceVersionMatch = match ?? (sendInitialEvents === undefined ? '' : 'NotOlderThan');
  const start = startOfWatch({
    resourceVersion,
    sendInitialEvents,
    resourceVersionMatch,
    allowWatchBookmarks: true,
  });
  return JSON.stringify(start);
};
const list = (resourceVersion: string, resourceVersionMatch = '', limit = ''): string =>
  JSON.stringify(startOfList({ resourceVersion, resourceVersionMatch, limit }));

const ANY = { kind: 'any' };
const NEWEST = { kind: 'consistent' };
const SEVEN = { kind: 'at-least', resourceVersion: '7' };
const UPSTREAM = JSON.stringify('upstream');
const initial = (freshness: object, isEndMarked: boolean): string =>
  JSON.stringify({ kind: 'initial', freshness, isEndMarked });

test('a watch begins as the API server would begin it, or there', () => {
  assert.equal(watch('7'), JSON.stringify({ kind: 'from', resourceVersion: '7' }));
  assert.equal(watch('0'), initial(ANY, false));
  assert.equal(watch(''), initial(NEWEST, false));
  assert.equal(watch('7', true), initial(SEVEN, true));
  assert.equal(watch('0', true), initial(ANY, true));
  assert.equal(watch('', true), initial(NEWEST, true));
  assert.equal(watch('7', false), JSON.stringify({ kind: 'from', resourceVersion: '7' }));
  for (const start of [watch('', false), watch('0', false), watch('x'), watch('07'), watch('-1')])
    assert.equal(start, UPSTREAM);
  assert.equal(watch('7', undefined, 'NotOlderThan'), UPSTREAM);
  assert.equal(watch('7', true, ''), UPSTREAM);
  assert.equal(watch('7', true, 'Exact'), UPSTREAM);
});

test('a list is as new as it is asked to be, and goes upstream where it is a page or of one moment', () => {
  assert.equal(list(''), JSON.stringify(NEWEST));
  assert.equal(list('0'), JSON.stringify(ANY));
  assert.equal(list('7'), JSON.stringify(SEVEN));
  assert.equal(list('7', 'NotOlderThan'), JSON.stringify(SEVEN));
  assert.equal(list('0', 'NotOlderThan'), JSON.stringify(ANY));
  assert.equal(list('0', '', '500'), JSON.stringify(ANY));
  assert.equal(list('7', '', '0'), JSON.stringify(SEVEN));
  for (const start of [
    list('', '', '500'),
    list('7', '', '500'),
    list('7', 'Exact'),
    list('', 'NotOlderThan'),
  ])
    assert.equal(start, UPSTREAM);
  assert.equal(list('7', 'Odd'), UPSTREAM);
  assert.equal(list('seven'), UPSTREAM);
});
