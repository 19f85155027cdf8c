/** What holds for either chart: with its defaults it is the kustomize base, and each value changes what it says. */

import assert from 'node:assert/strict';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { stringify } from 'yaml';

import { entriesAt, parseJson, textAt, valueAt } from '../../support/json-value.ts';
import { kustomize, parseRendering } from '../rendering.ts';
import type { Rendering } from '../rendering.ts';
import type { Report } from '../report.ts';
import { differences, withoutHelmLabels } from './differences.ts';
import { chartIn } from './place.ts';
import type { Tools } from './place.ts';
import type { ValueCase } from './values.ts';

/** A chart, and what it has to be. */
export interface Charted {
  /** Of the chart, of the release, and of what it makes. */
  readonly name: string;
  readonly namespace: string;
  /** Folder of manifests/ with the same objects. */
  readonly base: string;
  /** Components of manifests/, and what makes the chart the base with each. */
  readonly components: Readonly<Record<string, string>>;
  readonly values: Readonly<Record<string, ValueCase>>;
  /** Paths that no value has. */
  readonly strangers: readonly string[];
  /** @throws unless the program takes what the Deployment tells it. */
  readonly assertTaken: (rendering: Rendering) => void | Promise<void>;
}

/** The chart as it would be installed. */
export async function templateOf(
  { helm, folder }: Pick<Tools, 'helm' | 'folder'>,
  { name, namespace }: Charted,
  ...args: readonly string[]
): Promise<Rendering> {
  const chart = chartIn({ folder }, name);
  return parseRendering(await helm('template', name, chart, `--namespace=${namespace}`, ...args));
}

export async function proveChart(report: Report, tools: Tools, chart: Charted): Promise<void> {
  const { helm } = tools;
  const { name, namespace, base, components } = chart;
  await report.check(`${name}: helm lint --strict finds nothing (R34)`, async () => {
    const output = await helm('lint', '--strict', chartIn(tools, name));
    assert.match(output, /1 chart\(s\) linted, 0 chart\(s\) failed/);
    assert.ok(!output.includes('WARNING'), output);
  });
  await report.check(`${name}: its defaults are the kustomize base, object for object (R34)`, () =>
    proveSame(tools, chart, join(tools.folder, 'manifests', base), []),
  );
  for (const [component, flag] of Object.entries(components))
    await report.check(`${name}: with ${flag} it is the base with ${component} (R34)`, async () => {
      const folder = await overlay(tools, `with-${component}`, {
        resources: [`../manifests/${base}`],
        components: [`../manifests/components/${component}`],
      });
      await proveSame(tools, chart, folder, [flag]);
    });
  await proveValues(report, tools, chart);
  const plain = await templateOf(tools, chart);
  await report.check(
    `${name}: one replica has no budget, which would keep its node from being drained`,
    async () => {
      const kinds = kindsOf(await templateOf(tools, chart, '--set=replicas=1'));
      assert.deepEqual(
        kinds,
        kindsOf(plain).filter((kind) => kind !== 'PodDisruptionBudget'),
      );
    },
  );
  await report.check(`${name}: another name of release and namespace is followed everywhere`, async () => {
    const rendered = await helm('template', 'edge', chartIn(tools, name), '--namespace=elsewhere');
    assert.ok(!rendered.includes(name === namespace ? `namespace: ${namespace}` : namespace));
    const renamed = [...parseRendering(rendered).values()].map((object) =>
      textAt(object, 'metadata', 'name'),
    );
    assert.deepEqual([...new Set(renamed)], [`edge-${name}`]);
    const back = rendered.replaceAll(`edge-${name}`, name).replaceAll('elsewhere', namespace);
    assert.deepEqual(withoutHelmLabels(parseRendering(back)), withoutHelmLabels(plain));
  });
  await report.check(
    `${name}: a long release name with dots, as Helm takes it, makes valid names`,
    async () => {
      for (const release of [`${'a'.repeat(39)}.bbb`, `${'a'.repeat(38)}.b.cc`, 'a.b', 'x'.repeat(53)])
        for (const object of parseRendering(await helm('template', release, chartIn(tools, name))).values()) {
          // Of a Service, and so the strictest.
          assert.match(textAt(object, 'metadata', 'name'), /^(?=.{1,63}$)[a-z][a-z0-9-]*[a-z0-9]$/, release);
        }
    },
  );
}

async function proveSame(
  tools: Tools,
  chart: Charted,
  folder: string,
  args: readonly string[],
): Promise<void> {
  const base = new Map(parseRendering(await kustomize(tools.kubectlProgram, folder)));
  // The one object that Helm has a flag for, --create-namespace.
  assert.ok(base.delete(`Namespace//${chart.namespace}`));
  const rendered = withoutHelmLabels(await templateOf(tools, chart, ...args));
  assert.deepEqual([...rendered.keys()].sort(), [...base.keys()].sort());
  for (const [identity, object] of base) assert.deepEqual(rendered.get(identity), object, identity);
}

async function proveValues(report: Report, tools: Tools, chart: Charted): Promise<void> {
  const { name, values, strangers, assertTaken } = chart;
  const template = (...args: readonly string[]) => templateOf(tools, chart, ...args);
  const plain = await template();
  const schema = parseJson(await readFile(join(chartIn(tools, name), 'values.schema.json'), 'utf8'));
  await report.check(`${name}: every value of the schema is tried`, () => {
    assert.deepEqual(Object.keys(values).sort(), [...leafPaths(schema)].sort());
  });
  for (const [path, { value, changes, adds = [], drops = [], refused }] of Object.entries(values)) {
    await report.check(`${name}: ${path} changes what it says, and a wrong one is refused`, async () => {
      const rendered = await template(await fileWith(tools, path, value));
      const kinds = [...kindsOf(plain).filter((kind) => !drops.includes(kind)), ...adds];
      assert.deepEqual(kindsOf(rendered), kinds.sort());
      const common = (rendering: Rendering) =>
        new Map([...rendering].filter(([, object]) => !isOneOf(object, [...adds, ...drops])));
      assert.deepEqual(differences(common(plain), common(rendered)), changes);
      await assertTaken(rendered);
      for (const wrong of refused)
        await assert.rejects(
          template(await fileWith(tools, path, wrong)),
          /don't meet the specifications of the schema/,
          JSON.stringify(wrong),
        );
    });
  }
  await report.check(`${name}: monitoring.labels are on both of its objects`, async () => {
    const given = ['--set=monitoring.enabled=true', '--set=monitoring.labels.release=prometheus'];
    const labelled = differences(await template(given[0] ?? ''), await template(...given));
    assert.deepEqual(labelled, {
      'PodMonitor.metadata.labels.release': 'prometheus',
      'PrometheusRule.metadata.labels.release': 'prometheus',
    });
  });
  await report.check(
    `${name}: a value that there is not is refused, wherever it stands; a parent chart’s global is not`,
    async () => {
      for (const path of strangers)
        await assert.rejects(template(`--set=${path}=x`), /additional properties/, path);
      assert.deepEqual(differences(plain, await template('--set=global.a=b')), {});
    },
  );
}

/** Writes values with this one, as JSON: in Helm's YAML `yes` is no text, but true. */
async function fileWith({ folder }: Tools, path: string, value: unknown): Promise<string> {
  const nested = path.split('.').reduceRight<unknown>((inner, key) => ({ [key]: inner }), value);
  const file = join(folder, 'values.yaml');
  await writeFile(file, JSON.stringify(nested));
  return `--values=${file}`;
}

/** An overlay beside the copy of manifests/. */
export async function overlay({ folder }: Tools, name: string, kustomization: object): Promise<string> {
  const path = join(folder, name);
  await mkdir(path, { recursive: true });
  const header = { apiVersion: 'kustomize.config.k8s.io/v1beta1', kind: 'Kustomization' };
  await writeFile(join(path, 'kustomization.yaml'), stringify({ ...header, ...kustomization }));
  return path;
}

function kindsOf(rendering: Rendering): string[] {
  return [...rendering.values()].map((object) => textAt(object, 'kind')).sort();
}

function isOneOf(object: unknown, kinds: readonly string[]): boolean {
  return kinds.includes(textAt(object, 'kind'));
}

/** Paths of the values that have a description of their own, `global` left out. */
function leafPaths(schema: unknown, prefix = ''): readonly string[] {
  return entriesAt(schema, 'properties').flatMap(([key, property]) => {
    if (prefix === '' && key === 'global') return [];
    const path = `${prefix}${key}`;
    return valueAt(property, 'description') === undefined ? leafPaths(property, `${path}.`) : [path];
  });
}
