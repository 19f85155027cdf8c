/** Chooses the encoding of an answer from the Accept header, in the client's order of preference. */
import { notAcceptable } from './api-error.ts';
import type { Encoding } from './encoding.ts';

const JSON_TYPES: ReadonlySet<string> = new Set(['application/json', 'application/*', '*/*']);

/**
 * The first clause we can serve wins; JSON where the header is absent. Conversions (`as=Table`,
 * `as=PartialObjectMetadata`) are not offered, so their clauses are passed over. @throws ApiError 406.
 */
export function negotiateEncoding(accept: string | undefined): Encoding {
  if (accept === undefined || accept.trim() === '') return 'json';
  for (const clause of accept.split(',')) {
    const [mediaType, ...parameters] = clause.split(';').map((part) => part.trim().toLowerCase());
    if (parameters.some((parameter) => parameter.startsWith('as='))) continue;
    if (mediaType === 'application/vnd.kubernetes.protobuf') return 'protobuf';
    if (mediaType !== undefined && JSON_TYPES.has(mediaType)) return 'json';
  }
  throw notAcceptable();
}
