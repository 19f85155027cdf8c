/**
 * What a client gets that asked for `as=PartialObjectMetadata`: objects of any resource, cut down to their metadata
 * (apimachinery pkg/apis/meta/v1 types.go and generated.proto, v0.37). To a reader it is a row like any other.
 */
import { OBJECT_META } from './object-meta.ts';
import { type Resource } from './resource.ts';
import { message } from './schema.ts';

export function metadataOnly({ group, version, plural, namespaced }: Resource): Resource {
  return {
    ...{ group, version, plural, namespaced },
    kind: 'PartialObjectMetadata',
    sentAs: { group: 'meta.k8s.io', version: 'v1' },
    schema: { metadata: message(1, OBJECT_META) },
    layout: {},
  };
}
