/** Finds a resource by a name like `pods`, `leases.coordination.k8s.io` or `ciliumnodes.cilium.io/v2/CiliumNode`. */
import { customResource } from './custom-resource.ts';
import { NODES } from './node.ts';
import { nameOf, type Resource } from './resource.ts';

/** The built-in resources of Kubernetes that were looked up; see built-in.ts. */
export interface BuiltIns {
  /** The key is a name, which stands for the most stable version, or a name with a version, such as `pods/v1`. */
  readonly rows: ReadonlyMap<string, Resource>;
  /** The names of all built-in resources, for messages. */
  readonly names: readonly string[];
}

/** The value if no resource was looked up. */
export const NODES_ALONE: BuiltIns = {
  rows: new Map([nameOf(NODES), `${nameOf(NODES)}/${NODES.version}`].map((key) => [key, NODES])),
  names: [nameOf(NODES)],
};

const NAMED =
  /^(?<plural>[a-z][a-z0-9-]{0,62})(?:\.(?<group>[a-z0-9-]+(?:\.[a-z0-9-]+)*))?(?:\/(?<version>v[0-9][a-z0-9]{0,31})\/(?<kind>[A-Z][A-Za-z0-9]{0,62}))?$/;
/** The most characters of plural, dot and group in a CustomResourceDefinition: 63 + 1 + 253. */
const MOST_CHARACTERS = 317;

/** The name and version under which {@link BuiltIns} has a resource; undefined for malformed text. */
export function keyOf(text: string): { readonly name: string; readonly version?: string } | undefined {
  const parts = partsOf(text);
  if (parts === undefined) return undefined;
  const { version } = parts;
  return { name: nameOf(parts), ...(version === undefined ? {} : { version }) };
}

/**
 * Why a text names no resource. `unknown`: Kubernetes has no such resource, and the text lacks the version and kind of
 * a custom one. `other-kind`: the resource has another kind than the text says.
 */
export type NotNamed = 'malformed' | 'unknown' | 'other-kind';

/**
 * Finds the resource that a text names. A built-in resource comes with its schema. For any other resource, and for a
 * version that is not built in, the text must contain the version and the kind. Such a resource is read only as JSON.
 * It is treated as namespaced, because its scope is not known. If it is in fact cluster-scoped, this matters only for
 * requests that name a single object.
 */
export function resourceNamed(text: string, { rows }: BuiltIns): Resource | NotNamed {
  const parts = partsOf(text);
  if (parts === undefined) return 'malformed';
  const { plural, group, version, kind } = parts;
  if (version === undefined || kind === undefined) return rows.get(nameOf(parts)) ?? 'unknown';
  const row = rows.get(`${nameOf(parts)}/${version}`);
  if (row === undefined) return customResource({ group, version, plural, namespaced: true }, kind);
  return row.kind === kind ? row : 'other-kind';
}

interface Parts {
  readonly plural: string;
  readonly group: string;
  readonly version: string | undefined;
  readonly kind: string | undefined;
}

function partsOf(text: string): Parts | undefined {
  const found = text.length > MOST_CHARACTERS ? undefined : NAMED.exec(text)?.groups;
  if (found === undefined) return undefined;
  const { plural = '', group = '', version, kind } = found;
  return { plural, group, version, kind };
}
