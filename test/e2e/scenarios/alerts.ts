/**
 * The monitoring component (R34): Prometheus's own promtool reads the alerts and plays histories of metrics to
 * them, and a real API server with the CRDs of Prometheus's operator takes what the overlay renders.
 */

import assert from 'node:assert/strict';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { stringify } from 'yaml';

import { ALERT_CASES } from '../alert-cases.ts';
import type { AlertCase } from '../alert-cases.ts';
import { installMetallb } from '../metallb.ts';
import { installPrometheusCrds } from '../prometheus-crds.ts';
import { kustomize, run } from '../rendering.ts';
import { alerts, MONITORING, readYaml } from '../../support/monitoring.ts';
import { valueAt } from '../../support/json-value.ts';
import type { Rig, Scenario } from './scenario.ts';

/** What a scrape adds, and every alert has to keep. */
const POD = { namespace: 'metallb-system', node: 'node-1', pod: 'speaker-a' };

export const alertsScenario: Scenario = {
  title: 'alerts',
  run: async (rig) => {
    const folder = await mkdtemp(join(rig.cluster.folder, 'alerts-'));
    await proveRules(rig, folder);
    await proveObjects(rig, folder);
  },
};

async function proveRules({ report, assets }: Rig, folder: string): Promise<void> {
  const command = await assets.promtool();
  const rules = join(folder, 'rules.yaml');
  await writeFile(rules, stringify(valueAt(readYaml('prometheusrule.yaml'), 'spec')));
  await report.check('promtool finds no fault with the rules (R34)', async () => {
    const output = await run({ command, args: ['check', 'rules', '--lint=all', '--lint-fatal', rules] });
    assert.match(output, new RegExp(`${alerts().length} rules found`));
  });
  for (const { name } of alerts())
    await report.check(`${name} fires when it should, and not before or otherwise (R34)`, async () => {
      const cases = ALERT_CASES.filter(({ alert }) => alert === name);
      assert.ok(cases.some(({ firesAt = [] }) => firesAt.length > 0));
      assert.ok(cases.some(({ firesAt = [] }) => firesAt.length === 0));
      const file = join(folder, `${name}.yaml`);
      await writeFile(file, testFile(rules, cases));
      await run({ command, args: ['test', 'rules', file] });
    });
  await report.check('no history is of an alert that is gone', () => {
    const names = alerts().map(({ name }) => name);
    assert.deepEqual([...new Set(ALERT_CASES.map(({ alert }) => alert))].sort(), [...names].sort());
  });
}

function testFile(rules: string, cases: readonly AlertCase[]): string {
  const tests = cases.map(({ alert, when, series, firesAt = [], silentAt = [] }) => {
    const expr = `count by (${Object.keys(POD).join(', ')}) (ALERTS{alertname="${alert}", alertstate="firing"})`;
    const firing = [{ labels: `{${labelsOf(POD)}}`, value: 1 }];
    return {
      name: `${alert}: ${when}`,
      interval: '1m',
      input_series: Object.entries(series).map(([name, values]) => ({ series: ofPod(name), values })),
      promql_expr_test: [
        ...firesAt.map((minute) => ({ expr, eval_time: `${minute}m`, exp_samples: firing })),
        ...silentAt.map((minute) => ({ expr, eval_time: `${minute}m`, exp_samples: [] })),
      ],
    };
  });
  return stringify({ rule_files: [rules], evaluation_interval: '1m', tests });
}

function ofPod(series: string): string {
  const labels = labelsOf({ ...POD, container: 'watchsieve' });
  return series.replace('}', `${series.endsWith('{}') ? '' : ','}${labels}}`);
}

function labelsOf(labels: Readonly<Record<string, string>>): string {
  return Object.entries(labels)
    .map(([label, value]) => `${label}="${value}"`)
    .join(',');
}

async function proveObjects(rig: Rig, folder: string): Promise<void> {
  const { report, assets, cluster } = rig;
  const kubeconfig = await cluster.writeKubeconfig('alerts.kubeconfig', 'admin');
  await installMetallb(rig, kubeconfig);
  const kubectl = (...args: readonly string[]) =>
    run({
      command: assets.kubectl,
      args: [`--kubeconfig=${kubeconfig}`, `--cache-dir=${join(folder, 'kubectl')}`, ...args],
    });
  await installPrometheusCrds(assets, kubectl);
  const rendered = await kustomize(assets.kubectl, join(MONITORING, '..', '..', 'overlays', 'monitoring'));
  const apply = async (text: string): Promise<string> => {
    const file = join(await mkdtemp(join(folder, 'apply-')), 'objects.yaml');
    await writeFile(file, text);
    return kubectl('apply', '--dry-run=server', '--validate=strict', '--output=name', '-f', file);
  };
  await report.check('the API server takes PodMonitor, PrometheusRule and dashboard (R34)', async () => {
    assert.deepEqual((await apply(rendered)).trim().split('\n').sort(), [
      'configmap/watchsieve-dashboard',
      'podmonitor.monitoring.coreos.com/watchsieve',
      'prometheusrule.monitoring.coreos.com/watchsieve',
    ]);
  });
  await report.check('it would refuse one with a field that there is not', async () => {
    await assert.rejects(apply(rendered.replace('podMetricsEndpoints:', 'podEndpoints:')), /podEndpoints/);
  });
}
