/** The pace of the last minutes, as the chart of the status page draws it (R29). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EventHistory, HISTORY_SECONDS, SAMPLE_MS } from '../../../src/serve/report/event-history.ts';
import { EventTally } from '../../../src/serve/telemetry/event-tally.ts';
import { FakeTime } from '../../support/fake-time.ts';

function scene() {
  const time = new FakeTime();
  const tally = new EventTally();
  const history = new EventHistory({ total: () => tally, now: time.now, startTimer: time.startTimer });
  history.start();
  const swallow = (events: number): void => {
    for (let i = 0; i < events; i++) tally.event('MODIFIED', 'swallowed', 'unchanged', 100);
  };
  return { time, tally, history, swallow };
}

test('points are events per second between two looks, the newest last and up to now', () => {
  const { time, tally, history, swallow } = scene();
  assert.deepEqual(history.points(), [], 'nothing was measured yet');
  swallow(20);
  tally.event('ADDED', 'forwarded', 'added', 100);
  time.pass(SAMPLE_MS);
  tally.event('MODIFIED', 'would_swallow', 'unchanged', 100);
  time.pass(1000);
  assert.deepEqual(history.points(), [
    { secondsAgo: 1, received: 10.5, forwarded: 0.5, swallowed: 10, wouldSwallow: 0 },
    { secondsAgo: 0, received: 1, forwarded: 0, swallowed: 0, wouldSwallow: 1 },
  ]);
  assert.equal(history.uptimeSeconds, 3);
});

test('a moment too short to say anything makes no point', () => {
  const { time, history, swallow } = scene();
  time.pass(SAMPLE_MS);
  swallow(1);
  time.pass(499);
  assert.deepEqual(history.points().length, 1);
  time.pass(1);
  assert.deepEqual(
    history.points().map(({ received }) => received),
    [0, 2],
  );
});

test('just now is the last ten seconds, or less after the start', () => {
  const { time, history, swallow } = scene();
  assert.equal(history.rates().received, 0);
  swallow(40);
  time.pass(4000);
  assert.equal(history.rates().received, 10);
  time.pass(60_000);
  assert.equal(history.rates().swallowed, 0);
  swallow(50);
  time.pass(2000);
  assert.equal(history.rates().swallowed, 5);
});

test('three minutes are kept, in order, however long it runs; what is older is forgotten (I6)', () => {
  const { time, history, swallow } = scene();
  for (let i = 0; i < 1000; i++) {
    swallow(i);
    time.pass(SAMPLE_MS);
  }
  const points = history.points();
  assert.equal(points.length, HISTORY_SECONDS / (SAMPLE_MS / 1000));
  assert.deepEqual(
    points.map(({ received }) => received * 2),
    Array.from({ length: 90 }, (_, i) => 910 + i),
  );
  assert.equal(points[0]?.secondsAgo, HISTORY_SECONDS - SAMPLE_MS / 1000);
  assert.equal(points.at(-1)?.secondsAgo, 0);
});

test('one timer, and none after the end', () => {
  const { time, history } = scene();
  time.pass(10 * SAMPLE_MS);
  assert.equal(time.running, 1);
  history.stop();
  assert.equal(time.running, 0);
});
