/**
 * Which encoding a watch response is in. Only two have a scanner; the media type does not tell a full object from a
 * Table or PartialObjectMetadata, the kind inside each frame does.
 */

export const ENCODINGS = ['json', 'protobuf', 'opaque'] as const;
export type Encoding = (typeof ENCODINGS)[number];

/** How the bytes of a watch response are to be read. */
export interface WatchEncoding {
  readonly encoding: Encoding;
  /** Whether they have to be decoded first. False for what there is no scanner for: it passes as it is. */
  readonly isGzipped: boolean;
}

/**
 * @param contentType as in apiserver pkg/endpoints/handlers/watch.go: bare JSON, or protobuf with `stream=watch`
 * @param contentEncoding all values, joined by commas; anything but identity and gzip hides the frames
 */
export function encodingOf(contentType: string | undefined, contentEncoding: string): WatchEncoding {
  const coding = contentEncoding.trim().toLowerCase();
  const isReadable = coding === '' || coding === 'identity' || coding === 'gzip';
  const encoding = isReadable ? mediaEncoding(contentType) : 'opaque';
  return { encoding, isGzipped: coding === 'gzip' && encoding !== 'opaque' };
}

function mediaEncoding(contentType: string | undefined): Encoding {
  const [mediaType, ...parameters] = (contentType ?? '').split(';').map((part) => part.trim().toLowerCase());
  if (mediaType === 'application/json') return 'json';
  const isWatch = parameters.includes('stream=watch');
  return mediaType === 'application/vnd.kubernetes.protobuf' && isWatch ? 'protobuf' : 'opaque';
}

/** The encoding of a list response; undefined where there is no reader for it. */
export function listEncodingOf(contentType: string | undefined): 'json' | 'protobuf' | undefined {
  const mediaType = (contentType ?? '').split(';', 1)[0]?.trim().toLowerCase();
  if (mediaType === 'application/json') return 'json';
  return mediaType === 'application/vnd.kubernetes.protobuf' ? 'protobuf' : undefined;
}
