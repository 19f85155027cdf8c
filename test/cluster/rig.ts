/** What every scenario is given. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import type { Assets } from '../e2e/assets.ts';
import type { Report } from '../e2e/report.ts';
import type { Cluster } from './cluster.ts';
import type { Images } from './images.ts';
import type { NodePrograms } from './programs.ts';

export interface Rig {
  readonly cluster: Cluster;
  readonly assets: Assets;
  readonly programs: NodePrograms;
  readonly images: Images;
  readonly report: Report;
  /** The packed program, for its commands. */
  readonly program: string;
}

/** The image that the manifests name. */
export const PRODUCT = imageOf(join(import.meta.dirname, '../../manifests/patch/speaker-sidecar.yaml'));
export const NEWEST = 'v0.16.1';
/** The last release whose speaker is woken by every heartbeat. */
export const NOISY = 'v0.14.5';

function imageOf(file: string): string {
  const image = /^ *image: (\S+)$/m.exec(readFileSync(file, 'utf8'))?.[1];
  if (image === undefined) throw new Error(`no image in ${file}`);
  return image;
}
