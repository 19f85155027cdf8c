/**
 * Manifests as kustomize and Helm render them: objects by their identity, and how two renderings differ.
 */

import { mkdtemp, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';

import { parseAllDocuments, stringify } from 'yaml';

import { runToEnd } from '../support/child.ts';
import type { ChildOptions } from '../support/child.ts';
import { textAt, valueAt } from '../support/json-value.ts';

const TIMEOUT_MS = 60_000;

/** Objects by `KIND/NAMESPACE/NAME`. */
export type Rendering = ReadonlyMap<string, unknown>;

/** @returns what it printed. @throws with its last words, unless it ends with 0. */
export async function run(options: Omit<ChildOptions, 'name'>): Promise<string> {
  const name = [options.command, ...options.args].join(' ');
  const { code, stdout, stderr } = await runToEnd({ ...options, name, timeoutMs: TIMEOUT_MS });
  if (code !== 0) throw new Error(`${name}: ${code}\n${stderr.slice(-2000)}`);
  return stdout;
}

export function kustomize(kubectl: string, folder: string): Promise<string> {
  return run({ command: kubectl, args: ['kustomize', folder] });
}

/** What {@link overlayWith} takes, and the program that renders it. */
export async function renderWith(
  options: Parameters<typeof overlayWith>[0] & { readonly kubectl: string },
): Promise<Rendering> {
  return parseRendering(await kustomize(options.kubectl, await overlayWith(options)));
}

/**
 * A kustomization of `base` with components, of which there is a copy in `folder`/manifests: kustomize takes relative
 * paths only. @returns its folder.
 */
export async function overlayWith(options: {
  readonly folder: string;
  readonly base: string;
  readonly components: readonly string[];
}): Promise<string> {
  const { folder, base, components } = options;
  const overlay = await mkdtemp(join(folder, 'overlay-'));
  const kustomization = {
    apiVersion: 'kustomize.config.k8s.io/v1beta1',
    kind: 'Kustomization',
    resources: [relative(overlay, base)],
    components: components.map((name) => join('..', 'manifests', 'components', name)),
  };
  await writeFile(join(overlay, 'kustomization.yaml'), stringify(kustomization));
  return overlay;
}

/** @throws where the text is not YAML. */
export function parseRendering(text: string): Rendering {
  const objects = new Map<string, unknown>();
  for (const document of parseAllDocuments(text)) {
    const [error] = document.errors;
    if (error !== undefined) throw error;
    const object: unknown = document.toJS();
    if (object !== null) objects.set(identityOf(object), object);
  }
  return objects;
}

export function identityOf(object: unknown): string {
  const namespace = valueAt(object, 'metadata', 'namespace');
  const name = textAt(object, 'metadata', 'name');
  return [textAt(object, 'kind'), typeof namespace === 'string' ? namespace : '', name].join('/');
}
