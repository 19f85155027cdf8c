/** What is scraped of the admission webhook, and its alerts: names that there are, and a runbook for each (R34). */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { parse } from 'yaml';
import { anchorsOf, DOCUMENTS } from '../docs/documents.ts';
import { entriesAt, listAt, textAt, valueAt } from '../support/json-value.ts';
import { WEBHOOK_METRICS, WEBHOOK_RESULTS } from '../support/metric-table.ts';
import { namedIn } from '../support/promql.ts';
import { baseObject } from '../support/webhook-manifests.ts';

const COMPONENT = join(import.meta.dirname, '..', '..', 'manifests', 'components', 'webhook-monitoring');
const README = 'manifests/chart/watchsieve-webhook/README.md';
/** Of Prometheus, and of the API server: the end-to-end suite finds the latter in a real one. */
const OTHERS = ['up', 'apiserver_admission_webhook_fail_open_count'];

function read(file: string): unknown {
  return parse(readFileSync(join(COMPONENT, file), 'utf8'));
}

const rules = listAt(read('prometheusrule.yaml'), 'spec', 'groups').flatMap((group) =>
  listAt(group, 'rules'),
);
const webhook = textAt(baseObject('MutatingWebhookConfiguration'), 'webhooks', 0, 'name');
const job = textAt(
  baseObject('Deployment'),
  'spec',
  'template',
  'metadata',
  'labels',
  'app.kubernetes.io/name',
);

describe('monitoring of the webhook (R34)', () => {
  test('the PodMonitor finds the Pods and their port, and the alerts the job that it makes', () => {
    const monitor = read('podmonitor.yaml');
    assert.deepEqual(
      valueAt(monitor, 'spec', 'selector', 'matchLabels'),
      valueAt(baseObject('Deployment'), 'spec', 'selector', 'matchLabels'),
    );
    const [endpoint] = listAt(monitor, 'spec', 'podMetricsEndpoints');
    const [container] = listAt(baseObject('Deployment'), 'spec', 'template', 'spec', 'containers');
    const ports = listAt(container, 'ports').map((port) => textAt(port, 'name'));
    assert.ok(ports.includes(textAt(endpoint, 'port')));
    assert.equal(textAt(monitor, 'spec', 'jobLabel'), 'app.kubernetes.io/name');
  });

  test('the alerts ask for metrics that there are, of this job and this webhook', () => {
    for (const rule of rules) {
      const { selectors } = namedIn(textAt(rule, 'expr'));
      assert.ok(selectors.length > 0);
      for (const { metric, matchers } of selectors) {
        const isOwn = WEBHOOK_METRICS[metric] !== undefined;
        assert.ok(isOwn || OTHERS.includes(metric), metric);
        const ofJob = isOwn || metric === 'up';
        const of = ofJob ? { label: 'job', value: job } : { label: 'name', value: webhook };
        const [first, ...more] = matchers;
        assert.deepEqual(first, { ...of, operator: '=' });
        if (!isOwn) assert.deepEqual(more, []);
        const results = WEBHOOK_RESULTS[metric] ?? [];
        for (const { label, value } of more) assert.ok(label === 'result' && results.includes(value), value);
      }
    }
  });

  test('each alert says what it means, and its runbook exists; no runbook is of an alert that is gone', () => {
    const document = DOCUMENTS.find(({ path }) => path === README);
    assert.ok(document);
    const names = rules.map((rule) => textAt(rule, 'alert'));
    for (const [index, rule] of rules.entries()) {
      const {
        summary = '',
        description = '',
        ...rest
      } = Object.fromEntries(entriesAt(rule, 'annotations').map(([key, text]) => [key, String(text)]));
      assert.ok(summary.endsWith('.') && description.endsWith('.'));
      assert.deepEqual(rest, { runbook_url: `${README}#${names[index]?.toLowerCase()}` });
      assert.ok(['critical', 'warning'].includes(textAt(rule, 'labels', 'severity')));
    }
    const sections = [...anchorsOf(document)].filter((anchor) => anchor.startsWith('watchsievewebhook'));
    assert.deepEqual(sections.sort(), names.map((name) => name.toLowerCase()).sort());
  });
});
