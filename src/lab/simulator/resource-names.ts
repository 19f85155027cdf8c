/**
 * The names of what the simulator serves, and what the API server makes of them. Its own: an upstream that took names
 * and paths from the proxy would agree with whatever the proxy had wrong.
 */
export interface ResourceNames {
  /** Empty for the core group. */
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly singular: string;
  readonly kind: string;
  /** Whether its objects lie in namespaces. */
  readonly namespaced: boolean;
}

/** As in objects: `v1`, `coordination.k8s.io/v1`. */
export function groupVersionOf({ group, version }: ResourceNames): string {
  return group === '' ? version : `${group}/${version}`;
}

/** What all paths of its group and version begin with. */
export function rootOf(names: ResourceNames): string {
  return `${names.group === '' ? '/api' : '/apis'}/${groupVersionOf(names)}`;
}

/** As error texts have it: `nodes`, `leases.coordination.k8s.io`. */
export function qualified({ group, plural }: ResourceNames): string {
  return group === '' ? plural : `${plural}.${group}`;
}
