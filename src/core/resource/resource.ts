/** A resource of the Kubernetes API. Everything specific to one resource is in its row, a value of {@link Resource}. */
import type { MessageType } from './schema.ts';

export interface GroupVersion {
  /** Empty for the core group. */
  readonly group: string;
  readonly version: string;
}

/** The parts of a resource's URL paths. */
export interface Collection extends GroupVersion {
  /** The plural name, as in paths. */
  readonly plural: string;
  /** True if its objects belong to namespaces. */
  readonly namespaced: boolean;
}

export interface Resource extends Collection {
  /** The kind in its objects; {@link apiVersionOf} is their apiVersion. */
  readonly kind: string;
  /**
   * Set if the objects are sent with another group and version than the resource has in its path; see
   * metadata-only.ts.
   */
  readonly sentAs?: GroupVersion;
  /** The fields of its objects, metadata first. */
  readonly schema: MessageType;
  /**
   * True if objects may have fields that the schema does not declare. They are sent only as JSON; see
   * custom-resource.ts.
   */
  readonly isOpen?: true;
  readonly layout: Layout;
  /** If undefined, frames have no essence, and each frame is scanned. */
  readonly essence?: Essence;
}

/**
 * Facts about the JSON that Go writes, which help to find the ends of large parts; see core/codec/json/shortcuts.ts.
 */
export interface Layout {
  /** The field after metadata, if Go always writes it as an object. Otherwise metadata is scanned to its end. */
  readonly behindMetadata?: string;
  /**
   * A long list, such as `status.images`: `of` is `status`, and `name` is `images`. Its elements are objects that
   * contain no list of objects.
   */
  readonly longList?: { readonly of: string; readonly name: string };
}

/**
 * The parts of a frame that form its essence; see core/codec/essence.ts. An essence is possible only for objects that
 * consist of metadata, spec, and a status with conditions, then addresses, then daemonEndpoints.
 */
export interface Essence {
  /**
   * The type of the condition in the essence. The essence contains the first condition of this type, at least its type
   * and status.
   */
  readonly condition: string;
}

/** The apiVersion in its objects: `v1`, `coordination.k8s.io/v1`. */
export function apiVersionOf(resource: Pick<Resource, 'group' | 'version' | 'sentAs'>): string {
  const { group, version } = resource.sentAs ?? resource;
  return group === '' ? version : `${group}/${version}`;
}

/** The unique name of a resource, as CustomResourceDefinitions spell it: `nodes`, `leases.coordination.k8s.io`. */
export function nameOf({ group, plural }: Pick<Collection, 'group' | 'plural'>): string {
  return group === '' ? plural : `${plural}.${group}`;
}

/** The unique name of a resource in one version: `leases.coordination.k8s.io coordination.k8s.io/v1`. */
export function identityOf(resource: Resource): string {
  return `${nameOf(resource)} ${apiVersionOf(resource)}`;
}

export function collectionRoot({ group, version }: Collection): string {
  return group === '' ? `/api/${version}` : `/apis/${group}/${version}`;
}

/** The path of all objects of a resource, or only of those in `namespace` if one is given. */
export function collectionPath(collection: Collection, namespace = ''): string {
  const within = namespace === '' ? '' : `/namespaces/${encodeURIComponent(namespace)}`;
  return `${collectionRoot(collection)}${within}/${collection.plural}`;
}
