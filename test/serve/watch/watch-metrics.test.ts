/** What streams count, as a scrape shows it (R28). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LEASES } from '../../../src/core/resource/lease.ts';
import { NODES } from '../../../src/core/resource/node.ts';
import { MetricRegistry } from '../../../src/platform/metric-registry.ts';
import { StreamRegistry } from '../../../src/serve/watch/stream-registry.ts';
import { WatchMetrics } from '../../../src/serve/watch/watch-metrics.ts';

test('a scrape shows counts by closed label sets, and scraping twice counts nothing twice (R28)', async () => {
  const registry = new MetricRegistry();
  const metrics = new WatchMetrics(registry, new StreamRegistry());
  metrics.events.of('nodes').event('MODIFIED', 'swallowed', 'unchanged', 100);
  metrics.observeLatency(0.2);
  metrics.baselineFrom('list');
  metrics.listPassed('page');
  metrics.released('bookmark');
  metrics.released('held_frame');
  await registry.text();
  const { body, contentType } = await registry.text();
  assert.match(contentType, /text\/plain/);
  for (const line of [
    'watchsieve_events_received_total{resource="nodes",type="MODIFIED"} 1',
    'watchsieve_events_total{resource="nodes",type="MODIFIED",verdict="swallowed",reason="unchanged"} 1',
    'watchsieve_event_bytes_received_total{resource="nodes"} 100',
    'watchsieve_event_bytes_total{resource="nodes",verdict="swallowed"} 100',
    'watchsieve_streams{resource="nodes"} 0',
    'watchsieve_streams_verbatim{resource="nodes"} 0',
    'watchsieve_streams_ended_total{resource="nodes",cause="slow_client"} 0',
    'watchsieve_baselines_adopted_total{source="list"} 1',
    'watchsieve_baselines_adopted_total{source="cold"} 0',
    'watchsieve_lists_total{result="page"} 1',
    'watchsieve_bookmarks_synthesized_total 1',
    'watchsieve_held_frames_released_total 1',
    'watchsieve_added_latency_seconds_bucket{le="0.00005"} 0',
    'watchsieve_added_latency_seconds_bucket{le="0.00025"} 1',
    'watchsieve_added_latency_seconds_bucket{le="1"} 1',
  ])
    assert.ok(body.includes(`${line}\n`), line);
  assert.equal(metrics.heldFramesReleased, 1);
});

test('each resource that is sieved is counted by itself, from the start, and no other ever is (R28)', async () => {
  const registry = new MetricRegistry();
  const { events } = new WatchMetrics(registry, new StreamRegistry(), [NODES, LEASES]);
  events.of('nodes').event('MODIFIED', 'swallowed', 'unchanged', 100);
  events.of('leases.coordination.k8s.io').event('MODIFIED', 'forwarded', 'changed', 7);
  events.of('leases.coordination.k8s.io').bytes('forwarded', 3);
  const { body } = await registry.text();
  for (const line of [
    'watchsieve_events_received_total{resource="nodes",type="MODIFIED"} 1',
    'watchsieve_events_received_total{resource="leases.coordination.k8s.io",type="MODIFIED"} 1',
    'watchsieve_events_total{resource="leases.coordination.k8s.io",type="MODIFIED",verdict="swallowed",reason="unchanged"} 0',
    'watchsieve_events_total{resource="leases.coordination.k8s.io",type="MODIFIED",verdict="forwarded",reason="changed"} 1',
    'watchsieve_event_bytes_received_total{resource="leases.coordination.k8s.io"} 10',
    'watchsieve_event_bytes_total{resource="nodes",verdict="swallowed"} 100',
    'watchsieve_event_bytes_total{resource="nodes",verdict="forwarded"} 0',
    'watchsieve_streams{resource="leases.coordination.k8s.io"} 0',
    'watchsieve_streams_ended_total{resource="leases.coordination.k8s.io",cause="slow_client"} 0',
  ])
    assert.ok(body.includes(`${line}\n`), line);
  const total = events.total();
  assert.deepEqual(
    [total.eventsReceived, total.eventsOf('swallowed'), total.bytesReceived, total.bytesOf('forwarded')],
    [2, 1, 110, 10],
  );
  assert.deepEqual(
    [...total.counts()].map(({ count }) => count),
    [1, 1],
  );
  assert.throws(() => events.of('pods'), /pods is not sieved/);
});
