/** Which resources are sieved, and by what: as flags, variables and the file have it (R14, R33). */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { ParsedSettings } from '../../src/config/parse-settings.ts';
import { customProjection } from '../../src/core/projection/custom-projection.ts';
import { contentOf, ofNodes } from '../../src/core/projection/projections-of.ts';
import type { Settings } from '../../src/config/settings.ts';
import { customResource } from '../../src/core/resource/custom-resource.ts';
import { builtInResource } from '../../src/core/resource/built-in.ts';
import { LEASES } from '../../src/core/resource/lease.ts';
import { NODES } from '../../src/core/resource/node.ts';
import { identityOf } from '../../src/core/resource/resource.ts';
import { settled } from '../support/settings.ts';

interface GivenInTest {
  readonly argv?: readonly string[];
  readonly env?: Record<string, string>;
  readonly file?: string;
}

function parse({ argv = [], env = {}, file = '' }: GivenInTest): Promise<ParsedSettings> {
  return settled({ argv: ['--config', 'file', ...argv], env, readFile: () => file });
}

async function settings(given: GivenInTest): Promise<Settings> {
  const parsed = await parse(given);
  return 'ok' in parsed ? parsed.ok : assert.fail(parsed.problems.join('\n'));
}

/** By resource, the name of what it is sieved by. */
async function sieved(given: GivenInTest): Promise<Record<string, string>> {
  return Object.fromEntries(
    (await settings(given)).sieved.map(({ resource, projection }) => [identityOf(resource), projection.name]),
  );
}

async function problems(given: GivenInTest): Promise<readonly string[]> {
  const parsed = await parse(given);
  return 'problems' in parsed ? parsed.problems : assert.fail('there are no problems');
}

const CALM = 'projections:\n  calm: { exclude: [spec.renewTime, metadata.managedFields] }\n';
const LEASE = 'leases.coordination.k8s.io';
const LEASE_V1 = `${LEASE} coordination.k8s.io/v1`;

describe('resources', () => {
  test('are Nodes alone, by their preset, where nothing is said', async () => {
    assert.deepEqual(await sieved({}), { 'nodes v1': 'metallb' });
    assert.deepEqual(await sieved({ file: 'resources: {}' }), { 'nodes v1': 'metallb' });
    assert.deepEqual(await sieved({ argv: ['--preset', 'labels'] }), { 'nodes v1': 'labels' });
  });

  test('are named by a mapping of the file: a projection by name, one of its own, or nothing', async () => {
    const file = `${CALM}resources:\n  ${LEASE}: calm\n  pods/v1/Pod:\n    include: [metadata.labels, status.podIP]\n  ciliumnodes.cilium.io/v2/CiliumNode:\n`;
    assert.deepEqual(await sieved({ file }), {
      'nodes v1': 'metallb',
      [LEASE_V1]: 'calm',
      'pods v1': 'pods/v1/Pod',
      'ciliumnodes.cilium.io cilium.io/v2': 'content',
    });
    const [, leases, pods, cilium] = (await settings({ file })).sieved;
    assert.ok(leases);
    assert.deepEqual(leases.resource, LEASES);
    const calm = customProjection(LEASES, 'calm', {
      by: 'exclude',
      paths: ['spec.renewTime', 'metadata.managedFields'],
    });
    assert.deepEqual(leases.projection, 'projection' in calm && calm.projection);
    assert.deepEqual(pods?.resource, await builtInResource('pods'));
    assert.ok(cilium);
    assert.deepEqual(cilium.projection, contentOf(cilium.resource));
    assert.equal((await settings({ file })).sieved[0]?.resource, NODES);
  });

  test('are those of Kubernetes by their names alone, at the most stable version, or at one that is named', async () => {
    const scaler = 'horizontalpodautoscalers.autoscaling';
    const names = ['pods', 'endpointslices.discovery.k8s.io', `${scaler}/v1/HorizontalPodAutoscaler`, scaler];
    const [, ...others] = (await settings({ argv: ['--resources', names.join()] })).sieved;
    const rows = ['pods', 'endpointslices.discovery.k8s.io', scaler, scaler].map((name, index) =>
      builtInResource(name, index === 2 ? 'v1' : undefined),
    );
    assert.deepEqual(
      others.map(({ resource }) => resource),
      await Promise.all(rows),
    );
    assert.deepEqual(
      others.map(({ resource }) => resource.version),
      ['v1', 'v1', 'v1', 'v2'],
    );
    // At a version of which nothing is known it is one that anybody may define.
    const [, , beta] = (await settings({ argv: ['--resources', 'pods,pods/v2beta1/Pod'] })).sieved;
    const custom = customResource({ group: '', version: 'v2beta1', plural: 'pods', namespaced: true }, 'Pod');
    assert.deepEqual(beta?.resource, custom);
  });

  test('paths into them are those of their schemas (R33)', async () => {
    const file = 'resources:\n  pods:\n    include: [status.podIp, spec.nodeName]\n';
    assert.match(
      (await problems({ file })).join(),
      /^resources\.pods \(file line 3\): "status\.podIp": there is no podIp here, .*\(did you mean status\.podIP\?\)$/,
    );
  });

  for (const [wrong, meant] of [
    ['pod', 'pods'],
    ['jobs', 'jobs.batch'],
    ['deployment', 'deployments.apps'],
    ['endpointslices.discovery', 'endpointslices.discovery.k8s.io'],
    ['lease.coordination.k8s.io', 'leases.coordination.k8s.io'],
    ['endpointslices.discovery.k8s.oi', 'endpointslices.discovery.k8s.io'],
    ['services.serving.knative.dev', undefined],
    ['ciliumnodes.cilium.io', undefined],
  ] as const)
    test(`of ${wrong} it is told that ${meant ?? 'nothing'} may have been meant (R33)`, async () => {
      const guess = meant === undefined ? '' : ` (did you mean ${meant}?)`;
      assert.deepEqual(await problems({ argv: ['--resources', wrong] }), [
        `--resources: ${wrong} is not known${guess}: its version and kind are needed too, for example ${wrong}/v1/KIND`,
      ]);
    });

  test('are named by flags, which add up, by a variable, and by a text of the file; the stronger source is all that counts', async () => {
    const file = `${CALM}resources: ${LEASE}=calm`;
    const both = { 'nodes v1': 'metallb', [LEASE_V1]: 'calm', 'as.x.io x.io/v1': 'content' };
    assert.deepEqual(await sieved({ file }), { 'nodes v1': 'metallb', [LEASE_V1]: 'calm' });
    const argv = ['--resources', `${LEASE}=calm`, '--resources=as.x.io/v1/A'];
    assert.deepEqual(await sieved({ argv, file }), both);
    assert.deepEqual(
      await sieved({ env: { WATCHSIEVE_RESOURCES: `${LEASE}=calm, as.x.io/v1/A` }, file }),
      both,
    );
    assert.deepEqual(await sieved({ argv: ['--resources', LEASE], file }), {
      'nodes v1': 'metallb',
      [LEASE_V1]: 'content',
    });
    assert.deepEqual((await settings({ argv, file })).resources, [`${LEASE}=calm`, 'as.x.io/v1/A']);
  });

  test('a projection is of the resources that name it, and of Nodes where none does', async () => {
    const file = `projections:\n  holder: { include: [spec.holderIdentity] }\n`;
    assert.match(
      (await problems({ file })).join(),
      /projections\.holder \(file line 2\): "spec\.holderIdentity": there is no/,
    );
    assert.equal((await sieved({ file: `${file}resources: { ${LEASE}: holder }` }))[LEASE_V1], 'holder');
    assert.equal(
      (await settings({ file: `${file}resources: { ${LEASE}: holder }` })).ownProjections.has('holder'),
      false,
    );
    // And of Nodes too, where they name it.
    assert.match(
      (await problems({ file: `preset: holder\n${file}resources: { ${LEASE}: holder }` })).join(),
      /^projections\.holder \(file line 3\): "spec\.holderIdentity": there is no holderIdentity here/,
    );
    const labels = `projections:\n  mine: { include: [metadata.labels] }\nresources: { ${LEASE}: mine }`;
    assert.equal((await settings({ file: labels })).ownProjections.has('mine'), true);
  });

  test('all that is wrong is told at once, with the nearest that is not (R33)', async () => {
    const file = [
      CALM.trim(),
      'resources:',
      '  lease.coordination.k8s.io: calm',
      `  ${LEASE}: clam`,
      '  leases.coordination.k8s.io/v1/Leas:',
      '  nodes: labels',
      '  pods: { include: [metadata.labels], exclude: [] }',
      '  Pods/v1: calm',
      '  as.x.io/v1/A: metallb',
      '  bs.x.io/v1/B: { exclude: [metadata.label] }',
      '  cs.x.io/v1/C: 7',
      '',
    ].join('\n');
    assert.deepEqual(
      (await problems({ file })).map((line) => line.replace(/only name, .*\(did/, 'only ... (did')),
      [
        'resources.pods (file line 8): must hold include or exclude, one of them, with a list of paths, or be the name of a projection',
        'resources.cs.x.io/v1/C (file line 12): must hold include or exclude, one of them, with a list of paths, or be the name of a projection',
        'resources.lease.coordination.k8s.io (file line 4) is not known (did you mean leases.coordination.k8s.io?): its version and kind are needed too, for example lease.coordination.k8s.io/v1/KIND',
        'resources.leases.coordination.k8s.io (file line 5): there is no projection clam (did you mean calm?); there are content, calm',
        'resources.leases.coordination.k8s.io/v1/Leas (file line 6) names a kind that this resource does not have at this version',
        'resources.nodes (file line 7): Nodes are sieved by preset',
        'resources.Pods/v1 (file line 9) is not the name of a resource, such as pods, leases.coordination.k8s.io or ciliumnodes.cilium.io/v2/CiliumNode',
        'resources.as.x.io/v1/A (file line 10): the preset metallb is only for Nodes; there are content, calm',
        'resources.bs.x.io/v1/B (file line 11): "metadata.label": there is no label here, only ... (did you mean metadata.labels?)',
        'projections.calm (file line 2): "spec.renewTime": there is no renewTime here, only podCIDR, podCIDRs, providerID, unschedulable, taints, configSource, externalID, podPreemptionPolicy',
      ],
    );
    assert.deepEqual(await problems({ argv: ['--resources', `${LEASE},${LEASE}/v1/Lease`] }), [
      `--resources: ${LEASE}/v1/Lease is named twice`,
    ]);
    assert.match(
      (await problems({ argv: ['--resources', 'a=b=c'] })).join(),
      /^--resources must be resources, each with/,
    );
    assert.match(
      (await problems({ argv: ['--preset', 'label'] })).join(),
      /not "label" \(did you mean labels\?\)$/,
    );
  });

  test('what a stronger source hides is checked all the same (R33)', async () => {
    assert.match(
      (await problems({ argv: ['--resources', LEASE], file: `resources: { ${LEASE}: nosuch }` })).join(),
      /resources\.leases\.coordination\.k8s\.io \(file line 1\): there is no projection nosuch/,
    );
  });

  test('a path that its schema does not have is a problem for the resource that names it', async () => {
    const file = `projections:\n  p: { exclude: [spec.renewTim] }\nresources: { ${LEASE}: p }`;
    assert.match(
      (await problems({ file })).join(),
      /^projections\.p \(file line 2\) for leases\.coordination\.k8s\.io: "spec\.renewTim": there is no renewTim here, .*\(did you mean spec\.renewTime\?\)$/,
    );
  });

  test('more than twenty are refused, and a name of any length costs nothing (I6)', async () => {
    const names = (count: number) => Array.from({ length: count }, (_, i) => `a${i}.x.io/v1/A`);
    assert.equal((await settings({ argv: ['--resources', names(20).join()] })).sieved.length, 21);
    assert.equal((await problems({ argv: ['--resources', names(21).join()] })).length, 1);
    assert.match(
      (
        await problems({
          file: `resources:\n${names(21)
            .map((name) => `  ${name}:\n`)
            .join('')}`,
        })
      ).join(),
      /resources \(file line 1\) are 21, at most 20 may be/,
    );
    const long = `${'a.'.repeat(20_000)}a`;
    assert.equal((await problems({ argv: ['--resources', long] })).length, 1);
  });

  test('more than fifty presets with a kubeconfig of their own are refused (I6)', async () => {
    const names = Array.from({ length: 51 }, (_, i) => `p${i}`);
    const file = `projections:\n${names.map((name) => `  ${name}: { include: [metadata.labels] }\n`).join('')}`;
    const given = (count: number) => ({ argv: ['--client-presets', names.slice(0, count).join()], file });
    assert.equal((await settings(given(50))).clientPresets?.length, 50);
    assert.match(
      (await problems(given(51))).join(),
      /^--client-presets must be names of presets, .* 50 at most/,
    );
  });
});

test('a projection of the file goes before one of the program that has come since by the same name (R14)', async () => {
  const file =
    'projections:\n  flannel: { include: [spec.taints] }\n  content: { include: [metadata.labels] }\n';
  const own = (name: string, path: string) => {
    const made = customProjection(NODES, name, { by: 'include', paths: [path] });
    return 'projection' in made ? made.projection.plan : assert.fail();
  };
  for (const [name, path] of [
    ['flannel', 'spec.taints'],
    ['content', 'metadata.labels'],
  ] as const) {
    const { projection, ownProjections } = await settings({ argv: ['--preset', name], file });
    assert.deepEqual(projection.plan, own(name, path), name);
    assert.deepEqual(ofNodes(name, ownProjections)?.plan, own(name, path), name);
  }
  const [, lease] = (await settings({ argv: ['--resources', `${LEASE}=content`], file })).sieved;
  const labels = customProjection(LEASES, 'content', { by: 'include', paths: ['metadata.labels'] });
  assert.deepEqual(lease?.projection, 'projection' in labels ? labels.projection : undefined);
});
