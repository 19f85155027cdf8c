/** The post-renderer of both Helms: whom it finds under any name, and what it says where it finds nobody (R34). */

import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';

import type { Assets } from './assets.ts';
import { helmIn } from './helm.ts';
import type { Command } from './helm.ts';
import { chartOf } from './metallb-releases.ts';
import type { Flavour } from './metallb-releases.ts';
import { parseRendering } from './rendering.ts';
import type { Rig } from './scenarios/scenario.ts';

/** What the post-renderer is told for Kubernetes before 1.29; the second one beside frr-k8s only. */
export const ORDINARY = ['sidecar-ordinary', 'frr-k8s-ordinary'];
export const WITH_SIDECAR = /"containerPort":174[89]2/;

export interface Helm {
  readonly title: string;
  readonly run: Command;
  /** As `--post-renderer` takes it. */
  readonly renderer: string;
  /** What it says where the post-renderer has found nothing. */
  readonly told: (missing: string) => RegExp;
}

/** Helm 4 with the plugin. @param folder - a copy of the manifests is in it. */
export async function helm4In(assets: Assets, folder: string): Promise<Helm> {
  const run = await within(folder, 'helm', await assets.helm(), assets);
  await run('plugin', 'install', join(folder, 'manifests', 'helm'));
  // It keeps to itself what the plugin says.
  const told = () => /post-renderer plugin "watchsieve"/;
  return { title: 'Helm 4', run, renderer: 'watchsieve', told };
}

export async function helm3In(assets: Assets, folder: string): Promise<Helm> {
  const run = await within(folder, 'helm3', await assets.helm3(), assets);
  const renderer = join(folder, 'manifests', 'helm', 'post-render.sh');
  return { title: 'Helm 3', run, renderer, told: (missing) => new RegExp(`watchsieve: ${missing}`) };
}

/** With folders of its own. */
async function within(folder: string, name: string, command: string, assets: Assets): Promise<Command> {
  const own = join(folder, name);
  await mkdir(own);
  return helmIn(own, command, { KUBECTL: assets.kubectl });
}

export function helmValues(flavour: Flavour, version: string): readonly string[] {
  const values = [`--set=speaker.frr.enabled=${flavour === 'frr'}`, '--set=crds.enabled=false'];
  return version === 'v0.13.12' ? values : [...values, `--set=frrk8s.enabled=${flavour === 'frr-k8s'}`];
}

/** What was asked for and is not there, each by itself; and what is there, whatever it is called. */
export async function proveFinding({ report, assets }: Rig, helm: Helm): Promise<void> {
  const chart = await chartOf(assets, 'v0.16.1');
  const render = (...args: readonly string[]) =>
    helm.run(
      'template',
      'lb',
      chart,
      '--set=crds.enabled=false',
      `--post-renderer=${helm.renderer}`,
      ...args,
    );
  const native = ['--set=frrk8s.enabled=false'];
  for (const override of ['fullnameOverride', 'nameOverride'])
    await report.check(
      `${helm.title}: the post-renderer finds both workloads whatever ${override} is (R34)`,
      async () => {
        const names = [`--set=${override}=lights`, `--set=frr-k8s.${override}=routes`];
        const rendered = parseRendering(await render(...helmValues('frr-k8s', 'v0.16.1'), ...names));
        const daemonSets = [...rendered].filter(([key]) => key.startsWith('DaemonSet/'));
        assert.deepEqual(
          daemonSets.map(([key]) => /lights|routes/.exec(key)?.[0]).sort(),
          ['lights', 'routes'],
          daemonSets.map(([key]) => key).join(),
        );
        for (const [key, object] of daemonSets) assert.match(JSON.stringify(object), WITH_SIDECAR, key);
      },
    );
  for (const [what, args, missing] of [
    [
      'one of the components that were named finds nothing',
      [...native, ...ORDINARY.map((name) => `--post-renderer-args=${name}`)],
      'no daemon of frr-k8s',
    ],
    ['there is no speaker', ['--set=speaker.enabled=false', ...native], 'no speaker'],
    [
      'there is a daemon of frr-k8s, but no speaker',
      ['--set=speaker.enabled=false', ...helmValues('frr-k8s', 'v0.16.1')],
      'no speaker',
    ],
  ] as const)
    await report.check(`${helm.title}: the post-renderer fails where ${what} (R34)`, async () => {
      await assert.rejects(render(...args), helm.told(missing));
    });
}
