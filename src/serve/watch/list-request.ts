/** The LIST that has the same objects as a filtered watch, in the same encoding and with its authority alone (I7). */
import { type Codec } from '../../core/codec/codec.ts';
import { collectionPath, type Resource } from '../../core/resource/resource.ts';
import { type FilteredWatch } from '../proxy/classify.ts';
import { listHeadersOf } from '../proxy/headers.ts';

/** Behind the media type, where the watch has nothing but the metadata of its objects. */
const METADATA_ONLY = ';as=PartialObjectMetadataList;g=meta.k8s.io;v=v1';

/** How a stream's objects are listed. Holds the client's credentials: kept no longer than the stream. */
export interface ListRequest {
  /** The raw target, up to and including the `?` or `&` behind which the resourceVersion goes. */
  readonly target: string;
  /** Flat `[name, value, ...]`. */
  readonly headers: readonly string[];
  readonly codec: Codec;
  readonly resource: Resource;
}

export interface ListRequestOptions {
  readonly classified: FilteredWatch;
  /** Of the request that opened the watch, as they came. */
  readonly rawHeaders: readonly string[];
  readonly codec: Codec;
}

export function listRequestOf(options: ListRequestOptions): ListRequest {
  const { classified, rawHeaders, codec } = options;
  const { resource, namespace, name, query } = classified;
  // A watch may name its one object in its path. There is no such LIST: the API server turns the name into this
  // selector, and refuses any other that does not ask for the same name (apiserver pkg/endpoints/handlers/get.go).
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
