import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EventTally } from '../../../src/serve/telemetry/event-tally.ts';

test('each event is counted once as received and once with its verdict, bytes alike (R28)', () => {
  const tally = new EventTally();
  tally.event('MODIFIED', 'swallowed', 'unchanged', 10);
  tally.event('MODIFIED', 'swallowed', 'unchanged', 10);
  tally.event('ADDED', 'forwarded', 'added', 7);
  tally.event('MODIFIED', 'would_swallow', 'unchanged', 5);
  tally.bytes('forwarded', 3);
  assert.equal(tally.eventsReceived, 4);
  assert.equal(
    tally.eventsOf('forwarded') + tally.eventsOf('swallowed') + tally.eventsOf('would_swallow'),
    4,
  );
  assert.equal(tally.bytesReceived, 35);
  assert.deepEqual(
    [tally.bytesOf('forwarded'), tally.bytesOf('swallowed'), tally.bytesOf('would_swallow')],
    [10, 20, 5],
  );
  assert.deepEqual(
    [...tally.counts()],
    [
      { type: 'ADDED', verdict: 'forwarded', reason: 'added', count: 1 },
      { type: 'MODIFIED', verdict: 'swallowed', reason: 'unchanged', count: 2 },
      { type: 'MODIFIED', verdict: 'would_swallow', reason: 'unchanged', count: 1 },
    ],
  );
});
