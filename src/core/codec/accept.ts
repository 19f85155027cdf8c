/**
 * Reads the Accept header of a client as kube-apiserver does (apiserver
 * pkg/endpoints/handlers/negotiation/negotiate.go). A clause is ignored if its media type has no codec here. The clause
 * with the highest q counts; if several clauses have this q, the first of them counts. If the server chooses another
 * encoding or form than this function returns, the worst effect is a stream that is not filtered: each frame names the
 * type of its object, so an unexpected form is noticed.
 */
import type { Codec } from './codec.ts';
import { codecOf, CODECS } from './codecs.ts';

export interface Asked {
  /** Undefined if no clause names an encoding that has a codec. */
  readonly codec: Codec | undefined;
  /** True if lists and watches carry each object as meta.k8s.io/v1 PartialObjectMetadata. */
  readonly isMetadataOnly: boolean;
}

const ANY: readonly string[] = ['application/*', '*/*'];
const METADATA: readonly string[] = ['PartialObjectMetadata', 'PartialObjectMetadataList'];

/** @param accept all values of the header, joined by commas; empty if the request has no such header */
export function askedBy(accept: string): Asked {
  const [first] = accept
    .split(',')
    .map(clauseOf)
    .filter(({ codec, q }) => codec !== undefined && q > 0)
    .sort((a, b) => b.q - a.q);
  return {
    codec: first?.codec ?? (accept.trim() === '' ? CODECS.json : undefined),
    isMetadataOnly: first?.isMetadataOnly ?? false,
  };
}

function clauseOf(clause: string): Asked & { readonly q: number } {
  const [mediaType = '', ...rest] = clause.split(';').map((part) => part.trim());
  const parameters = new Map(rest.map((part) => nameAndValue(part)));
  const known = mediaType.toLowerCase();
  const isOfMeta = parameters.get('g') === 'meta.k8s.io' && parameters.get('v') === 'v1';
  return {
    codec: ANY.includes(known) ? CODECS.json : codecOf(known),
    isMetadataOnly: isOfMeta && METADATA.includes(parameters.get('as') ?? ''),
    q: Number(parameters.get('q') ?? 1),
  };
}

function nameAndValue(parameter: string): [string, string] {
  const equals = parameter.indexOf('=');
  return equals === -1
    ? [parameter, '']
    : [parameter.slice(0, equals).trim(), parameter.slice(equals + 1).trim()];
}
