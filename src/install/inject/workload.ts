/**
 * Finds workloads in documents and in lists of objects, and reads from them what injection needs. A Pod counts as a
 * workload that is its own template. Pure.
 */
import { listAt, type Path, recordAt, textAt, valueAt } from '../../platform/text/json-value.ts';
import { ANNOTATION, CONTAINER_NAMES, ENV_PREFIX, KUBECONFIG_FIELD, SIDECAR, STATE_DIR } from './names.ts';
import { isRecord } from '../../platform/text/record.ts';

export const KINDS: readonly string[] = ['DaemonSet', 'Deployment', 'StatefulSet'];

/**
 * A text without a match holds no workload and is not parsed. The word Pod counts only as a kind, since many other
 * texts contain it; a quoted kind with an escape may be any word.
 */
export const MAY_HOLD_WORKLOAD =
  /DaemonSet|Deployment|StatefulSet|\bkind["']?\s*:\s*(?:["']?Pod|"[^"\\]{0,63}\\)/;

export function mayHoldWorkload(kind: string): boolean {
  return kind.endsWith('List') || kind === 'Pod' || KINDS.includes(kind);
}

export interface Workload {
  /** The path in the document. */
  readonly path: Path;
  readonly value: Readonly<Record<string, unknown>>;
  readonly kind: string;
  /** A Pod that is not created yet may have its `generateName` here. */
  readonly name: string;
  readonly namespace: string | undefined;
}

export interface Container {
  readonly path: Path;
  readonly name: string;
  readonly value: unknown;
}

export function findWorkloads(document: unknown, path: Path = [], impliedKind?: string): readonly Workload[] {
  if (!isRecord(document)) return [];
  const kind = textAt(document, 'kind') ?? impliedKind ?? '';
  if (kind.endsWith('List')) {
    const itemKind = kind.slice(0, -'List'.length);
    return listAt(document, 'items').flatMap((item, index) =>
      findWorkloads(item, [...path, 'items', index], itemKind),
    );
  }
  const apiVersion = textAt(document, 'apiVersion');
  if (kind === 'Pod') {
    // A Pod of a controller is skipped: nothing can be added to an existing Pod, and the controller replaces it.
    const pod = controllerKindOf(document) === undefined ? podWorkload(document, path) : undefined;
    return pod !== undefined && (apiVersion ?? impliedKind) !== undefined ? [pod] : [];
  }
  const name = textAt(document, 'metadata', 'name');
  if (!KINDS.includes(kind) || name === undefined) return [];
  if (apiVersion === undefined ? impliedKind === undefined : !apiVersion.startsWith('apps/')) return [];
  return [{ path, value: document, kind, name, namespace: textAt(document, 'metadata', 'namespace') }];
}

/** `document` with some workloads replaced. `values` is keyed by {@link pathKey}. */
export function replaceWorkloads(
  document: unknown,
  values: ReadonlyMap<string, unknown>,
  path: Path = [],
): unknown {
  const key = pathKey(path);
  if (values.has(key)) return values.get(key);
  if (!isRecord(document) || !Array.isArray(document['items'])) return document;
  const items = document['items'].map((item, index) =>
    replaceWorkloads(item, values, [...path, 'items', index]),
  );
  return { ...document, items };
}

export function pathKey(path: Path): string {
  return path.join('/');
}

/** The same workload as its own document, so that its path is empty. */
export function detached(workload: Workload): Workload {
  return { ...workload, path: [] };
}

/** Reads a Pod as a workload. @returns undefined if it is not a Pod */
export function podWorkload(document: unknown, path: Path = []): Workload | undefined {
  if (!isRecord(document) || ![undefined, 'v1'].includes(textAt(document, 'apiVersion'))) return undefined;
  if (![undefined, 'Pod'].includes(textAt(document, 'kind')) || !isRecord(document['spec'])) return undefined;
  const name = textAt(document, 'metadata', 'name') ?? textAt(document, 'metadata', 'generateName');
  if (name === undefined) return undefined;
  return { path, value: document, kind: 'Pod', name, namespace: textAt(document, 'metadata', 'namespace') };
}

/** The kind of the object's controller, if it has one. */
export function controllerKindOf(value: unknown): string | undefined {
  const owner = listAt(value, 'metadata', 'ownerReferences').find(
    (each) => valueAt(each, ['controller']) === true,
  );
  return textAt(owner, 'kind');
}

/** For example `DaemonSet metallb-system/speaker`. */
export function describeWorkload({ kind, name, namespace }: Workload): string {
  return `${kind} ${namespace === undefined ? '' : `${namespace}/`}${name}`;
}

export function containersOf(
  workload: Workload,
  list: 'containers' | 'initContainers' = 'containers',
): readonly Container[] {
  return listAt(podSpecAt(workload, list)).map((container, index) => ({
    path: podSpecPath(workload, list, index),
    name: textAt(container, 'name') ?? '',
    value: container,
  }));
}

/** The path inside the Pod template of a workload of that kind. */
export function templatePath({ kind }: Pick<Workload, 'kind'>, ...rest: Path): Path {
  return kind === 'Pod' ? rest : ['spec', 'template', ...rest];
}

export function podSpecPath(workload: Workload, ...rest: Path): Path {
  return [...workload.path, ...templatePath(workload, 'spec', ...rest)];
}

export function podSpecAt(workload: Workload, ...rest: Path): unknown {
  return valueAt(workload.value, templatePath(workload, 'spec', ...rest));
}

export function templateLabelsOf(workload: Workload): Readonly<Record<string, unknown>> {
  return recordAt(workload.value, ...templatePath(workload, 'metadata', 'labels'));
}

/** Annotations of the workload itself, not of its Pod template. */
export function annotationsOf({ value }: Workload): Readonly<Record<string, unknown>> {
  return recordAt(value, 'metadata', 'annotations');
}

export function templateAnnotationsOf(workload: Workload): Readonly<Record<string, unknown>> {
  return recordAt(workload.value, ...templatePath(workload, 'metadata', 'annotations'));
}

/** An annotation by which users steer injection, from the Pod template or else the workload. */
export function steering(workload: Workload, annotation: string): string | undefined {
  const value = templateAnnotationsOf(workload)[annotation] ?? annotationsOf(workload)[annotation];
  return typeof value === 'string' || typeof value === 'boolean' || typeof value === 'number'
    ? String(value)
    : undefined;
}

/** Whether the container is watchsieve's. The name alone does not prove it. */
export function isOurs({ name, value }: Container): boolean {
  if (!CONTAINER_NAMES.includes(name)) return false;
  return (
    listAt(value, 'env').some((variable) => textAt(variable, 'name')?.startsWith(ENV_PREFIX) === true) ||
    listAt(value, 'volumeMounts').some((mount) => textAt(mount, 'mountPath') === STATE_DIR)
  );
}

/** Whether the workload has the sidecar, leads to a hub alone, or has the annotation that `inject` leaves. */
export function isInjected(workload: Workload): boolean {
  return annotationsOf(workload)[ANNOTATION.injected] !== undefined || isLed(workload);
}

/** Whether the workload has the sidecar's container or leads to a hub alone, whatever its annotations say. */
export function isLed(workload: Workload): boolean {
  return (
    [...containersOf(workload), ...containersOf(workload, 'initContainers')].some(isOurs) ||
    listAt(podSpecAt(workload, 'volumes')).some(leadsToHub)
  );
}

/** Recognises the volume with the kubeconfig of a client without a sidecar. */
function leadsToHub(volume: unknown): boolean {
  const items = listAt(volume, 'projected', 'sources').flatMap((source) =>
    listAt(source, 'downwardAPI', 'items'),
  );
  return (
    textAt(volume, 'name') === SIDECAR &&
    items.some((item) => textAt(item, 'fieldRef', 'fieldPath') === KUBECONFIG_FIELD)
  );
}
