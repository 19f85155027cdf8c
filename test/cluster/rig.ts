/** What every scenario is given. */

import type { Assets } from '../e2e/assets.ts';
import type { Report } from '../e2e/report.ts';
import { IMAGE } from '../support/named-manifests.ts';
import type { Release } from '../support/release.ts';
import type { Cluster } from './cluster.ts';
import type { Images } from './images.ts';
import type { NodePrograms } from './programs.ts';

export interface Rig {
  readonly cluster: Cluster;
  readonly assets: Assets;
  readonly programs: NodePrograms;
  /** What users get: its image is on the node, its manifests are what is installed. */
  readonly release: Release;
  readonly images: Images;
  readonly report: Report;
}

/** The image that the release is told to name. */
export const PRODUCT = IMAGE;
export const NEWEST = 'v0.16.1';
/** The last release whose speaker is woken by every heartbeat. */
export const NOISY = 'v0.14.5';
