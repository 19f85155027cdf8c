/**
 * The codecs, and the one place that chooses between them: by media type. That does not tell a whole object from a Table
 * or PartialObjectMetadata, the kind inside each frame does.
 */
import { type Codec } from './codec.ts';
import { JSON_CODEC } from './json/codec.ts';
import { PROTOBUF_CODEC } from './protobuf/codec.ts';
import { type Resource } from '../resource/resource.ts';

export const CODECS: Readonly<Record<Codec['name'], Codec>> = { json: JSON_CODEC, protobuf: PROTOBUF_CODEC };

/** How the bytes of a watch response are to be read. */
export interface WatchCoding {
  /** Undefined where there is none: the response passes as it is. */
  readonly codec: Codec | undefined;
  /** Whether they have to be decoded first. False for what there is no codec for. */
  readonly isGzipped: boolean;
}

/**
 * @param contentType as in apiserver pkg/endpoints/handlers/watch.go: bare JSON, or protobuf with `stream=watch`
 * @param contentEncoding all values, joined by commas; anything but identity and gzip hides the frames
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

/** The codec of a list response; undefined where there is none for it. */
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

/** The codec of a media type in lower case, without parameters. */
export function codecOf(mediaType: string | undefined): Codec | undefined {
  return Object.values(CODECS).find((codec) => codec.mediaType === mediaType);
}

/** The media type and its parameters. */
function partsOf(contentType = ''): readonly string[] {
  return contentType.split(';').map((part) => part.trim().toLowerCase());
}
