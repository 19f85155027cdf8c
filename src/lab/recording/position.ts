/** The position of a watch: whether its initial events are over, and the resourceVersion to resume from. Pure. */

import { beyondJsonBounds } from '../../platform/text/json-bounds.ts';

const BOUNDS = { values: 500_000, depth: 64 };

export class Position {
  isPast = false;
  resourceVersion = '';

  read(frame: Buffer): void {
    if (beyondJsonBounds(frame, BOUNDS) !== undefined) return;
    let event: unknown;
    try {
      event = JSON.parse(frame.toString());
    } catch {
      return;
    }
    const metadata = at(at(event, 'object'), 'metadata');
    const version = at(metadata, 'resourceVersion');
    if (typeof version === 'string') this.resourceVersion = version;
    if (at(event, 'type') !== 'ADDED') this.isPast = true;
  }
}

function at(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, key)
    ? Reflect.get(value, key)
    : undefined;
}
