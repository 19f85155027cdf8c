/**
 * The releases of MetalLB whose manifests the sidecar has to fit, taken from their Go modules, and made fit
 * to be rendered without a network: what a kustomization takes from GitHub is put beside it.
 */

import { chmod, cp, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { METALLB } from './assets.ts';
import type { Assets } from './assets.ts';

export type Flavour = 'native' | 'frr' | 'frr-k8s';

export interface Release {
  readonly version: string;
  readonly flavours: readonly Flavour[];
}

const ALL: readonly Flavour[] = ['native', 'frr', 'frr-k8s'];

/** Oldest first. */
export const RELEASES: readonly Release[] = [
  { version: 'v0.13.12', flavours: ['native', 'frr'] },
  { version: 'v0.14.5', flavours: ALL },
  { version: 'v0.14.9', flavours: ALL },
  { version: 'v0.15.2', flavours: ALL },
  { version: 'v0.16.1', flavours: ALL },
];

const FRR_K8S = 'github.com/metallb/frr-k8s';
const REMOTE = /https:\/\/github\.com\/metallb\/frr-k8s\/config\/default\/\?\S*ref=(v[\d.]+)/;

/** @returns the folder whose subfolders `native`, `frr` and `frr-k8s` can be rendered; below `folder`. */
export async function copyConfig(assets: Assets, version: string, folder: string): Promise<string> {
  const config = join(folder, `metallb-${version}`);
  await copy(join(await assets.moduleFolder(METALLB, version), 'config'), config);
  const file = join(config, 'frr-k8s', 'kustomization.yaml');
  const text = await readFile(file, 'utf8').catch(() => '');
  const remote = REMOTE.exec(text);
  if (remote?.[1] !== undefined) {
    const frrK8s = await assets.moduleFolder(FRR_K8S, remote[1]);
    await copy(join(frrK8s, 'config'), join(folder, `frr-k8s-${remote[1]}`));
    await writeFile(file, text.replace(REMOTE, `../../frr-k8s-${remote[1]}/default`));
  }
  return config;
}

/** The chart of this release, with the charts that it depends on. */
export async function chartOf(assets: Assets, version: string): Promise<string> {
  return join(await assets.moduleFolder(METALLB, version), 'charts', 'metallb');
}

/** Go's module cache is read only, and so would the copies be. */
async function copy(from: string, to: string): Promise<void> {
  await cp(from, to, { recursive: true });
  await chmod(to, 0o755);
  for (const entry of await readdir(to, { recursive: true, withFileTypes: true })) {
    await chmod(join(entry.parentPath, entry.name), entry.isDirectory() ? 0o755 : 0o644);
  }
}
