/**
 * The manifests of MetalLB's releases, out of its Go module: nothing of them is copied into the tree.
 */

import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

import { runToEnd } from '../support/child.ts';
import { parseJson, textAt } from '../support/json-value.ts';
import { RELEASES } from './metallb-releases.ts';

export interface ReleaseManifest {
  /** As `v0.16.1`. */
  readonly release: string;
  /** As `metallb-frr-k8s-prometheus.yaml`. */
  readonly name: string;
  readonly path: string;
}

/** Every manifest of every release. */
export async function releaseManifests(): Promise<readonly ReleaseManifest[]> {
  const found: ReleaseManifest[] = [];
  for (const { version: release } of RELEASES) {
    const { code, stdout, stderr } = await runToEnd({
      name: 'go mod download',
      command: 'go',
      args: ['mod', 'download', '-json', `go.universe.tf/metallb@${release}`],
      timeoutMs: 300_000,
    });
    if (code !== 0)
      throw new Error(`MetalLB ${release} cannot be downloaded (${code}): ${stdout}\n${stderr}`);
    const folder = join(textAt(parseJson(stdout), 'Dir'), 'config', 'manifests');
    for (const name of (await readdir(folder)).sort())
      found.push({ release, name, path: join(folder, name) });
  }
  return found;
}
