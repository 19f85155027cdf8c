/**
 * A resource that a CustomResourceDefinition defines. It has no protobuf, and but for its metadata nobody declares its
 * fields: paths into them mean what they say, and JSON alone is read.
 */
import { OBJECT_META } from './object-meta.ts';
import { type Collection, type Resource } from './resource.ts';
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
