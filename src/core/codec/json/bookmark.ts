/** See {@link Codec.bookmark}. */
import { OBJECT_META } from '../../resource/object-meta.ts';
import { apiVersionOf, type Resource } from '../../resource/resource.ts';
import type { MessageField, MessageType } from '../../resource/schema.ts';
import { INITIAL_EVENTS_END } from '../watch-event.ts';

export function jsonBookmark(resource: Resource, resourceVersion: string, endsInitialEvents = false): Buffer {
  const { kind, schema } = resource;
  const { metadata: _, ...parts } = schema;
  const object = {
    kind,
    apiVersion: apiVersionOf(resource),
    metadata: {
      resourceVersion,
      ...(endsInitialEvents ? { annotations: { [INITIAL_EVENTS_END]: 'true' } } : {}),
    },
    ...zeroJson(parts),
  };
  return Buffer.from(`${JSON.stringify({ type: 'BOOKMARK', object })}\n`);
}

/** The fields that encoding/json writes for a zero value. Structs are among them, because omitempty omits no struct. */
function zeroJson(type: MessageType): Record<string, unknown> {
  // An ObjectMeta writes nothing: its fields have omitempty, and its times have omitzero.
  if (type === OBJECT_META) return {};
  const written = Object.entries(type).flatMap(([name, field]): [string, unknown][] => {
    if (isNil(field)) return field.isAlways ? [[name, null]] : [];
    if (field.message !== undefined) return [[name, zeroJson(field.message)]];
    if (field.holds === 'time') return [[name, null]];
    // A type without known fields writes its JSON in its own way, which is not known here. So the field is omitted:
    // clients decode an omitted field as zero.
    if (field.holds === 'message') return [];
    return field.isAlways ? [[name, field.holds === 'number' ? 0 : '']] : [];
  });
  return Object.fromEntries(written);
}

/** True if the zero value of the field is nil in Go. */
function isNil({ isList, isPointer, holds }: MessageField): boolean {
  return isList === true || isPointer === true || holds === 'map' || holds === 'bytes';
}
