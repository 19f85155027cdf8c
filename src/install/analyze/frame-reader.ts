/** How the frames of a watch can be read: a codec, and the values that it makes of them. */
import { type Codec } from '../../core/codec/codec.ts';
import { CODECS } from '../../core/codec/codecs.ts';
import { type EventValues, type ValueParts } from '../../core/codec/event-values.ts';
import { type Collection, nameOf } from '../../core/resource/resource.ts';
import { RESOURCES } from '../../core/resource/resources.ts';
import { jsonIn } from '../../platform/text/json-value.ts';
import { timeText } from './values.ts';

export interface FrameReader {
  readonly codec: Codec;
  readonly values: EventValues;
}

const PARTS: ValueParts = { json: jsonIn, time: timeText };

/** Of any resource. */
export const JSON_FRAMES: FrameReader = { codec: CODECS.json, values: CODECS.json.values(undefined, PARTS) };

/** The best first: protobuf, which costs an API server least, where the resource's schema is known. */
export function readersOf(resource: Collection): readonly FrameReader[] {
  const known = RESOURCES.find((one) => nameOf(one) === nameOf(resource) && one.version === resource.version);
  if (known === undefined || !CODECS.protobuf.reads(known)) return [JSON_FRAMES];
  return [{ codec: CODECS.protobuf, values: CODECS.protobuf.values(known, PARTS) }, JSON_FRAMES];
}

/** For the Accept header of a watch. */
export function acceptOf(readers: readonly FrameReader[]): string {
  return readers
    .map(({ codec: { name, mediaType } }) => (name === 'protobuf' ? `${mediaType};stream=watch` : mediaType))
    .join(',');
}

/** The one for an answer, by its Content-Type; JSON where that says nothing else. @param headers - names and values in turn */
export function readerFor(readers: readonly FrameReader[], headers: readonly string[]): FrameReader {
  const at = headers.findIndex((name, index) => index % 2 === 0 && name.toLowerCase() === 'content-type');
  const contentType = at < 0 ? '' : (headers[at + 1] ?? '').toLowerCase();
  return readers.find(({ codec }) => contentType.startsWith(codec.mediaType)) ?? JSON_FRAMES;
}
