/** Finds the projection of a given name for one resource. Presets exist only for Nodes. */
import { NODES } from '../resource/node.ts';
import type { Resource } from '../resource/resource.ts';
import { customProjection } from './custom-projection.ts';
import type { Projection } from './filter.ts';
import { PLANNED, PRESETS, projectionOf } from './presets.ts';

/**
 * The name of the projection that takes everything except resourceVersion and managedFields. This projection is the
 * default for resources other than Nodes.
 */
export const CONTENT = 'content';

/** The names of all built-in projections. */
export const KNOWN: readonly string[] = [...PRESETS, CONTENT];

/**
 * The names that a user's projection must not have. The other built-in names came later: a config file may already
 * define one of them, and rejecting that definition would keep the program from starting after an upgrade.
 */
export const RESERVED: readonly string[] = PLANNED;

export function contentOf(resource: Pick<Resource, 'schema' | 'isOpen'>): Projection {
  const made = customProjection(resource, CONTENT, { by: 'exclude', paths: ['metadata.managedFields'] });
  if ('problems' in made) throw new Error('there is no projection of all content');
  return made.projection;
}

/** @param own the projections of the config file, which take precedence over built-in ones */
export function ofNodes(name: string, own: ReadonlyMap<string, Projection>): Projection | undefined {
  return own.get(name) ?? builtIn(NODES, name);
}

/** The built-in projection of this name; undefined if there is none for this resource. */
export function builtIn(resource: Resource, name: string): Projection | undefined {
  if (name === CONTENT) return contentOf(resource);
  const preset = resource === NODES ? PRESETS.find((known) => known === name) : undefined;
  return preset === undefined ? undefined : projectionOf(preset);
}
