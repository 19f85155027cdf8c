/** A way to read the frames of a watch: a codec, and the values that it decodes. */
import type { Codec } from '../../core/codec/codec.ts';
import { CODECS } from '../../core/codec/codecs.ts';
import type { EventValues, ValueParts } from '../../core/codec/event-values.ts';
import { type Collection, nameOf } from '../../core/resource/resource.ts';
import { RESOURCES } from '../../core/resource/resources.ts';
import { jsonIn } from '../../platform/text/json-value.ts';
import { timeText } from './values.ts';

export interface FrameReader {
  readonly codec: Codec;
  readonly values: EventValues;
}

const PARTS: ValueParts = { json: jsonIn, time: timeText };

/** For any resource. */
export const JSON_FRAMES: FrameReader = { codec: CODECS.json, values: CODECS.json.values(undefined, PARTS) };

/** Best first: protobuf costs the API server least, but needs the resource's schema. */
export function readersOf(resource: Collection): readonly FrameReader[] {
  const known = RESOURCES.find((one) => nameOf(one) === nameOf(resource) && one.version === resource.version);
  if (known === undefined || !CODECS.protobuf.reads(known)) return [JSON_FRAMES];
  return [{ codec: CODECS.protobuf, values: CODECS.protobuf.values(known, PARTS) }, JSON_FRAMES];
}

export function acceptOf(readers: readonly FrameReader[]): string {
  return readers
    .map(({ codec: { name, mediaType } }) => (name === 'protobuf' ? `${mediaType};stream=watch` : mediaType))
    .join(',');
}

/** The reader for an answer, by its Content-Type; by default JSON. @param headers - names and values in turn */
export function readerFor(readers: readonly FrameReader[], headers: readonly string[]): FrameReader {
  const at = headers.findIndex((name, index) => index % 2 === 0 && name.toLowerCase() === 'content-type');
  const contentType = at < 0 ? '' : (headers[at + 1] ?? '').toLowerCase();
  return readers.find(({ codec }) => contentType.startsWith(codec.mediaType)) ?? JSON_FRAMES;
}
