/** Determines whether a watch or list is sent whole objects or only their metadata. */
import { askedBy } from '../../core/codec/accept.ts';
import { metadataOnly } from '../../core/resource/metadata-only.ts';
import type { Resource } from '../../core/resource/resource.ts';
import { forwardedValuesOf } from '../proxy/headers.ts';

/** @param rawHeaders the headers of the request, flat and unchanged */
export function askedResource(resource: Resource, rawHeaders: readonly string[]): Resource {
  const { isMetadataOnly } = askedBy(forwardedValuesOf(rawHeaders, 'accept').join());
  return isMetadataOnly ? metadataOnly(resource) : resource;
}
