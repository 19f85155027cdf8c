/** The webhook's alerts, to which Prometheus's own promtool plays histories. */

import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { stringify } from 'yaml';

import { listAt, textAt, valueAt } from '../../support/json-value.ts';
import { kustomize, parseRendering, run } from '../rendering.ts';
import type { Report } from '../report.ts';
import { MANIFESTS, NAME, NAMESPACE, WEBHOOK } from './place.ts';
import type { Tools } from './place.ts';

interface History {
  readonly when: string;
  /** In promtool's notation, a value a minute. */
  readonly series: Readonly<Record<string, string>>;
  readonly firesAt?: readonly number[];
  readonly silentAt?: readonly number[];
}

const NOT_ASKED = `apiserver_admission_webhook_fail_open_count{name="${WEBHOOK}",type="admit"}`;

const HISTORIES: Readonly<Record<string, readonly History[]>> = {
  WatchsieveWebhookDown: [
    {
      when: 'neither can be scraped',
      series: { [up('a')]: '1x2 0x20', [up('b')]: '0x22' },
      silentAt: [11],
      firesAt: [14],
    },
    { when: 'there is none', series: {}, silentAt: [9], firesAt: [11] },
    { when: 'one of two is there', series: { [up('a')]: '1x30', [up('b')]: '0x30' }, silentAt: [12, 30] },
  ],
  WatchsieveWebhookNotAsked: [
    {
      when: 'Pods are created without it',
      series: { [NOT_ASKED]: '0x5 1+1x3 4x30' },
      silentAt: [4, 30],
      firesAt: [8],
    },
    {
      when: 'all fail between two scrapes, and the counter is new',
      series: { [NOT_ASKED]: '_x5 10x40' },
      firesAt: [6, 19],
      silentAt: [4, 20],
    },
    { when: 'it once failed, and long ago', series: { [NOT_ASKED]: '7x60' }, silentAt: [20, 30, 60] },
    {
      when: 'another webhook fails',
      series: { 'apiserver_admission_webhook_fail_open_count{name="other.example.com"}': '0+1x30' },
      silentAt: [10, 30],
    },
  ],
  WatchsieveWebhookCannotRead: [
    {
      when: 'one of two replicas cannot read the rules of a namespace',
      series: { [unread('a')]: '0x5 1+1x3 4x30', [unread('b')]: '0x40' },
      silentAt: [4, 30],
      firesAt: [8],
    },
    {
      when: 'Pods are left alone for another reason',
      series: { [unread('a').replace('unread', 'quota')]: '0+1x30' },
      silentAt: [10, 30],
    },
  ],
};

function unread(pod: string): string {
  return `watchsieve_webhook_reviews_total{job="${NAME}",pod="${pod}",result="refused_unread"}`;
}

function up(pod: string): string {
  return `up{job="${NAME}",namespace="${NAMESPACE}",pod="${pod}"}`;
}

export async function proveAlerts(report: Report, tools: Tools, promtool: string): Promise<void> {
  const folder = join(MANIFESTS, 'components', 'webhook-monitoring');
  const rendering = parseRendering(await kustomize(tools.kubectlProgram, folder));
  const spec = valueAt(rendering.get(`PrometheusRule/${NAMESPACE}/${NAME}`), 'spec');
  const rules = join(tools.folder, 'rules.yaml');
  await writeFile(rules, stringify(spec));
  await report.check('promtool finds no fault with the alerts, and each has a history (R34)', async () => {
    const args = ['check', 'rules', '--lint=all', '--lint-fatal', rules];
    await run({ command: promtool, args });
    const names = listAt(spec, 'groups').flatMap((group) => listAt(group, 'rules'));
    assert.deepEqual(
      names.map((rule) => textAt(rule, 'alert')),
      Object.keys(HISTORIES),
    );
  });
  for (const [alert, histories] of Object.entries(HISTORIES))
    await report.check(`${alert} fires when it should, and not before or otherwise (R34)`, async () => {
      const file = join(tools.folder, `${alert}.yaml`);
      await writeFile(file, testFile(rules, alert, histories));
      await run({ command: promtool, args: ['test', 'rules', file] });
    });
}

function testFile(rules: string, alert: string, histories: readonly History[]): string {
  const expr = `count(ALERTS{alertname="${alert}", alertstate="firing"})`;
  const tests = histories.map(({ when, series, firesAt = [], silentAt = [] }) => ({
    name: `${alert}: ${when}`,
    interval: '1m',
    input_series: Object.entries(series).map(([name, values]) => ({ series: name, values })),
    promql_expr_test: [
      ...firesAt.map((minute) => ({
        expr,
        eval_time: `${minute}m`,
        exp_samples: [{ labels: '{}', value: 1 }],
      })),
      ...silentAt.map((minute) => ({ expr, eval_time: `${minute}m`, exp_samples: [] })),
    ],
  }));
  return stringify({ rule_files: [rules], evaluation_interval: '1m', tests });
}
