/** What ways and owners act with. */

import { join } from 'node:path';

import { copyManifests } from '../../support/named-manifests.ts';
import { helmIn } from '../helm.ts';
import type { Command } from '../helm.ts';
import { run } from '../rendering.ts';
import type { Rig } from '../scenarios/scenario.ts';
import { DAEMON_SET, NAMESPACE, RELEASE, Speaker, valuesOf } from './speaker.ts';
import type { Version } from './speaker.ts';

/** One of the two Helms. */
export interface Helm {
  readonly title: string;
  /** Installs or upgrades the release to a version. */
  readonly upgrade: (version: Version, ...flags: readonly string[]) => Promise<string>;
  readonly rollback: (revision: number, ...flags: readonly string[]) => Promise<string>;
  readonly uninstall: () => Promise<string>;
  /** That brings the sidecar with an upgrade. */
  readonly postRenderer: string;
  /** That makes an upgrade take what others own. */
  readonly force: readonly string[];
}

export interface Tools {
  readonly rig: Rig;
  readonly speaker: Speaker;
  /** Folder of our manifests, in which an image is named. */
  readonly manifests: string;
  readonly kubectl: Command;
  readonly helm3: Helm;
  readonly helm4: Helm;
  /** manifests/ssa/apply.sh. */
  readonly serverSide: (file: string) => Promise<string>;
}

export async function toolsIn(rig: Rig, folder: string): Promise<Tools> {
  const { assets, cluster } = rig;
  const kubeconfig = await cluster.writeKubeconfig('owners.kubeconfig', 'admin');
  const manifests = copyManifests(folder);
  const more = { KUBECTL: assets.kubectl };
  const run4 = helmIn(join(folder, 'helm4'), await assets.helm(), more);
  const run3 = helmIn(join(folder, 'helm3'), await assets.helm3(), more);
  await run4('plugin', 'install', join(manifests, 'helm'));
  const speaker = await Speaker.render(rig, folder, run4);
  const common = [`--kubeconfig=${kubeconfig}`, `--cache-dir=${join(folder, 'cache')}`];
  const flags = [`--kubeconfig=${kubeconfig}`, `--namespace=${NAMESPACE}`];
  const helm = (command: Command): Omit<Helm, 'title' | 'postRenderer' | 'force'> => ({
    upgrade: (version, ...given) =>
      command('upgrade', '--install', RELEASE, speaker.chart, ...valuesOf(version), ...flags, ...given),
    rollback: (revision, ...given) => command('rollback', RELEASE, `${revision}`, ...flags, ...given),
    uninstall: () => command('uninstall', RELEASE, '--ignore-not-found', ...flags),
  });
  const script = join(manifests, 'helm', 'post-render.sh');
  return {
    rig,
    speaker,
    manifests,
    kubectl: (...args) => run({ command: assets.kubectl, args: [...common, ...args] }),
    helm3: { ...helm(run3), title: 'Helm 3', postRenderer: `--post-renderer=${script}`, force: [] },
    helm4: {
      ...helm(run4),
      title: 'Helm 4',
      postRenderer: '--post-renderer=watchsieve',
      force: ['--force-conflicts'],
    },
    serverSide: (file) =>
      run({
        command: join(manifests, 'ssa', 'apply.sh'),
        args: [file, DAEMON_SET],
        env: { KUBECTL: assets.kubectl, KUBECONFIG: kubeconfig },
      }),
  };
}
