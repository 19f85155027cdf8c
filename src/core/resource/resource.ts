/** What there is to know of one resource: all that is peculiar to it stands in its row. */
import { type MessageType } from './schema.ts';

export interface GroupVersion {
  /** Empty for the core group. */
  readonly group: string;
  readonly version: string;
}

/** What paths are made of: all that is known of a resource which has no row. */
export interface Collection extends GroupVersion {
  /** As paths spell it. */
  readonly plural: string;
  /** Whether its objects lie in namespaces. */
  readonly namespaced: boolean;
}

export interface Resource extends Collection {
  /** What its objects say they are, with {@link apiVersionOf}. */
  readonly kind: string;
  /** The group and version that they name, where they are sent as something else than what they are. */
  readonly sentAs?: GroupVersion;
  /** Its fields, ObjectMeta first. */
  readonly schema: MessageType;
  /** Whether it may have any others besides: such objects are sent in JSON only, see custom-resource.ts. */
  readonly isOpen?: true;
  readonly layout: Layout;
  /** Undefined where its frames have no essence: each of them is scanned. */
  readonly essence?: Essence;
}

/** Where the large parts of its JSON end, as Go writes it; see core/codec/json/shortcuts.ts. */
export interface Layout {
  /** The field behind metadata: an object that is always written. Without one metadata is walked to its end. */
  readonly behindMetadata?: string;
  /** A list of objects that hold no list of objects, in a field of the object itself. */
  readonly longList?: { readonly of: string; readonly name: string };
}

/**
 * What of its frames decides projections and is gathered without being understood; see core/codec/essence.ts. For
 * objects that are made of metadata, spec, and a status with conditions, addresses and, behind them, daemonEndpoints.
 */
export interface Essence {
  /** Of the conditions the first with this type, by its status; of no other anything. */
  readonly condition: string;
}

/** As it stands in objects: `v1`, `coordination.k8s.io/v1`. */
export function apiVersionOf(resource: Pick<Resource, 'group' | 'version' | 'sentAs'>): string {
  const { group, version } = resource.sentAs ?? resource;
  return group === '' ? version : `${group}/${version}`;
}

/** What tells it from all others, as RBAC and CustomResourceDefinitions spell it: `nodes`, `leases.coordination.k8s.io`. */
export function nameOf({ group, plural }: Collection): string {
  return group === '' ? plural : `${plural}.${group}`;
}

/** What all paths of its group and version begin with. */
export function collectionRoot({ group, version }: Collection): string {
  return group === '' ? `/api/${version}` : `/apis/${group}/${version}`;
}

/** The path of its objects in one namespace, or of all there are. */
export function collectionPath(collection: Collection, namespace = ''): string {
  const within = namespace === '' ? '' : `/namespaces/${encodeURIComponent(namespace)}`;
  return `${collectionRoot(collection)}${within}/${collection.plural}`;
}
