/**
 * A resource that a CustomResourceDefinition defines. Only its metadata has a known schema, so field paths into the
 * rest cannot be checked. The API server sends it only as JSON, never as protobuf.
 */
import { OBJECT_META } from './object-meta.ts';
import type { Collection, Resource } from './resource.ts';
import { message } from './schema.ts';

export function customResource(collection: Collection, kind: string): Resource {
  const { group, version, plural, namespaced } = collection;
  return {
    ...{ group, version, plural, namespaced, kind },
    schema: { metadata: message(1, OBJECT_META) },
    isOpen: true,
    layout: {},
  };
}
