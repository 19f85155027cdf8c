/** Which Nodes are the noisiest, and which changes were the last, from what streams remember (R29). */
import assert from 'node:assert/strict';
import { performance } from 'node:perf_hooks';
import { test } from 'node:test';
import { noisiest } from '../../../src/serve/report/noisiest.ts';
import { realChanges } from '../../../src/serve/report/real-changes.ts';
import { Baseline } from '../../../src/core/sieve/baseline.ts';
import { Chronicle, type Forwarded, MAX_DECISIONS } from '../../../src/core/sieve/chronicle.ts';
import { fingerprintOf } from '../../../src/core/sieve/fingerprint.ts';
import type { StreamStory } from '../../../src/serve/watch/story.ts';
import { sampleStream } from '../../support/sample-status.ts';

const MINUTE = 60_000;
/** When these streams opened (monotonic ms). */
const OPENED = 10 * MINUTE;
const FINGERPRINT = fingerprintOf(Buffer.from('any'));

interface Life {
  readonly unchanged?: number;
  readonly deliveredAt?: number;
}

/** A stream that holds these objects, and forwarded these decisions. */
function story(
  stream: number,
  lives: Readonly<Record<string, Life>>,
  told: readonly Partial<Forwarded>[] = [],
) {
  const baseline = new Baseline();
  const chronicle = new Chronicle(baseline);
  for (const [name, { unchanged = 0, deliveredAt = 0 }] of Object.entries(lives)) {
    const held = { fingerprint: FINGERPRINT, passAt: Infinity, deliveredAt, resourceVersion: 1 };
    baseline.set(name, { ...held, reason: 'list' });
    for (let i = 0; i < unchanged; i++) baseline.noOp(baseline.slotOf(name), '2', OPENED);
  }
  for (const decision of told)
    chronicle.forwarded({
      ...{ key: 'a', type: 'MODIFIED', reason: 'changed', resourceVersion: 3, at: OPENED },
      differences: undefined,
      ...decision,
    });
  const { received: events, ...shown } = sampleStream(stream, { objects: baseline.size });
  const made: StreamStory = {
    description: { ...shown, events, pastInitialEvents: true },
    ...{ mode: 'filter', openedAt: OPENED, end: undefined, deliveredResourceVersion: '' },
    ...{ lagMs: 0, queuedBytes: 0, chronicle },
  };
  return made;
}

const pacesOf = (stories: readonly StreamStory[], now: number, most = 10) =>
  noisiest(stories, now, most)?.objects.map(
    ({ object, unchangedPerMinute, forwardedPerMinute }) =>
      [object, unchangedPerMinute, forwardedPerMinute] as const,
  );

test('unchanged events count since the last delivery, or since the stream opened; forwarded ones since it opened', () => {
  const lives = {
    adopted: { unchanged: 30 },
    changed: { unchanged: 30, deliveredAt: OPENED + 8 * MINUTE },
    quiet: {},
  };
  const told = [{ key: 'changed' }, { key: 'deleted', reason: 'deleted' as const }];
  assert.deepEqual(pacesOf([story(1, lives, told)], OPENED + 10 * MINUTE), [
    ['changed', 15, 0.1],
    ['adopted', 3, 0],
    ['deleted', 0, 0.1],
  ]);
});

test('one event of a moment ago is no pace: it is taken over a minute', () => {
  assert.deepEqual(pacesOf([story(1, { a: { unchanged: 1 } })], OPENED + 10), [['a', 1, 0]]);
});

test('where older decisions are forgotten, the pace is that of those remembered', () => {
  const told = Array.from({ length: MAX_DECISIONS + 500 }, (_, i) => ({ at: OPENED + i * 1000 }));
  const paces = pacesOf([story(1, { a: {} }, told)], OPENED + 1500 * 1000);
  assert.deepEqual(paces, [['a', 0, 60]]);
});

test('it is the open stream that knows most objects that is asked, and only so many objects are told', () => {
  const [small, large] = [
    story(1, { a: { unchanged: 9 } }),
    story(2, { b: { unchanged: 1 }, c: { unchanged: 2 } }),
  ];
  const ended = { ...story(3, { a: {}, b: {}, c: {} }), end: { cause: 'drain' as const, at: OPENED } };
  const found = noisiest([ended, large, small], OPENED, 1);
  assert.deepEqual([found?.stream, found?.of, found?.objects.map(({ object }) => object)], [2, 2, ['c']]);
  assert.equal(noisiest([ended], OPENED, 1), null);
});

test('a change that several streams forwarded is one; what says nothing of the object is none', () => {
  const clocks = { monotonic: OPENED + 5000, wall: Date.UTC(2026, 0, 2, 3, 4, 10) };
  const differences = { paths: [{ path: 'metadata.labels["a"]', change: 'added' as const }], more: 2 };
  const first = [
    { key: 'a', at: OPENED, differences },
    { key: 'b', reason: 'first_seen' as const, at: OPENED + 1 },
    { key: 'c', reason: 'max_age' as const, at: OPENED + 2 },
    { key: 'd', type: 'DELETED' as const, reason: 'deleted' as const, at: OPENED + 3000 },
  ];
  const second = [{ key: 'a', at: OPENED + 1, differences }];
  assert.deepEqual(realChanges([story(2, {}, second), story(1, {}, first)], clocks, 10), [
    {
      ...{ at: '2026-01-02T03:04:08.000Z', ageSeconds: 2, resource: 'nodes', object: 'd', type: 'DELETED' },
      ...{ resourceVersion: '3', paths: null, morePaths: 0, streams: [1] },
    },
    {
      ...{
        at: '2026-01-02T03:04:05.001Z',
        ageSeconds: 4.999,
        resource: 'nodes',
        object: 'a',
        type: 'MODIFIED',
      },
      ...{ resourceVersion: '3', paths: differences.paths, morePaths: 2, streams: [1, 2] },
    },
  ]);
  assert.equal(realChanges([story(1, {}, first)], clocks, 1).length, 1);
});

test('50 streams of 5,000 noisy Nodes are told in some milliseconds', () => {
  const lives = Object.fromEntries(Array.from({ length: 5000 }, (_, i) => [`node-${i}`, { unchanged: 1 }]));
  const told = Array.from({ length: MAX_DECISIONS }, (_, i) => ({ name: `node-${i}`, resourceVersion: i }));
  const one = story(1, lives, told);
  const stories = Array.from({ length: 50 }, () => one);
  const clocks = { monotonic: OPENED + MINUTE, wall: 0 };
  const times = Array.from({ length: 10 }, () => {
    const before = performance.now();
    assert.equal(noisiest(stories, clocks.monotonic, 10)?.objects.length, 10);
    assert.equal(realChanges(stories, clocks, 10).length, 10);
    return performance.now() - before;
  });
  const best = Math.min(...times);
  assert.ok(best < 40, `${best.toFixed(1)} ms`);
});
