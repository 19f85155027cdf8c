/**
 * What a client asks for by its Accept header, as kube-apiserver chooses from it (apiserver
 * pkg/endpoints/handlers/negotiation/negotiate.go): clauses by their q, of equal ones the first, that it has a serializer
 * for. A guess that is wrong costs filtering and nothing else: each frame says what it is.
 */
import { type Codec } from './codec.ts';
import { codecOf, CODECS } from './codecs.ts';

export interface Asked {
  /** Undefined where it asks for nothing that there is one for. */
  readonly codec: Codec | undefined;
  /** Whether objects come as meta.k8s.io/v1 PartialObjectMetadata, in lists and in watches. */
  readonly isMetadataOnly: boolean;
}

const ANY: readonly string[] = ['application/*', '*/*'];
const METADATA: readonly string[] = ['PartialObjectMetadata', 'PartialObjectMetadataList'];

/** @param accept all values of the header, joined by commas; empty where there is none */
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
