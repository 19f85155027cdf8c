/** What the objects of a watch or a list are sent as: whole, or their metadata only. */
import { askedBy } from '../../core/codec/accept.ts';
import { metadataOnly } from '../../core/resource/metadata-only.ts';
import { type Resource } from '../../core/resource/resource.ts';
import { forwardedValuesOf } from '../proxy/headers.ts';

/** @param rawHeaders of the request, flat, as they came */
export function askedResource(resource: Resource, rawHeaders: readonly string[]): Resource {
  const { isMetadataOnly } = askedBy(forwardedValuesOf(rawHeaders, 'accept').join());
  return isMetadataOnly ? metadataOnly(resource) : resource;
}
