/** Finds workloads in documents, lists of objects included, and reads from them what injection needs. Pure. */
import { isRecord, listAt, type Path, recordAt, textAt, valueAt } from './json.ts';
import { ANNOTATION, CONTAINER_NAMES, ENV_PREFIX, STATE_DIR } from './names.ts';

const KINDS: readonly string[] = ['DaemonSet', 'Deployment', 'StatefulSet'];

/** Finds out, without parsing, that a text can hold none. */
export const MAY_HOLD_WORKLOAD = /DaemonSet|Deployment|StatefulSet/;

/** One object with a Pod template. */
export interface Workload {
  /** Where it is in its document. */
  readonly path: Path;
  readonly value: Readonly<Record<string, unknown>>;
  readonly kind: string;
  readonly name: string;
  readonly namespace: string | undefined;
}

/** A container as it is found in a Pod template. */
export interface Container {
  readonly path: Path;
  readonly name: string;
  readonly value: unknown;
}

const POD_SPEC: Path = ['spec', 'template', 'spec'];

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
  const name = textAt(document, 'metadata', 'name');
  if (!KINDS.includes(kind) || name === undefined) return [];
  if (apiVersion === undefined ? impliedKind === undefined : !apiVersion.startsWith('apps/')) return [];
  return [{ path, value: document, kind, name, namespace: textAt(document, 'metadata', 'namespace') }];
}

/** As `DaemonSet metallb-system/speaker`. */
export function describeWorkload({ kind, name, namespace }: Workload): string {
  return `${kind} ${namespace === undefined ? '' : `${namespace}/`}${name}`;
}

/** The Pod's own containers, or its init containers. */
export function containersOf(
  { path, value }: Workload,
  list: 'containers' | 'initContainers' = 'containers',
): readonly Container[] {
  const at = [...POD_SPEC, list];
  return listAt(value, ...at).map((container, index) => ({
    path: [...path, ...at, index],
    name: textAt(container, 'name') ?? '',
    value: container,
  }));
}

export function podSpecPath({ path }: Workload, ...rest: Path): Path {
  return [...path, ...POD_SPEC, ...rest];
}

export function podSpecAt({ value }: Workload, ...rest: Path): unknown {
  return valueAt(value, [...POD_SPEC, ...rest]);
}

/** Of the workload itself. */
export function annotationsOf({ value }: Workload): Readonly<Record<string, unknown>> {
  return recordAt(value, 'metadata', 'annotations');
}

export function templateAnnotationsOf({ value }: Workload): Readonly<Record<string, unknown>> {
  return recordAt(value, 'spec', 'template', 'metadata', 'annotations');
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
  return (
    annotationsOf(workload)[ANNOTATION.injected] !== undefined ||
    [...containersOf(workload), ...containersOf(workload, 'initContainers')].some(isOurs)
  );
}
