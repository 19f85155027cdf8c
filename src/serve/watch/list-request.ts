/** The LIST of the same objects as a filtered watch, in the same encoding and with only the caller's authority (I7). */
import type { Codec } from '../../core/codec/codec.ts';
import { collectionPath, type Resource } from '../../core/resource/resource.ts';
import type { FilteredWatch } from '../proxy/classify.ts';
import { listHeadersOf } from '../proxy/headers.ts';

/** The suffix of the media type for a watch that has only the metadata of its objects. */
const METADATA_ONLY = ';as=PartialObjectMetadataList;g=meta.k8s.io;v=v1';

/** The request that lists a stream's objects. Kept no longer than the stream, as it has the client's credentials. */
export interface ListRequest {
  /** The raw target, up to and including the `?` or `&` before the resourceVersion. */
  readonly target: string;
  /** Flat `[name, value, ...]`. */
  readonly headers: readonly string[];
  readonly codec: Codec;
  readonly resource: Resource;
}

export interface ListRequestOptions {
  readonly classified: FilteredWatch;
  /** The unchanged headers of the request that opened the watch. */
  readonly rawHeaders: readonly string[];
  readonly codec: Codec;
}

export function listRequestOf(options: ListRequestOptions): ListRequest {
  const { classified, rawHeaders, codec } = options;
  const { resource, namespace, name, query } = classified;
  // A watch may name a single object in its path, but a LIST cannot. For a watch the API server turns the name into
  // this selector, and refuses a selector for another name (apiserver pkg/endpoints/handlers/get.go).
  const byName = name === '' ? '' : `metadata.name=${name}`;
  const selectors = {
    labelSelector: query.labelSelector,
    fieldSelector: query.fieldSelector === '' ? byName : query.fieldSelector,
  };
  const parameters = Object.entries(selectors)
    .filter(([, value]) => value !== '')
    .map(([key, value]) => `${key}=${encodeURIComponent(value)}&`);
  return {
    target: `${collectionPath(resource, namespace)}?${parameters.join('')}`,
    headers: listHeadersOf(
      rawHeaders,
      resource.sentAs === undefined ? codec.mediaType : codec.mediaType + METADATA_ONLY,
    ),
    codec,
    resource,
  };
}
