/** Every kind of metric that can be registered, as a scrape shows it (R28). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MetricRegistry } from '../../src/platform/metric-registry.ts';

test('what is counted, set, observed and read shows in each scrape with its labels (R28)', async () => {
  const metrics = new MetricRegistry();
  const count = metrics.counter('plain_total', 'Help.');
  const by = metrics.counterBy('by_total', 'Help.', ['code', 'kind']);
  const closed = metrics.closedCounter('closed_total', 'Help.', { label: 'result', words: ['good', 'bad'] });
  const set = metrics.gauge('set', 'Help.');
  const observe = metrics.histogram('took_seconds', 'Help.', [1, 2]);
  let now = 1;
  let series = ['a', 'b'];
  metrics.read('read', 'Help.', () => now);
  metrics.readGauges('read_by', 'Help.', ['of'], () => series.map((of) => [{ of }, now]));
  metrics.readCounters('read_total', 'Help.', ['of'], () => series.map((of) => [{ of }, now]));
  metrics.readBytes('kept_bytes', 'Help.', { now: () => now, limit: 9, setting: '--most' });
  count();
  by({ code: '200', kind: 'x' });
  by({ code: '200', kind: 'x' }, 2);
  closed('bad', 5);
  set(7);
  observe(1.5);
  await metrics.text();
  now = 3;
  series = ['b'];
  const { body } = await metrics.text();
  const lines = body.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  assert.deepEqual(lines, [
    'plain_total 1',
    'by_total{code="200",kind="x"} 3',
    'closed_total{result="good"} 0',
    'closed_total{result="bad"} 5',
    'set 7',
    'took_seconds_bucket{le="1"} 0',
    'took_seconds_bucket{le="2"} 1',
    'took_seconds_bucket{le="+Inf"} 1',
    'took_seconds_sum 1.5',
    'took_seconds_count 1',
    'read 3',
    'read_by{of="b"} 3',
    'read_total{of="b"} 3',
    'kept_bytes 3',
    'kept_bytes_limit 9',
  ]);
  assert.match(
    body,
    /# HELP kept_bytes_limit The most that kept_bytes can be: --most\.\n# TYPE kept_bytes_limit gauge/,
  );
});
