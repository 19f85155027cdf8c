/**
 * The result of scanning one frame. The scanners of both encodings fill the same record. It is reused for each frame,
 * so callers may keep the strings in it, but nothing else.
 */
import { Canonical } from './canonical.ts';

/**
 * Event types of apimachinery pkg/watch/watch.go; all others are `other`. Counts of events are kept in arrays that have
 * the order of this list.
 */
export const EVENT_TYPES = ['ADDED', 'MODIFIED', 'DELETED', 'BOOKMARK', 'ERROR', 'other'] as const;
export type EventType = (typeof EVENT_TYPES)[number];

/** Annotation that marks the end of the initial events (apimachinery pkg/apis/meta/v1, InitialEventsAnnotationKey). */
export const INITIAL_EVENTS_END = 'k8s.io/initial-events-end';

/**
 * How far a frame was understood:
 * - `projected`: a complete event with an object of the expected kind. Its key and canonical form are valid.
 * - `foreign`: a complete event with an object of another kind (Table, PartialObjectMetadata, Status, ...).
 * - `undecodable`: one frame, with unexpected content.
 * - `malformed`: not one frame of this encoding, so that the framing itself is in doubt.
 */
export type Understanding = 'projected' | 'foreign' | 'undecodable' | 'malformed';

export class WatchEvent {
  understanding: Understanding = 'malformed';
  type: EventType = 'other';
  /**
   * Key of the object, see {@link objectKey}. Empty if the object is of another kind, has no name, or cannot be
   * identified with certainty. An `undecodable` event can have a key.
   */
  key = '';
  /** metadata.resourceVersion of the object, also in a bookmark; opaque. Empty if it is absent or not certain. */
  resourceVersion = '';
  /** The projected parts. Valid only if the event is `projected`. */
  readonly canonical = new Canonical();

  /** The bytes of the canonical form; borrowed until the next scan. */
  form(): Buffer {
    return this.canonical.view();
  }

  reset(): void {
    this.understanding = 'malformed';
    this.type = 'other';
    this.key = '';
    this.resourceVersion = '';
    this.canonical.reset();
  }
}

export interface EventScanner {
  /** Fills `event` from the frame `bytes[start, end)`, which includes its framing bytes. Never throws. */
  scan(bytes: Buffer, start: number, end: number, event: WatchEvent): void;
  /** Fills `event` from one item of a list, which is a bare object. Never throws. */
  scanItem(bytes: Buffer, start: number, end: number, event: WatchEvent): void;
  /**
   * Like `scanItem`, for encodings that do not tell the end of an item in advance. The item begins at `start`.
   * @returns end offset of the item; -1 if the item was not understood or does not end before `limit`; `event` is then
   *   invalid
   */
  scanLeadingItem?(bytes: Buffer, start: number, limit: number, event: WatchEvent): number;
  /** True if the BOOKMARK frame has the initial-events-end annotation. Never throws. */
  endsInitialEvents(bytes: Buffer, start: number, end: number): boolean;
}

/** The event type with these bytes. No string is made for it: the first letter selects the only candidate. */
export function eventTypeOf(bytes: Uint8Array, start: number, end: number): EventType {
  const candidate = CANDIDATES.get(bytes[start] ?? 0);
  if (candidate?.length !== end - start) return 'other';
  for (let i = 1; i < candidate.length; i++) if (bytes[start + i] !== candidate.charCodeAt(i)) return 'other';
  return candidate;
}

const CANDIDATES = new Map<number, Exclude<EventType, 'other'>>(
  (['ADDED', 'MODIFIED', 'DELETED', 'BOOKMARK', 'ERROR'] as const).map((type) => [type.charCodeAt(0), type]),
);
