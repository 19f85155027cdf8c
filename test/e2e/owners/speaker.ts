/**
 * MetalLB's speaker as its chart renders it, in two versions and with or without the sidecar: files for whoever applies
 * it, and what the API server has of it.
 */

import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { stringify } from 'yaml';

import { entriesAt, listAt, parseJson, textAt, valueAt } from '../../support/json-value.ts';
import { IMAGE } from '../../support/named-manifests.ts';
import type { Cluster } from '../cluster.ts';
import type { Command } from '../helm.ts';
import { chartOf } from '../metallb-releases.ts';
import { kustomize, overlayWith, parseRendering, run } from '../rendering.ts';
import type { Rig } from '../scenarios/scenario.ts';

export const NAMESPACE = 'metallb-system';
export const RELEASE = 'lb';
export const DAEMON_SET = `${RELEASE}-metallb-speaker`;
export const PATH = `/apis/apps/v1/namespaces/${NAMESPACE}/daemonsets/${DAEMON_SET}`;

/** They differ as releases do: in an argument of the speaker. */
export const VERSIONS = ['--set=speaker.logLevel=info', '--set=speaker.logLevel=debug'] as const;
export type Version = 0 | 1;
/** The plain one, and what each way that works on files makes of it. */
export type Form = 'plain' | 'component' | 'inject';

export class Speaker {
  readonly chart: string;
  readonly #folder: string;

  private constructor(folder: string, chart: string) {
    this.#folder = folder;
    this.chart = chart;
  }

  /** @param folder - for its files; a copy of the manifests is in it. */
  static async render(rig: Rig, folder: string, helm: Command): Promise<Speaker> {
    const speaker = new Speaker(folder, await chartOf(rig.assets, 'v0.16.1'));
    for (const version of [0, 1] as const) {
      const rendered = parseRendering(
        await helm(...['template', RELEASE, speaker.chart, `--namespace=${NAMESPACE}`], ...valuesOf(version)),
      );
      const plain = speaker.file('plain', version);
      const base = join(folder, `base-${version}`);
      await mkdir(base);
      const text = stringify(rendered.get(`DaemonSet/${NAMESPACE}/${DAEMON_SET}`));
      await writeFile(plain, text);
      await writeFile(join(base, 'speaker.yaml'), text);
      await writeFile(join(base, 'kustomization.yaml'), stringify({ resources: ['speaker.yaml'] }));
      const overlay = await overlayWith({ folder, base, components: ['sidecar'] });
      await writeFile(speaker.file('component', version), await kustomize(rig.assets.kubectl, overlay));
      const inject = [rig.program, 'inject', `--image=${IMAGE}`, plain];
      const injected = await run({ command: process.execPath, args: inject });
      await writeFile(speaker.file('inject', version), injected);
    }
    return speaker;
  }

  file(form: Form, version: Version): string {
    return join(this.#folder, `${form}-${version}.yaml`);
  }
}

export function valuesOf(version: Version): readonly string[] {
  return [
    '--set=crds.enabled=false',
    '--set=frrk8s.enabled=false',
    '--set=rbac.create=false',
    VERSIONS[version],
  ];
}

/** All that anybody could have left in it; counters and times left out. */
export async function stateOf({ admin }: Cluster): Promise<unknown> {
  const object = await admin.getJson(PATH);
  const entries = listAt(object, 'metadata', 'managedFields').map((entry) =>
    ['manager', 'operation', 'subresource', 'fieldsV1'].map((field) => valueAt(entry, field)),
  );
  const annotations = entriesAt(object, 'metadata', 'annotations').filter(
    ([key]) => key !== 'deprecated.daemonset.template.generation',
  );
  return {
    spec: valueAt(object, 'spec'),
    labels: valueAt(object, 'metadata', 'labels'),
    annotations: Object.fromEntries(annotations.map(([key, value]) => [key, withoutOrder(String(value))])),
    owners: entries.sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)),
  };
}

/** What kubectl remembers is JSON: spelled alike where it means the same. */
function withoutOrder(text: string): unknown {
  return text.startsWith('{') ? parseJson(text) : text;
}

/** How much of the sidecar a Pod has. */
export type Seen = 'whole' | 'none' | 'parts';

/** What the speaker has of it. */
export async function sidecarIn({ admin }: Cluster): Promise<Seen> {
  return sidecarOf(valueAt(await admin.getJson(PATH), 'spec', 'template', 'spec'));
}

/** @param pod - the spec of a Pod. */
export function sidecarOf(pod: unknown): Seen {
  const client = listAt(pod, 'containers').find((container) => textAt(container, 'name') === 'speaker');
  const names = (list: unknown, key: string) => listAt(list, key).map((item) => textAt(item, 'name'));
  const parts = [
    names(pod, 'initContainers').includes('watchsieve'),
    names(client, 'env').includes('KUBECONFIG'),
    names(client, 'volumeMounts').includes('watchsieve'),
    ...['watchsieve', 'watchsieve-config', 'watchsieve-ca'].map((name) =>
      names(pod, 'volumes').includes(name),
    ),
  ];
  assert.ok(client !== undefined);
  if (parts.every(Boolean)) return 'whole';
  return parts.some(Boolean) ? 'parts' : 'none';
}
