/** See {@link Codec.bookmark}. */
import { apiVersionOf, type Resource } from '../../resource/resource.ts';
import { type MessageType } from '../../resource/schema.ts';

export function jsonBookmark(resource: Resource, resourceVersion: string): Buffer {
  const { kind, schema } = resource;
  const { metadata: _, ...parts } = schema;
  const object = {
    kind,
    apiVersion: apiVersionOf(resource),
    metadata: { resourceVersion },
    ...zeroJson(parts),
  };
  return Buffer.from(`${JSON.stringify({ type: 'BOOKMARK', object })}\n`);
}

/** What encoding/json writes of a zero value: omitempty leaves out no struct. */
function zeroJson(type: MessageType): Record<string, unknown> {
  const written = Object.entries(type).flatMap(([name, field]): [string, unknown][] => {
    if (field.isList || field.isPointer) return [];
    if (field.holds === 'message') return [[name, zeroJson(field.message ?? {})]];
    return field.isAlways ? [[name, field.holds === 'number' ? 0 : '']] : [];
  });
  return Object.fromEntries(written);
}
