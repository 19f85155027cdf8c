/** What the chart renders: with its defaults the objects of the kustomize base, and with each value what it says. */

import assert from 'node:assert/strict';
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { stringify } from 'yaml';

import { parseWebhookOptions } from '../../../src/install/flags/webhook-options.ts';
import { entriesAt, listAt, parseJson, textAt, valueAt } from '../../support/json-value.ts';
import { IMAGE } from '../../support/named-manifests.ts';
import { kustomize, parseRendering } from '../rendering.ts';
import type { Rendering } from '../rendering.ts';
import type { Report } from '../report.ts';
import { differences, withoutHelmLabels } from './differences.ts';
import { chartIn, MANIFESTS, NAME, NAMESPACE } from './place.ts';
import type { Tools } from './place.ts';
import { VALUES } from './values.ts';

/** The chart as it would be installed. */
export async function template(tools: Tools, ...args: readonly string[]): Promise<Rendering> {
  const chart = chartIn(tools);
  return parseRendering(await tools.helm('template', NAME, chart, `--namespace=${NAMESPACE}`, ...args));
}

export async function proveRendering(report: Report, tools: Tools): Promise<void> {
  const { helm } = tools;
  await report.check('helm lint --strict finds nothing (R34)', async () => {
    const output = await helm('lint', '--strict', chartIn(tools));
    assert.match(output, /1 chart\(s\) linted, 0 chart\(s\) failed/);
    assert.ok(!output.includes('WARNING'), output);
  });
  await report.check('with its defaults the chart is the kustomize base, object for object (R34)', () =>
    proveSame(tools, join(tools.folder, 'manifests', 'webhook'), []),
  );
  await report.check('and with monitoring it is the base with that component (R34)', async () => {
    const folder = await overlay(tools, 'monitored', {
      resources: ['../manifests/webhook'],
      components: ['../manifests/components/webhook-monitoring'],
    });
    await proveSame(tools, folder, ['--set=monitoring.enabled=true']);
  });
  const plain = await template(tools);
  await proveValues(report, tools, plain);
  await report.check('one replica has no budget, which would keep its node from being drained', async () => {
    const kinds = kindsOf(await template(tools, '--set=replicas=1'));
    assert.deepEqual(
      kinds,
      kindsOf(plain).filter((kind) => kind !== 'PodDisruptionBudget'),
    );
  });
  await report.check('before Kubernetes 1.29 the sidecar is an ordinary container by itself', async () => {
    const older = await template(tools, '--kube-version=1.28.9');
    assert.deepEqual(Object.values(differences(plain, older)), ['--variant=ordinary']);
    assert.deepEqual(differences(plain, await template(tools, '--kube-version=1.29.0-rc.1')), {});
    await assert.rejects(template(tools, '--kube-version=1.25.16'), /incompatible with Kubernetes v1\.25/);
  });
  await report.check('another name of release and namespace is followed everywhere', async () => {
    const rendered = await helm('template', 'edge', chartIn(tools), '--namespace=elsewhere');
    assert.ok(!rendered.includes(NAMESPACE));
    const renamed = [...parseRendering(rendered).values()].map((object) =>
      textAt(object, 'metadata', 'name'),
    );
    assert.deepEqual([...new Set(renamed)], [`edge-${NAME}`]);
    const back = rendered.replaceAll(`edge-${NAME}`, NAME).replaceAll('elsewhere', NAMESPACE);
    assert.deepEqual(withoutHelmLabels(parseRendering(back)), withoutHelmLabels(plain));
  });
  await report.check('a long release name with dots, as Helm takes it, makes valid names', async () => {
    for (const release of [`${'a'.repeat(39)}.bbb`, `${'a'.repeat(38)}.b.cc`, 'a.b', 'x'.repeat(53)])
      for (const object of parseRendering(await helm('template', release, chartIn(tools))).values()) {
        // Of a Service, and so the strictest.
        assert.match(textAt(object, 'metadata', 'name'), /^(?=.{1,63}$)[a-z][a-z0-9-]*[a-z0-9]$/, release);
      }
  });
  await report.check('namePrefix, nameSuffix and namespace reach all that names an object (R34)', () =>
    proveRenamed(tools),
  );
  await report.check('the overlay of the README names another image in both places', () =>
    proveOverlay(tools),
  );
  await report.check('without an image Helm and kustomize say what to do', () => proveUnnamed(tools));
}

async function proveSame(tools: Tools, folder: string, args: readonly string[]): Promise<void> {
  const base = new Map(parseRendering(await kustomize(tools.kubectlProgram, folder)));
  // The one object that Helm has a flag for, --create-namespace.
  assert.ok(base.delete(`Namespace//${NAMESPACE}`));
  const chart = withoutHelmLabels(await template(tools, ...args));
  assert.deepEqual([...chart.keys()].sort(), [...base.keys()].sort());
  for (const [identity, object] of base) assert.deepEqual(chart.get(identity), object, identity);
}

async function proveValues(report: Report, tools: Tools, plain: Rendering): Promise<void> {
  const schema = parseJson(await readFile(join(chartIn(tools), 'values.schema.json'), 'utf8'));
  await report.check('every value of the schema is tried', () => {
    assert.deepEqual(Object.keys(VALUES).sort(), [...leafPaths(schema)].sort());
  });
  for (const [path, { value, changes, adds = [], drops = [], refused }] of Object.entries(VALUES)) {
    await report.check(`${path} changes what it says, and a wrong one is refused`, async () => {
      const rendered = await template(tools, await fileWith(tools, path, value));
      const kinds = [...kindsOf(plain).filter((kind) => !drops.includes(kind)), ...adds];
      assert.deepEqual(kindsOf(rendered), kinds.sort());
      const common = (rendering: Rendering) =>
        new Map([...rendering].filter(([, object]) => !isOneOf(object, [...adds, ...drops])));
      assert.deepEqual(differences(common(plain), common(rendered)), changes);
      assertTaken(rendered);
      for (const wrong of refused)
        await assert.rejects(
          template(tools, await fileWith(tools, path, wrong)),
          /don't meet the specifications of the schema/,
          JSON.stringify(wrong),
        );
    });
  }
  await report.check('monitoring.labels are on both of its objects', async () => {
    const given = ['--set=monitoring.enabled=true', '--set=monitoring.labels.release=prometheus'];
    const labelled = differences(await template(tools, given[0] ?? ''), await template(tools, ...given));
    assert.deepEqual(labelled, {
      'PodMonitor.metadata.labels.release': 'prometheus',
      'PrometheusRule.metadata.labels.release': 'prometheus',
    });
  });
  await report.check(
    'a value that there is not is refused, wherever it stands; a parent chart’s global is not',
    async () => {
      for (const path of ['failurePolicy', 'image.name', 'sidecar.ports', 'monitoring.on'])
        await assert.rejects(template(tools, `--set=${path}=x`), /additional properties/, path);
      assert.deepEqual(differences(plain, await template(tools, '--set=global.a=b')), {});
    },
  );
}

/** The program takes its arguments, with something for what the kubelet puts into them. */
function assertTaken(rendering: Rendering): void {
  const deployment = rendering.get(`Deployment/${NAMESPACE}/${NAME}`);
  const [container] = listAt(deployment, 'spec', 'template', 'spec', 'containers');
  const names = { SERVICE: NAME, CONFIGURATION: NAME };
  const fixed: Readonly<Record<string, string>> = {
    POD_IP: 'fd00::7',
    NAMESPACE,
    IMAGE: 'watchsieve',
    ...names,
  };
  const [command, ...argv] = listAt(container, 'args').map((arg) =>
    String(arg).replaceAll(/\$\((\w+)\)/g, (_, name: string) => fixed[name] ?? assert.fail(name)),
  );
  assert.equal(command, 'webhook');
  const parsed = parseWebhookOptions(argv);
  assert.ok('ok' in parsed, JSON.stringify(parsed));
}

/** Writes values with this one, as JSON: in Helm's YAML `yes` is no text, but true. */
async function fileWith({ folder }: Tools, path: string, value: unknown): Promise<string> {
  const nested = path.split('.').reduceRight<unknown>((inner, key) => ({ [key]: inner }), value);
  const file = join(folder, 'values.yaml');
  await writeFile(file, JSON.stringify(nested));
  return `--values=${file}`;
}

/** An overlay beside the copy of manifests/. */
async function overlay({ folder }: Tools, name: string, kustomization: object): Promise<string> {
  const path = join(folder, name);
  await mkdir(path, { recursive: true });
  const header = { apiVersion: 'kustomize.config.k8s.io/v1beta1', kind: 'Kustomization' };
  await writeFile(join(path, 'kustomization.yaml'), stringify({ ...header, ...kustomization }));
  return path;
}

async function proveOverlay(tools: Tools): Promise<void> {
  const readme = await readFile(join(chartIn(tools), 'README.md'), 'utf8');
  const [, snippet = ''] = /```yaml\n(apiVersion: kustomize[\s\S]*?)```/.exec(readme) ?? [];
  const folder = await overlay(tools, 'renamed', {});
  // The image that the README's own command would have named.
  const text = snippet
    .replace('path/to/watchsieve/', '../')
    .replace(/(?<=- name: )registry\S+/, IMAGE.replace(/:[^:]*$/, ''));
  assert.notEqual(text, snippet);
  await writeFile(join(folder, 'kustomization.yaml'), text);
  const base = await kustomize(tools.kubectlProgram, join(tools.folder, 'manifests', 'webhook'));
  const rendered = await kustomize(tools.kubectlProgram, folder);
  const changed = differences(parseRendering(base), parseRendering(rendered));
  assert.deepEqual(changed, {
    'Deployment.spec.template.spec.containers.0.image': 'mirror.example.com/watchsieve:0.1.0',
    'Deployment.spec.template.spec.containers.0.env.2.value': 'mirror.example.com/watchsieve:0.1.0',
  });
}

/** With the manifests as they are in a clone. */
async function proveUnnamed(tools: Tools): Promise<void> {
  const clone = join(tools.folder, 'clone');
  await cp(MANIFESTS, join(clone, 'manifests'), { recursive: true });
  await assert.rejects(
    template({ ...tools, folder: clone }),
    /image\.repository is empty: build the image, push it where your nodes find it, and name it/,
  );
  await assert.rejects(
    kustomize(tools.kubectlProgram, join(clone, 'manifests', 'webhook')),
    /no image is named, run: sh manifests\/image\.sh REGISTRY\/NAME:TAG/,
  );
}

/** Renamed and back it is the base again: no name is left out. Labels and the Secret keep theirs. */
async function proveRenamed(tools: Tools): Promise<void> {
  const renaming = { namePrefix: 'team-', nameSuffix: '-two', namespace: 'elsewhere' };
  const folder = await overlay(tools, 'moved', { resources: ['../manifests/webhook'], ...renaming });
  const rendered = await kustomize(tools.kubectlProgram, folder);
  assert.ok(!rendered.includes(NAMESPACE));
  const objects = [...parseRendering(rendered).values()];
  for (const object of objects)
    assert.equal(
      textAt(object, 'metadata', 'name'),
      textAt(object, 'kind') === 'Namespace' ? 'elsewhere' : `team-${NAME}-two`,
    );
  const webhook = objects.find((object) => textAt(object, 'kind') === 'MutatingWebhookConfiguration');
  const [expression] = listAt(webhook, 'webhooks', 0, 'namespaceSelector', 'matchExpressions');
  assert.deepEqual(listAt(expression, 'values'), ['kube-system', 'elsewhere']);
  const role = objects.find((object) => textAt(object, 'kind') === 'ClusterRole');
  assert.deepEqual(listAt(role, 'rules', 0, 'resourceNames'), [`team-${NAME}-two`]);
  const deployment = objects.find((object) => textAt(object, 'kind') === 'Deployment');
  const [container] = listAt(deployment, 'spec', 'template', 'spec', 'containers');
  const named = listAt(container, 'env').filter(
    (variable) => valueAt(variable, 'value') === `team-${NAME}-two`,
  );
  assert.deepEqual(
    named.map((variable) => textAt(variable, 'name')),
    ['SERVICE', 'CONFIGURATION'],
  );
  assertTaken(new Map([[`Deployment/${NAMESPACE}/${NAME}`, deployment]]));
  await provePermitted(tools, rendered);
  const back = rendered.replaceAll(`team-${NAME}-two`, NAME).replaceAll('elsewhere', NAMESPACE);
  const base = await kustomize(tools.kubectlProgram, join(tools.folder, 'manifests', 'webhook'));
  assert.deepEqual(parseRendering(back), parseRendering(base));
}

/** On the API server: what the renamed account may do is what the program is told to do. */
async function provePermitted({ kubectl, folder }: Tools, rendered: string): Promise<void> {
  const file = join(folder, 'moved.yaml');
  await writeFile(file, rendered);
  await kubectl('apply', '-f', file);
  try {
    const account = `--as=system:serviceaccount:elsewhere:team-${NAME}-two`;
    const canI = (...what: readonly string[]) => kubectl('auth', 'can-i', ...what, account);
    assert.equal((await canI('patch', `mutatingwebhookconfigurations/team-${NAME}-two`)).trim(), 'yes');
    assert.equal((await canI('update', `secrets/${NAME}-ca`, '--namespace=elsewhere')).trim(), 'yes');
    await assert.rejects(canI('patch', `mutatingwebhookconfigurations/${NAME}`), /: 1/);
  } finally {
    // Without a controller nobody would end a namespace.
    await kubectl('delete', '--wait=false', '-f', file);
  }
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
