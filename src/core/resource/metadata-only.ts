/**
 * The resource as a client with `as=PartialObjectMetadata` receives it: objects reduced to their metadata (apimachinery
 * pkg/apis/meta/v1 types.go and generated.proto, v0.37). Codecs read it like any other resource.
 */
import { OBJECT_META } from './object-meta.ts';
import type { Resource } from './resource.ts';
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
