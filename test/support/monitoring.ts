/** The alerts and the dashboard of manifests/components/monitoring, read as their readers read them. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { entriesAt, listAt, parseJson, textAt, valueAt } from './json-value.ts';

export const MONITORING = join(import.meta.dirname, '..', '..', 'manifests', 'components', 'monitoring');

export interface Alert {
  readonly name: string;
  readonly expr: string;
  readonly severity: string;
  readonly annotations: Readonly<Record<string, string>>;
}

export interface Query {
  readonly where: string;
  readonly expr: string;
}

export function readYaml(file: string): unknown {
  return parse(readFileSync(join(MONITORING, file), 'utf8'));
}

export function alerts(): readonly Alert[] {
  const groups = listAt(readYaml('prometheusrule.yaml'), 'spec', 'groups');
  return groups
    .flatMap((group) => listAt(group, 'rules'))
    .map((rule) => ({
      name: textAt(rule, 'alert'),
      expr: textAt(rule, 'expr'),
      severity: textAt(rule, 'labels', 'severity'),
      annotations: Object.fromEntries(
        entriesAt(rule, 'annotations').map(([key]) => [key, textAt(rule, 'annotations', key)]),
      ),
    }));
}

export function dashboard(): unknown {
  return parseJson(readFileSync(join(MONITORING, 'dashboard.json'), 'utf8'));
}

export function panels(): readonly unknown[] {
  return listAt(dashboard(), 'panels');
}

/** Those of panels and of variables, with Grafana's own variables put in. */
export function dashboardQueries(): readonly Query[] {
  const ofPanels = panels().flatMap((panel) =>
    listAt(panel, 'targets').map((target) => ({
      where: textAt(panel, 'title'),
      expr: textAt(target, 'expr'),
    })),
  );
  const ofVariables = listAt(dashboard(), 'templating', 'list')
    .filter((variable) => valueAt(variable, 'type') === 'query')
    .map((variable) => {
      const [, expr = '', label = ''] =
        /^label_values\((.+), (\w+)\)$/.exec(textAt(variable, 'definition')) ?? [];
      return { where: `variable ${textAt(variable, 'name')}`, expr: `count by (${label}) (${expr})` };
    });
  return [...ofPanels, ...ofVariables].map(({ where, expr }) => ({
    where,
    expr: expr.replaceAll('$__rate_interval', '5m'),
  }));
}
