import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EventTally } from '../../../src/serve/telemetry/event-tally.ts';
import { END_CAUSES } from '../../../src/serve/telemetry/end-cause.ts';
import { Metrics } from '../../../src/serve/telemetry/metrics.ts';

const metrics = () =>
  new Metrics({
    isReady: () => true,
    openStreams: () => 3,
    verbatimStreams: () => 1,
    endCauses: END_CAUSES,
    endedBy: (cause) => (cause === 'drain' ? 2 : 0),
    progressLag: () => 1.5,
    queuedBytes: () => 4096,
    forms: { bytes: 700, maxBytes: 1000 },
    memos: { bytes: 80, maxBytes: 90 },
    budget: { held: 100, limit: 110 },
    certificateExpiry: () => 1_900_000_000,
    build: () => ({ version: '1.2.3', preset: 'labels', mode: 'observe' }),
  });

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

test('a scrape shows counts by closed label sets, and scraping twice counts nothing twice', async () => {
  const all = metrics();
  all.events.event('MODIFIED', 'swallowed', 'unchanged', 100);
  all.upstreamAnswered(200);
  all.upstreamAnswered('error');
  all.setUpstreamConnections(2);
  all.observeLatency(0.2);
  await all.text();
  const { body, contentType } = await all.text();
  assert.match(contentType, /text\/plain/);
  for (const line of [
    'watchsieve_events_received_total{resource="nodes",type="MODIFIED"} 1',
    'watchsieve_events_total{resource="nodes",type="MODIFIED",verdict="swallowed",reason="unchanged"} 1',
    'watchsieve_event_bytes_received_total{resource="nodes"} 100',
    'watchsieve_event_bytes_total{resource="nodes",verdict="swallowed"} 100',
    'watchsieve_ready 1',
    'watchsieve_streams{resource="nodes"} 3',
    'watchsieve_streams_verbatim{resource="nodes"} 1',
    'watchsieve_streams_ended_total{resource="nodes",cause="drain"} 2',
    'watchsieve_streams_ended_total{resource="nodes",cause="slow_client"} 0',
    'watchsieve_upstream_requests_total{code="200"} 1',
    'watchsieve_upstream_requests_total{code="error"} 1',
    'watchsieve_upstream_connections 2',
    'watchsieve_explain_bytes 700',
    'watchsieve_explain_bytes_limit 1000',
    'watchsieve_memo_bytes 80',
    'watchsieve_memo_bytes_limit 90',
    'watchsieve_added_latency_seconds_bucket{le="0.00005"} 0',
    'watchsieve_added_latency_seconds_bucket{le="0.00025"} 1',
    'watchsieve_added_latency_seconds_bucket{le="1"} 1',
  ])
    assert.ok(body.includes(`${line}\n`), line);
  assert.match(
    body,
    /watchsieve_build_info\{version="1.2.3",preset="labels",mode="observe",nodejs="[\d.]+"\} 1/,
  );
  assert.match(body, /process_resident_memory_bytes \d+/);
});
