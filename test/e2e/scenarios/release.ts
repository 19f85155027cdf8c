/**
 * What the release script makes, installed as its users install it, on a real API server (R49): the command from the
 * tarball, the chart by Helm 3 and 4, the manifests by kubectl, each with the image of the release. The image itself
 * runs in `npm run test:cluster`.
 */

import assert from 'node:assert/strict';
import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';

import { stringify } from 'yaml';

import packageJson from '../../../package.json' with { type: 'json' };
import { listAt, parseJson, textAt, valueAt } from '../../support/json-value.ts';
import { makeRelease, type Release } from '../../support/release.ts';
import { createNamespace } from '../chart/pods.ts';
import { type Command, helmIn } from '../helm.ts';
import { installMetallb } from '../metallb.ts';
import { copyConfig, RELEASES } from '../metallb-releases.ts';
import { kustomize, parseRendering, run } from '../rendering.ts';
import type { Report } from '../report.ts';
import type { Rig, Scenario } from './scenario.ts';

const IMAGE = 'registry.test/team/watchsieve:9.9.9';
const NAMESPACE = 'watchsieve-system';
const NAME = 'watchsieve-webhook';
const WORKFLOW = join(import.meta.dirname, '..', '..', '..', '.github', 'workflows', 'release.yml');

export const releaseScenario: Scenario = { title: 'what a release installs', run: prove };

interface Given {
  readonly release: Release;
  readonly kubectl: Command;
  /** Folder of MetalLB's own manifests. */
  readonly config: string;
  /** File of its speaker's DaemonSet. */
  readonly speaker: string;
}

async function prove(rig: Rig): Promise<void> {
  const { assets, cluster, report } = rig;
  const folder = await mkdtemp(join(cluster.folder, 'release-'));
  const kubeconfig = await cluster.writeKubeconfig('release.kubeconfig', 'admin');
  const common = [`--kubeconfig=${kubeconfig}`, `--cache-dir=${join(folder, 'cache')}`];
  const kubectl: Command = (...args) => run({ command: assets.kubectl, args: [...common, ...args] });
  await installMetallb(rig, kubeconfig);
  const release = await makeRelease(folder, ['--without-image', '--image', IMAGE]);
  const config = await copyConfig(assets, newest(), folder);
  const rendered = parseRendering(await kustomize(assets.kubectl, join(config, 'native')));
  const speaker = join(folder, 'speaker.yaml');
  await writeFile(speaker, stringify(rendered.get('DaemonSet/metallb-system/speaker')));
  const given: Given = { release, kubectl, config, speaker };
  await proveTarball(report, given);
  await createNamespace(cluster, NAMESPACE);
  for (const [title, program] of [
    ['Helm 4', await assets.helm()],
    ['Helm 3', await assets.helm3()],
  ] as const) {
    const helm = helmIn(join(folder, title.replace(' ', '-')), program);
    await report.check(`the chart is installed by ${title}, with the image of the release`, async () => {
      const flags = [`--kubeconfig=${kubeconfig}`, `--namespace=${NAMESPACE}`];
      await helm('install', NAME, release.chart, ...flags);
      try {
        assert.deepEqual(await webhookImages(rig), [IMAGE, IMAGE]);
      } finally {
        await helm('uninstall', NAME, ...flags);
      }
    });
  }
  await report.check(
    'the webhook is installed by kubectl apply -k, with the image of the release',
    async () => {
      const webhook = join(release.folder, 'manifests', 'webhook');
      await kubectl('apply', '--server-side', '-k', webhook);
      try {
        assert.deepEqual(await webhookImages(rig), [IMAGE, IMAGE]);
      } finally {
        await kubectl('delete', '--wait=false', '-k', webhook);
      }
    },
  );
  await proveSpeaker(rig, given);
  await proveWorkflow(rig);
}

/** Of the webhook, and of what it injects. */
async function webhookImages({ cluster }: Rig): Promise<readonly string[]> {
  const path = `/apis/apps/v1/namespaces/${NAMESPACE}/deployments/${NAME}`;
  const [container] = listAt(
    await cluster.admin.getJson(path),
    ...['spec', 'template', 'spec', 'containers'],
  );
  const injected = listAt(container, 'env').find((variable) => valueAt(variable, 'name') === 'IMAGE');
  return [textAt(container, 'image'), textAt(injected, 'value')];
}

async function proveTarball(report: Report, { release, kubectl, speaker }: Given): Promise<void> {
  await report.check(
    'npm installs the tarball without a registry, and its inject makes what the API server takes',
    async () => {
      const folder = join(release.folder, 'npm');
      await mkdir(folder);
      await writeFile(join(folder, 'package.json'), '{ "private": true }');
      const offline = ['--offline', '--no-audit', '--no-fund', `--cache=${join(folder, 'cache')}`];
      await run({ command: 'npm', args: ['install', ...offline, release.tarball], cwd: folder });
      const command = join(folder, 'node_modules', '.bin', 'watchsieve');
      assert.equal((await run({ command, args: ['version'] })).trim(), packageJson.version);
      const injected = join(folder, 'injected.yaml');
      await writeFile(injected, await run({ command, args: ['inject', '--image', IMAGE, speaker] }));
      const said = await kubectl('apply', '--server-side', '--dry-run=server', '-f', injected, '-o', 'json');
      assert.ok(said.includes(`"image": "${IMAGE}"`));
    },
  );
}

/** Each way of the manifests, on a speaker that runs. */
async function proveSpeaker({ report, cluster }: Rig, { release, kubectl, config, speaker }: Given) {
  const manifests = join(release.folder, 'manifests');
  const overlay = join(release.folder, 'overlay');
  await mkdir(overlay);
  const kustomization = {
    resources: [relative(overlay, join(config, 'native'))],
    components: [relative(overlay, join(manifests, 'components', 'sidecar'))],
  };
  await writeFile(join(overlay, 'kustomization.yaml'), stringify(kustomization));
  const patch = ['-n', 'metallb-system', 'patch', 'daemonset', 'speaker', '--field-manager=watchsieve'];
  const apply = ['apply', '--server-side', '--field-manager=watchsieve', '-f'];
  for (const [title, command] of [
    ['patch', [...patch, '--patch-file', join(manifests, 'patch', 'speaker-sidecar.yaml')]],
    ['server-side apply', [...apply, join(manifests, 'ssa', 'speaker-sidecar.yaml')]],
    ['component', ['apply', '--server-side', '--force-conflicts', '-k', overlay]],
  ] as const)
    await report.check(`the ${title} brings the image of the release to a speaker that runs`, async () => {
      await kubectl('apply', '--server-side', '-f', speaker);
      try {
        await kubectl(...command);
        const path = '/apis/apps/v1/namespaces/metallb-system/daemonsets/speaker';
        const spec = valueAt(await cluster.admin.getJson(path), 'spec', 'template', 'spec');
        const sidecar = listAt(spec, 'initContainers').find(
          (container) => valueAt(container, 'name') === 'watchsieve',
        );
        assert.equal(textAt(sidecar, 'image'), IMAGE);
      } finally {
        await kubectl('delete', '-f', speaker);
      }
    });
}

/** It cannot run here: what can be known of it without GitHub is. */
async function proveWorkflow({ report, assets }: Rig): Promise<void> {
  await report.check('actionlint finds no fault with the workflow that would publish it', async () => {
    const found = await run({
      command: await assets.actionlint(),
      args: ['-format', '{{json .}}', WORKFLOW],
    });
    assert.deepEqual(parseJson(found), []);
  });
}

function newest(): string {
  return RELEASES.at(-1)?.version ?? assert.fail('no release');
}
