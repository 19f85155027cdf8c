/**
 * Finds workloads in documents, lists of objects included, and reads from them what injection needs. A Pod counts as
 * a workload that is its own template. Pure.
 */
import { listAt, type Path, recordAt, textAt, valueAt } from '../../platform/text/json-value.ts';
import { ANNOTATION, CONTAINER_NAMES, ENV_PREFIX, STATE_DIR } from './names.ts';
import { isRecord } from '../../platform/text/record.ts';

const KINDS: readonly string[] = ['DaemonSet', 'Deployment', 'StatefulSet'];

/** Finds out, without parsing, that a text can hold none. Of Pods alone there is talk in many others; escapes may spell any. */
export const MAY_HOLD_WORKLOAD =
  /DaemonSet|Deployment|StatefulSet|\bkind["']?\s*:\s*(?:["']?Pod|"[^"\\]{0,63}\\)/;

/** Whether a document of this kind can be or hold a workload. */
export function mayHoldWorkload(kind: string): boolean {
  return kind.endsWith('List') || kind === 'Pod' || KINDS.includes(kind);
}

/** One object with a Pod template, or a Pod. */
export interface Workload {
  /** Where it is in its document. */
  readonly path: Path;
  readonly value: Readonly<Record<string, unknown>>;
  readonly kind: string;
  /** Of a Pod that is not made yet perhaps what its name will begin with. */
  readonly name: string;
  readonly namespace: string | undefined;
}

/** A container as it is found in a Pod template. */
export interface Container {
  readonly path: Path;
  readonly name: string;
  readonly value: unknown;
}

/** All workloads of one document, in their order. */
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
    // That of a controller is the controller's business: nothing can be added to it once it is there.
    const pod = controllerKindOf(document) === undefined ? podWorkload(document, path) : undefined;
    return pod !== undefined && (apiVersion ?? impliedKind) !== undefined ? [pod] : [];
  }
  const name = textAt(document, 'metadata', 'name');
  if (!KINDS.includes(kind) || name === undefined) return [];
  if (apiVersion === undefined ? impliedKind === undefined : !apiVersion.startsWith('apps/')) return [];
  return [{ path, value: document, kind, name, namespace: textAt(document, 'metadata', 'namespace') }];
}

/** `document` with other values in the places of some of its workloads, which are told by {@link pathKey}. */
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

/** The same workload on its own: paths in it begin at itself. */
export function detached(workload: Workload): Workload {
  return { ...workload, path: [] };
}

/** A Pod as a workload; undefined for what is none. */
export function podWorkload(document: unknown, path: Path = []): Workload | undefined {
  if (!isRecord(document) || ![undefined, 'v1'].includes(textAt(document, 'apiVersion'))) return undefined;
  if (![undefined, 'Pod'].includes(textAt(document, 'kind')) || !isRecord(document['spec'])) return undefined;
  const name = textAt(document, 'metadata', 'name') ?? textAt(document, 'metadata', 'generateName');
  if (name === undefined) return undefined;
  return { path, value: document, kind: 'Pod', name, namespace: textAt(document, 'metadata', 'namespace') };
}

/** What kind of object makes and replaces `value`, if one does. */
export function controllerKindOf(value: unknown): string | undefined {
  const owner = listAt(value, 'metadata', 'ownerReferences').find(
    (each) => valueAt(each, ['controller']) === true,
  );
  return textAt(owner, 'kind');
}

/** As `DaemonSet metallb-system/speaker`. */
export function describeWorkload({ kind, name, namespace }: Workload): string {
  return `${kind} ${namespace === undefined ? '' : `${namespace}/`}${name}`;
}

/** The Pod's own containers, or its init containers. */
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

/** Where in a workload of that kind its Pod template is. */
export function templatePath({ kind }: Pick<Workload, 'kind'>, ...rest: Path): Path {
  return kind === 'Pod' ? rest : ['spec', 'template', ...rest];
}

export function podSpecPath(workload: Workload, ...rest: Path): Path {
  return [...workload.path, ...templatePath(workload, 'spec', ...rest)];
}

export function podSpecAt(workload: Workload, ...rest: Path): unknown {
  return valueAt(workload.value, templatePath(workload, 'spec', ...rest));
}

/** Of the Pod template. */
export function templateLabelsOf(workload: Workload): Readonly<Record<string, unknown>> {
  return recordAt(workload.value, ...templatePath(workload, 'metadata', 'labels'));
}

/** Of the workload itself. */
export function annotationsOf({ value }: Workload): Readonly<Record<string, unknown>> {
  return recordAt(value, 'metadata', 'annotations');
}

export function templateAnnotationsOf(workload: Workload): Readonly<Record<string, unknown>> {
  return recordAt(workload.value, ...templatePath(workload, 'metadata', 'annotations'));
}

/** What people wrote on the Pod template, or else on the workload. */
export function steering(workload: Workload, annotation: string): string | undefined {
  const value = templateAnnotationsOf(workload)[annotation] ?? annotationsOf(workload)[annotation];
  return typeof value === 'string' || typeof value === 'boolean' || typeof value === 'number'
    ? String(value)
    : undefined;
}

/** Whether it is the proxy's container: a name alone proves nothing. */
export function isOurs({ name, value }: Container): boolean {
  if (!CONTAINER_NAMES.includes(name)) return false;
  return (
    listAt(value, 'env').some((variable) => textAt(variable, 'name')?.startsWith(ENV_PREFIX) === true) ||
    listAt(value, 'volumeMounts').some((mount) => textAt(mount, 'mountPath') === STATE_DIR)
  );
}

/** Whether something of ours is in it, put there by `inject` or by other means. */
export function isInjected(workload: Workload): boolean {
  return annotationsOf(workload)[ANNOTATION.injected] !== undefined || hasSidecar(workload);
}

/** Whether the proxy's container is really there, whatever anybody wrote on it. */
export function hasSidecar(workload: Workload): boolean {
  return [...containersOf(workload), ...containersOf(workload, 'initContainers')].some(isOurs);
}
