/** The ways to install the webhook, each with its own upgrade and its own end. No controller runs: objects only. */

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { stringify } from 'yaml';

import { kustomize, parseRendering } from '../rendering.ts';
import type { Rendering } from '../rendering.ts';
import { chartIn, NAME, NAMESPACE } from './place.ts';
import type { Tools } from './place.ts';
import { template } from './render.ts';

export interface Way {
  readonly title: string;
  /** What it makes. */
  readonly objects: Rendering;
  /** The server tries it, and nothing is kept. */
  readonly tryInstall: () => Promise<unknown>;
  readonly install: () => Promise<unknown>;
  readonly tryUpgrade: () => Promise<unknown>;
  /** To three replicas, and one more namespace that is left alone. */
  readonly upgrade: () => Promise<unknown>;
  /** What is there is applied once more, as it is. */
  readonly again: () => Promise<unknown>;
  /** Writes the manifests over what is there, instead of merging them into it. */
  readonly replace?: () => Promise<unknown>;
  readonly tryUninstall: () => Promise<unknown>;
  readonly uninstall: () => Promise<unknown>;
}

/** @param serverSide - Helm 4's own way, or that of Helm 3. */
export async function byHelm(tools: Tools, serverSide: boolean): Promise<Way> {
  const common = [`--kubeconfig=${tools.kubeconfig}`, `--namespace=${NAMESPACE}`];
  const flags = [...common, `--server-side=${serverSide}`];
  const chart = chartIn(tools);
  const upgrade = ['upgrade', NAME, chart, ...flags, '--set=replicas=3,excludedNamespaces={sandbox}'];
  return {
    title: serverSide ? 'helm install' : 'helm install --server-side=false, as Helm 3',
    objects: await template(tools),
    tryInstall: () => tools.helm('install', NAME, chart, ...flags, '--dry-run=server'),
    install: () => tools.helm('install', NAME, chart, ...flags),
    tryUpgrade: () => tools.helm(...upgrade, '--dry-run=server'),
    upgrade: () => tools.helm(...upgrade),
    again: () => tools.helm(...upgrade),
    ...(serverSide ? {} : { replace: () => tools.helm(...upgrade, '--force-replace') }),
    tryUninstall: () => tools.helm('uninstall', NAME, ...common, '--dry-run'),
    uninstall: () => tools.helm('uninstall', NAME, ...common),
  };
}

/** Its namespace stays: without a controller its deletion would never end. */
export async function byKubectl(tools: Tools, serverSide: boolean): Promise<Way> {
  const { kubectl, folder } = tools;
  const rendered = await kustomize(tools.kubectlProgram, join(folder, 'manifests', 'webhook'));
  const write = async (name: string, text: string) => {
    const file = join(folder, `${name}-${serverSide}.yaml`);
    await writeFile(file, text);
    return file;
  };
  const file = await write('base', rendered);
  const changed = rendered
    .replace('replicas: 2', 'replicas: 3')
    .replace(/^( *- )watchsieve-system$/m, '$&\n$1sandbox');
  const upgraded = await write('upgraded', changed);
  const objects = new Map(parseRendering(rendered));
  objects.delete(`Namespace//${NAMESPACE}`);
  const others = await write(
    'others',
    [...objects.values()].map((object) => stringify(object)).join('---\n'),
  );
  const flags = ['--validate=strict', ...(serverSide ? ['--server-side'] : [])];
  return {
    title: ['kubectl apply', ...flags.slice(1), '-k manifests/webhook'].join(' '),
    objects,
    tryInstall: () => kubectl('apply', ...flags, '--dry-run=server', '-f', file),
    install: () => kubectl('apply', ...flags, '-f', file),
    tryUpgrade: () => kubectl('apply', ...flags, '--dry-run=server', '-f', upgraded),
    upgrade: () => kubectl('apply', ...flags, '-f', upgraded),
    again: () => kubectl('apply', ...flags, '-f', upgraded),
    ...(serverSide ? {} : { replace: () => kubectl('replace', '-f', others) }),
    tryUninstall: () => kubectl('delete', '--dry-run=server', '-f', file),
    uninstall: () => kubectl('delete', '--wait=false', '-f', others),
  };
}
