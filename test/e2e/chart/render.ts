/** What the chart renders: with its defaults the objects of the kustomize base, and with each value what it says. */

import assert from 'node:assert/strict';
import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { parseWebhookOptions } from '../../../src/install/flags/webhook-options.ts';
import { listAt, textAt, valueAt } from '../../support/json-value.ts';
import { IMAGE } from '../../support/named-manifests.ts';
import { kustomize, parseRendering } from '../rendering.ts';
import type { Rendering } from '../rendering.ts';
import type { Report } from '../report.ts';
import { overlay, proveChart, templateOf } from './charted.ts';
import type { Charted } from './charted.ts';
import { differences } from './differences.ts';
import { OF_HUB } from './hub.ts';
import { chartIn, MANIFESTS, NAME, NAMESPACE } from './place.ts';
import type { Tools } from './place.ts';
import { VALUES } from './values.ts';

const OF_WEBHOOK: Charted = {
  name: NAME,
  namespace: NAMESPACE,
  base: 'webhook',
  components: { 'webhook-monitoring': '--set=monitoring.enabled=true' },
  values: VALUES,
  strangers: ['failurePolicy', 'image.name', 'sidecar.ports', 'monitoring.on'],
  assertTaken,
};

/** The chart as it would be installed. */
export function template(tools: Tools, ...args: readonly string[]): Promise<Rendering> {
  return templateOf(tools, OF_WEBHOOK, ...args);
}

export async function proveRendering(report: Report, tools: Tools): Promise<void> {
  await proveChart(report, tools, OF_WEBHOOK);
  await proveChart(report, tools, OF_HUB);
  const plain = await template(tools);
  await report.check('before Kubernetes 1.29 the sidecar is an ordinary container by itself', async () => {
    const older = await template(tools, '--kube-version=1.28.9');
    assert.deepEqual(Object.values(differences(plain, older)), ['--variant=ordinary']);
    assert.deepEqual(differences(plain, await template(tools, '--kube-version=1.29.0-rc.1')), {});
    await assert.rejects(template(tools, '--kube-version=1.25.16'), /incompatible with Kubernetes v1\.25/);
  });
  await report.check('namePrefix, nameSuffix and namespace reach all that names an object (R34)', () =>
    proveRenamed(tools),
  );
  await report.check('the overlay of the README names another image in both places', () =>
    proveOverlay(tools),
  );
  await report.check('without an image Helm and kustomize say what to do', () => proveUnnamed(tools));
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
