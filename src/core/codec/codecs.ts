/**
 * Lists the codecs and chooses one by the Content-Type of a response or by the media type that a client asks for. The
 * media type does not tell a whole object from a Table or PartialObjectMetadata. Only the kind inside each frame tells
 * them apart.
 */
import type { Codec } from './codec.ts';
import { JSON_CODEC } from './json/codec.ts';
import { PROTOBUF_CODEC } from './protobuf/codec.ts';
import type { Resource } from '../resource/resource.ts';

export const CODECS: Readonly<Record<Codec['name'], Codec>> = { json: JSON_CODEC, protobuf: PROTOBUF_CODEC };

export interface WatchCoding {
  /** Undefined if no codec fits: the response is passed on unread. */
  readonly codec: Codec | undefined;
  /** True if the bytes have to be decompressed before the codec reads them; always false without a codec. */
  readonly isGzipped: boolean;
}

/**
 * @param contentType the Content-Type of the response; for a watch, this is JSON without parameters, or protobuf with
 *   `stream=watch` (apiserver pkg/endpoints/handlers/watch.go)
 * @param contentEncoding all values, joined by commas; codecs cannot read any encoding but identity and gzip
 */
export function watchCodingOf(
  contentType: string | undefined,
  contentEncoding: string,
  resource: Pick<Resource, 'isOpen'>,
): WatchCoding {
  const coding = contentEncoding.trim().toLowerCase();
  const isReadable = coding === '' || coding === 'identity' || coding === 'gzip';
  const [mediaType, ...parameters] = partsOf(contentType);
  const isWatch = mediaType === JSON_CODEC.mediaType || parameters.includes('stream=watch');
  const codec = isReadable && isWatch ? codecFor(resource, mediaType) : undefined;
  return { codec, isGzipped: coding === 'gzip' && codec !== undefined };
}

/** The codec of a list response; undefined if no codec fits. */
export function listCodecOf(
  contentType: string | undefined,
  resource: Pick<Resource, 'isOpen'>,
): Codec | undefined {
  return codecFor(resource, partsOf(contentType)[0]);
}

function codecFor(resource: Pick<Resource, 'isOpen'>, mediaType: string | undefined): Codec | undefined {
  const codec = codecOf(mediaType);
  return codec?.reads(resource) === true ? codec : undefined;
}

/** The codec of a media type. @param mediaType in lower case, without parameters */
export function codecOf(mediaType: string | undefined): Codec | undefined {
  return Object.values(CODECS).find((codec) => codec.mediaType === mediaType);
}

/** The media type and then its parameters. */
function partsOf(contentType = ''): readonly string[] {
  return contentType.split(';').map((part) => part.trim().toLowerCase());
}
