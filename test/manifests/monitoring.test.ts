/** Alerts and dashboard against what a running proxy exposes, and against the docs that they send people to (R28, R34). */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { runReady } from '../serve/harness.ts';
import { CA_PEM, simulate } from '../lab/simulator/harness.ts';
import { entriesAt, listAt, numberAt, textAt, valueAt } from '../support/json-value.ts';
import { CLOSED_SETS, METRICS } from '../support/metric-table.ts';
import { alerts, dashboard, dashboardQueries, panels, readYaml } from '../support/monitoring.ts';
import { namedIn } from '../support/promql.ts';
import type { Matcher } from '../support/promql.ts';
import { sidecarPatch } from '../support/sidecar-shape.ts';

const DOCS = join(import.meta.dirname, '..', '..', 'docs');
/** What a scrape by a PodMonitor adds to each sample. */
const TARGET_LABELS = ['namespace', 'pod', 'container', 'node', 'job', 'instance', 'endpoint'];
/** Prometheus's own. */
const OF_PROMETHEUS = new Map([['up', []]]);
const OVERLAY = join('..', '..', 'overlays', 'monitoring', 'kustomization.yaml');
const GRAFANA_VARIABLE = /^\$(\w+)$/;

/** Of each name that a query may select, the labels that its samples can have. */
async function exposed(t: Parameters<typeof runReady>[0]): Promise<ReadonlyMap<string, readonly string[]>> {
  const simulator = await simulate(t);
  const backend = { url: simulator.url, caPem: CA_PEM };
  // A hub exposes more than a sidecar.
  const proxy = await runReady(t, { ...backend, token: 'of-the-hub' }, { argv: ['--share', 'nodes'] });
  const labels = new Map<string, readonly string[]>(OF_PROMETHEUS);
  for (const [name, type] of (await proxy.scrape()).types) {
    const [, ...own] = METRICS[name] ?? [type];
    if (type === 'histogram') {
      labels.set(`${name}_bucket`, [...own, 'le']);
      for (const part of ['sum', 'count']) labels.set(`${name}_${part}`, own);
    } else labels.set(name, own);
  }
  return labels;
}

/** Each alternative of a pattern must be able to match something, or it is a typing error. */
function assertMatchesSomething({ label, operator, value }: Matcher, where: string): void {
  const possible = CLOSED_SETS[label];
  if (possible === undefined) return;
  const alternatives = operator.endsWith('~') ? value.split('|') : [value];
  for (const alternative of alternatives) {
    const pattern = new RegExp(`^(?:${alternative})$`);
    assert.ok(
      possible.some((known) => pattern.test(known)),
      `${where}: ${label}="${alternative}"`,
    );
  }
}

test('every query of the alerts and the dashboard names metrics, labels and values that there are (R28, R34)', async (t) => {
  const known = await exposed(t);
  const ofAlerts = alerts().map(({ name, expr }) => ({ where: name, expr }));
  const queries = [...ofAlerts, ...dashboardQueries()];
  assert.ok(queries.length > 40);
  for (const { where, expr } of queries) {
    const { selectors, groupings } = namedIn(expr);
    const usable = new Set([...TARGET_LABELS, 'le']);
    for (const { metric, matchers } of selectors) {
      const own = known.get(metric);
      assert.ok(own !== undefined, `${where}: there is no ${metric}`);
      for (const label of own) usable.add(label);
      for (const matcher of matchers) {
        assert.ok(
          own.includes(matcher.label) || TARGET_LABELS.includes(matcher.label),
          `${where}: ${metric} has no ${matcher.label}`,
        );
        assertMatchesSomething(matcher, where);
      }
    }
    assert.ok(selectors.length > 0, where);
    for (const label of groupings) assert.ok(usable.has(label), `${where}: nothing has ${label}`);
  }
});

test('a query with a metric, a label or a value that is wrong would be found', () => {
  assert.deepEqual(namedIn('sum by (pod) (rate(a_total{b="c", d=~"e|f"}[5m])) > on (x) g'), {
    selectors: [
      {
        metric: 'a_total',
        matchers: [
          { label: 'b', operator: '=', value: 'c' },
          { label: 'd', operator: '=~', value: 'e|f' },
        ],
      },
      { metric: 'g', matchers: [] },
    ],
    groupings: ['pod', 'x'],
  });
  assert.throws(() => namedIn('sum(rate(a[5m])'), SyntaxError);
  const wrong = { label: 'reason', operator: '=~', value: 'undecodable|unreadable' };
  assert.throws(() => assertMatchesSomething(wrong, 'here'), /unreadable/);
});

describe('the alerts (R34)', () => {
  const text = readFileSync(join(DOCS, 'operate.md'), 'utf8');
  const headings = [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => heading);
  for (const { name, severity, expr, annotations } of alerts())
    test(`${name} says what, where and how bad, and its runbook exists`, () => {
      assert.match(name, /^Watchsieve[A-Z]/);
      assert.ok(['critical', 'warning'].includes(severity));
      const { summary = '', description = '', runbook_url: runbook = '', ...rest } = annotations;
      assert.deepEqual(rest, {});
      assert.match(summary, /\$labels\.pod/);
      assert.match(description, /\$labels\.namespace/);
      const used = [...`${summary}${description}`.matchAll(/\$labels\.(\w+)/g)].map(([, label]) => label);
      // What is summed up by a label still has it.
      const kept = ['pod', 'namespace', ...(/sum by \([^)]*\bresource\)/.test(expr) ? ['resource'] : [])];
      for (const label of used) assert.ok(kept.includes(label ?? ''), label);
      const [file, anchor] = runbook.split('#');
      assert.equal(file, 'docs/operate.md');
      assert.equal(headings.filter((heading) => heading.toLowerCase() === anchor).length, 1, anchor);
    });

  test('operate.md has no section for an alert that is gone', () => {
    const names = alerts().map(({ name }) => name);
    assert.deepEqual(
      headings.filter((heading) => heading.startsWith('Watchsieve')).sort(),
      [...names].sort(),
    );
    assert.equal(new Set(names).size, names.length);
  });
});

test('the overlay is the component alone: MetalLB is there already (R34)', () => {
  const overlay = readYaml(OVERLAY);
  assert.deepEqual(listAt(overlay, 'resources'), []);
  assert.deepEqual(listAt(overlay, 'components'), ['../../components/monitoring']);
});

test('the PodMonitor names the port that every sidecar has, and the Node as the queries call it (R34)', () => {
  const [endpoint, ...others] = listAt(readYaml('podmonitor.yaml'), 'spec', 'podMetricsEndpoints');
  assert.deepEqual(others, []);
  const shape = { port: 17_480, preset: undefined, container: 'speaker', annotated: true, image: 'i' };
  const patch = JSON.stringify(sidecarPatch({ ...shape, variant: 'native' }));
  assert.ok(patch.includes(`{"name":"${textAt(endpoint, 'port')}","containerPort":17482`));
  assert.deepEqual(valueAt(listAt(endpoint, 'relabelings')[0], 'targetLabel'), 'node');
});

interface Box {
  readonly title: string;
  readonly x: number;
  readonly y: number;
  readonly w: number;
  readonly h: number;
}

function boxOf(panel: unknown): Box {
  const at = (side: string) => numberAt(panel, 'gridPos', side);
  return { title: textAt(panel, 'title'), x: at('x'), y: at('y'), w: at('w'), h: at('h') };
}

function overlap(a: Box, b: Box): boolean {
  return a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h;
}

describe('the dashboard (R34)', () => {
  const drawn = panels().filter((panel) => textAt(panel, 'type') !== 'row');

  test('panels have ids of their own, and lie within the grid beside each other', () => {
    const ids = panels().map((panel) => numberAt(panel, 'id'));
    assert.equal(new Set(ids).size, ids.length);
    const boxes = panels().map(boxOf);
    for (const [index, box] of boxes.entries()) {
      assert.ok(box.x >= 0 && box.w > 0 && box.x + box.w <= 24, box.title);
      for (const other of boxes.slice(index + 1))
        assert.ok(!overlap(box, other), `${box.title} / ${other.title}`);
    }
  });

  test('every panel has a unit, a description and queries with ids of their own', () => {
    const units = ['percentunit', 'short', 'Bps', 'bytes', 's', 'eps', 'cpm', 'reqps'];
    for (const panel of drawn) {
      const title = textAt(panel, 'title');
      assert.ok(units.includes(textAt(panel, 'fieldConfig', 'defaults', 'unit')), title);
      assert.ok(textAt(panel, 'description').endsWith('.'), title);
      const refs = listAt(panel, 'targets').map((target) => textAt(target, 'refId'));
      assert.ok(refs.length > 0 && new Set(refs).size === refs.length, title);
    }
  });

  test('the data source is chosen by whoever looks, and each query keeps to the chosen Pods', () => {
    const sources = [...JSON.stringify(dashboard()).matchAll(/"uid":"([^"]+)"/g)].map(([, uid]) => uid);
    assert.deepEqual([...new Set(sources)].sort(), ['${datasource}', 'watchsieve']);
    const variables = listAt(dashboard(), 'templating', 'list').map((variable) => textAt(variable, 'name'));
    assert.deepEqual(variables, ['datasource', 'namespace', 'node', 'pod']);
    for (const { where, expr } of dashboardQueries().filter(({ where }) => !where.startsWith('variable')))
      for (const { matchers } of namedIn(expr).selectors) {
        const chosen = matchers.map(({ value }) => GRAFANA_VARIABLE.exec(value)?.[1]);
        for (const name of ['namespace', 'node', 'pod'])
          assert.ok(chosen.includes(name), `${where}: ${name}`);
      }
  });

  test('Grafana finds it by the label of its sidecar, under no name that changes', () => {
    const [generator] = listAt(readYaml('kustomization.yaml'), 'configMapGenerator');
    assert.deepEqual(listAt(generator, 'files'), ['watchsieve.json=dashboard.json']);
    assert.equal(valueAt(generator, 'options', 'disableNameSuffixHash'), true);
    assert.ok(
      entriesAt(generator, 'options', 'labels').some(
        ([key, value]) => key === 'grafana_dashboard' && value === '1',
      ),
    );
  });
});
