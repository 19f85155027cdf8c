/**
 * The built-in resources of Kubernetes, from tables of its API types (see `npm run schemas`). A table is loaded when
 * one of its resources is looked up, so a sidecar that sieves only Nodes loads only theirs.
 */
import { type BuiltIns, keyOf, NODES_ALONE } from './named.ts';
import { NODES } from './node.ts';
import { nameOf, type Resource } from './resource.ts';
import type { MessageType } from './schema.ts';
import { messageIn, type Table } from './table.ts';

/**
 * The resource of this name, such as `pods` or `endpointslices.discovery.k8s.io`, in the given version or else in its
 * most stable one; undefined if Kubernetes has no such resource that can be watched.
 */
export async function builtInResource(name: string, version?: string): Promise<Resource | undefined> {
  if (name === nameOf(NODES) && (version ?? NODES.version) === NODES.version) return NODES;
  const { ROWS, TABLES } = await import('./tables/rows.ts');
  const row = rowsOf(ROWS).find((row) => row.name === name && row.version === (version ?? row.version));
  const table = await TABLES[row?.table ?? '']?.();
  return row === undefined || table === undefined ? undefined : resourceOf(row, table);
}

/** Looks up the resources that these texts name, for `resourceNamed`, and loads only their tables. */
export async function builtInsFor(texts: readonly string[]): Promise<BuiltIns> {
  if (texts.length === 0) return NODES_ALONE;
  const rows = new Map<string, Resource>();
  for (const text of texts) {
    const { name = '', version } = keyOf(text) ?? {};
    const key = version === undefined ? name : `${name}/${version}`;
    const row = rows.has(key) ? undefined : await builtInResource(name, version);
    if (row !== undefined) rows.set(key, row);
  }
  return { rows, names: await builtInNames() };
}

/** The names of all built-in resources, without duplicates, for messages about an unknown name. */
export async function builtInNames(): Promise<readonly string[]> {
  const { ROWS } = await import('./tables/rows.ts');
  return [...new Set(rowsOf(ROWS).map(({ name }) => name))];
}

/** The versions of all built-in resources, the most stable version of each resource first. */
export async function builtInVersions(): Promise<readonly Pick<Row, 'name' | 'version'>[]> {
  const { ROWS } = await import('./tables/rows.ts');
  return rowsOf(ROWS);
}

interface Row {
  readonly name: string;
  readonly version: string;
  readonly kind: string;
  readonly namespaced: boolean;
  readonly table: string;
}

function rowsOf(text: string): readonly Row[] {
  return text
    .trim()
    .split('\n')
    .map((line) => {
      const [name = '', version = '', kind = '', scope, table = ''] = line.split(' ');
      return { name, version, kind, namespaced: scope === 'namespaced', table };
    });
}

function resourceOf({ name, version, kind, namespaced }: Row, table: Table): Resource {
  const [plural = '', ...group] = name.split('.');
  const schema = messageIn(table, kind);
  return { group: group.join('.'), version, plural, kind, namespaced, schema, layout: layoutOf(schema) };
}

/** In most resources the field after metadata is a struct, which Go always writes. */
function layoutOf(schema: MessageType): Resource['layout'] {
  const [, second] = Object.entries(schema);
  if (second === undefined) return {};
  const [name, { message, isList, isPointer }] = second;
  return message === undefined || isList === true || isPointer === true ? {} : { behindMetadata: name };
}
