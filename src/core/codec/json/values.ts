/** Decodes events in JSON into plain values. */
import type { EventValuesOf } from '../event-values.ts';

const TYPES = ['ADDED', 'MODIFIED', 'DELETED', 'BOOKMARK', 'ERROR'] as const;
/** The first bytes of a frame of each type, as every API server writes them. */
const BEGINNINGS = TYPES.map((type) => [type, Buffer.from(`{"type":"${type}"`)] as const);

export const jsonValues: EventValuesOf = (_resource, { json }) => ({
  typeOf: (frame) =>
    BEGINNINGS.find(([, beginning]) => beginning.equals(frame.subarray(0, beginning.length)))?.[0] ?? '',
  objectOf: (frame) => {
    const event = json(frame);
    return typeof event === 'object' && event !== null && 'object' in event ? event.object : undefined;
  },
});
