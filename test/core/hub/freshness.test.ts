import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Feed } from '../../../src/core/hub/feed.ts';
import { Identities } from '../../../src/core/hub/identities.ts';
import { Probes } from '../../../src/core/hub/probes.ts';
import { Waiting } from '../../../src/core/hub/waiting.ts';
import { NODES } from '../../../src/core/resource/node.ts';
import { bookmarkOf, codec, epochOf, feed as read, frameOf, listBody } from './feeding.ts';

test('a question is answered by a LIST that was sent after it came; those who wait meanwhile share the next (I12)', () => {
  let sent = 0;
  const told: string[] = [];
  const probes = new Probes(() => sent++);
  const ask = (who: string): void => probes.ask((version) => told.push(`${who} ${version ?? 'none'}`));
  ask('a');
  ask('b');
  ask('c');
  assert.equal(sent, 1);
  probes.answered('7');
  assert.deepEqual([told.splice(0), sent], [['a 7'], 2]);
  ask('d');
  probes.answered(undefined);
  assert.deepEqual([told.splice(0), sent], [['b none', 'c none'], 3]);
  probes.answered('9');
  assert.deepEqual([told.splice(0), sent], [['d 9'], 3]);
  ask('e');
  assert.equal(sent, 4);
});

test('who waits for a feed is told when it has come so far, or that it will not in time', () => {
  const waiting = new Waiting();
  const told: string[] = [];
  const until = (version: string, deadline: number) =>
    waiting.until(version, deadline, (isReached) => told.push(`${version} ${String(isReached)}`));
  until('9', 100);
  until('10', 100);
  until('11', 50);
  const forget = until('9', 10);
  forget();
  waiting.advance('9', 20);
  assert.deepEqual(told.splice(0), ['9 true']);
  waiting.advance('9', 60);
  assert.deepEqual(told.splice(0), ['11 false']);
  until('12', 1000);
  waiting.giveUp();
  assert.deepEqual([told, waiting.size], [['10 false', '12 false'], 0]);
});

test('a new epoch ends the former, and whoever waited in that one is told (I14)', () => {
  const feed = new Feed();
  const told: boolean[] = [];
  const first = epochOf('10', []);
  feed.begin(first);
  feed.waiting.until('11', Infinity, (isReached) => told.push(isReached));
  feed.begin(epochOf('20', []));
  assert.deepEqual([first.over, told, feed.number, feed.epoch?.storeAt], ['replaced', [false], 2, '20']);
  feed.waiting.until('21', Infinity, (isReached) => told.push(isReached));
  if (feed.epoch !== undefined) read(feed.epoch, bookmarkOf('21'));
  assert.equal(feed.settle(0), undefined);
  assert.deepEqual(told, [false, true]);
  if (feed.epoch !== undefined) read(feed.epoch, bookmarkOf('5'));
  assert.equal(feed.settle(0), 'history');
  assert.deepEqual([feed.epoch, feed.settle(0)], [undefined, undefined]);
});

test('a history that was replaced shows in names, uids or resourceVersions (I14)', () => {
  const nodes = [
    { name: 'a', resourceVersion: '5' },
    { name: 'b', resourceVersion: '6' },
  ];
  const epoch = epochOf('10', nodes);
  const compared = (...args: Parameters<typeof metadataList>): boolean | undefined => {
    const identities = new Identities(epoch, codec, NODES);
    assert.equal(identities.resourceVersion, epoch.storeAt);
    identities.push(metadataList(...args));
    return identities.finish();
  };
  assert.equal(compared('10', nodes), true);
  assert.equal(compared('11', nodes), undefined);
  assert.equal(compared('10', nodes.slice(1)), false);
  assert.equal(compared('10', [...nodes, { name: 'c', resourceVersion: '7' }]), false);
  assert.equal(compared('10', [{ name: 'a', resourceVersion: '5', uid: 'other' }, ...nodes.slice(1)]), false);
  assert.equal(compared('10', [{ name: 'a', resourceVersion: '4' }, ...nodes.slice(1)]), false);
  read(epoch, frameOf('MODIFIED', { name: 'a', resourceVersion: '12', beat: 1 }));
  assert.equal(compared('12', [{ name: 'a', resourceVersion: '12' }, ...nodes.slice(1)]), true);
});

function metadataList(...[version, nodes]: [...Parameters<typeof listBody>]): Buffer {
  return Buffer.from(
    listBody(version, nodes, 'PartialObjectMetadataList')
      .toString()
      .replace('"apiVersion":"v1"', '"apiVersion":"meta.k8s.io/v1"')
      .replaceAll('{"metadata":', '{"kind":"PartialObjectMetadata","apiVersion":"meta.k8s.io/v1","metadata":')
      .replaceAll(',"spec":{},"status":{"beat":"0"}', ''),
  );
}
