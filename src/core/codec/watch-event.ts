/**
 * What a scanner finds in one frame: the words of a WatchEvent. Both encodings fill the same record, which is
 * reused from frame to frame: nothing in it may be kept but its strings.
 */
import { Canonical } from './canonical.ts';

/** Event types of apimachinery pkg/watch/watch.go; anything else is `other`. Order is the index in tallies. */
export const EVENT_TYPES = ['ADDED', 'MODIFIED', 'DELETED', 'BOOKMARK', 'ERROR', 'other'] as const;
export type EventType = (typeof EVENT_TYPES)[number];

/** apimachinery pkg/apis/meta/v1/types.go, InitialEventsAnnotationKey: marks the end of the initial events. */
export const INITIAL_EVENTS_END = 'k8s.io/initial-events-end';

/**
 * How far a frame was understood.
 * - `projected`: a whole event with an object of the resource's kind; key and canonical form are valid.
 * - `foreign`: a whole event with an object of another kind (Table, PartialObjectMetadata, Status, ...).
 * - `undecodable`: something in it is not as expected. Its bytes are still one frame.
 * - `malformed`: not even one frame's worth of the encoding, so that framing itself is in doubt.
 */
export type Understanding = 'projected' | 'foreign' | 'undecodable' | 'malformed';

export class WatchEvent {
  understanding: Understanding = 'malformed';
  type: EventType = 'other';
  /**
   * Which object of the resource's kind it is, see {@link objectKey}; empty where it has no name, or is not known for
   * certain. Also of one that is `undecodable` otherwise.
   */
  key = '';
  /** metadata.resourceVersion of such an object, bookmarks included; opaque; empty where there is none. */
  resourceVersion = '';
  /** The projected parts; meaningless unless `projected`. */
  readonly canonical = new Canonical();

  /** Borrowed. */
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

/** Reads frames of one encoding. Pure: bytes in, facts out. */
export interface EventScanner {
  /** Fills `event` from the frame in `bytes[start, end)`, framing bytes included. Never throws. */
  scan(bytes: Buffer, start: number, end: number, event: WatchEvent): void;
  /** Fills `event` from a bare object of the resource's kind, as it stands in a list. Never throws. */
  scanItem(bytes: Buffer, start: number, end: number, event: WatchEvent): void;
  /** Whether a BOOKMARK frame carries the initial-events-end annotation. Never throws. */
  endsInitialEvents(bytes: Buffer, start: number, end: number): boolean;
}

/** The type with these bytes, without allocating: types differ in their first letter. */
export function eventTypeOf(bytes: Uint8Array, start: number, end: number): EventType {
  const candidate = CANDIDATES.get(bytes[start] ?? 0);
  if (candidate?.length !== end - start) return 'other';
  for (let i = 1; i < candidate.length; i++) if (bytes[start + i] !== candidate.charCodeAt(i)) return 'other';
  return candidate;
}

const CANDIDATES = new Map<number, Exclude<EventType, 'other'>>(
  (['ADDED', 'MODIFIED', 'DELETED', 'BOOKMARK', 'ERROR'] as const).map((type) => [type.charCodeAt(0), type]),
);
