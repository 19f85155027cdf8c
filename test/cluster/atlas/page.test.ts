/** The noise atlas: sections from reports, each in its place. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { withSection } from './page.ts';

const resource = (
  name: string,
  byType: Readonly<Record<string, number>>,
  kinds: readonly unknown[] = [],
) => ({
  resource: name,
  seconds: 60,
  events: Object.values(byType).reduce((sum, count) => sum + count, 0),
  bytesPerSecond: 1000,
  initial: { objects: 3 },
  idle: { events: 9 },
  byType,
  kinds,
  ...(name === 'nodes' && { encoding: 'protobuf' }),
  presets: name === 'nodes' ? [{ name: 'metallb', events: 9 }] : [],
});

const HEARTBEAT = {
  name: 'heartbeat',
  events: 9,
  writers: ['kubelet (status)'],
  fields: ['metadata.labels["a|b"]'],
};
const REPORT = {
  resources: [
    resource('nodes', { MODIFIED: 10, BOOKMARK: 1 }, [HEARTBEAT]),
    resource('pods', { BOOKMARK: 1 }),
  ],
};

test('a section tells what came, without bookmarks, and what was quiet', () => {
  const page = withSection('# Atlas\n', { title: 'Here', about: 'Two Nodes.', reports: [REPORT] });
  assert.ok(page.startsWith('# Atlas\n\n<!-- Here: begin -->\n\n## Here\n\nTwo Nodes.\n\n| resource'));
  assert.ok(page.includes('| `nodes` | 3 | 60 s | 10.0 | 60.0\u00a0kB (protobuf) | 90.0\u00a0% |'));
  assert.ok(
    page.includes('| `nodes` | 90.0\u00a0% | heartbeat | `kubelet (status)` | `metadata.labels["a\\|b"]` |'),
  );
  assert.ok(page.includes('a sidecar would swallow 90.0\u00a0% by `metallb`.'));
  assert.ok(page.includes('No events came of 1 other resource.'));
});

test('a section that is there is replaced where it stands, by the last report of each resource', () => {
  const section = (title: string) => ({ title, about: 'First.', reports: [REPORT] });
  const page = withSection(withSection('# Atlas\n', section('Here')), section('There'));
  const longer = { resources: [{ ...resource('nodes', { MODIFIED: 20 }), seconds: 300 }] };
  const again = withSection(page, { title: 'Here', about: 'Second.', reports: [REPORT, longer] });
  assert.ok(again.indexOf('## Here') < again.indexOf('## There'));
  assert.equal(again.split('## Here').length, 2);
  assert.ok(again.includes('| `nodes` | 3 | 300 s | 4.0 |'));
  assert.equal(again.split('First.').length, 2);
});
