/**
 * Decodes events into plain values, for callers that compare whole objects. It is too slow for the streams of a proxy.
 */
import type { Resource } from '../resource/resource.ts';

export interface EventValues {
  /**
   * The event type that a whole frame names. It is empty if no type can be read, and in JSON if the type is unknown.
   */
  typeOf(frame: Buffer): string;
  /** The object of the event, with the field names of JSON; undefined if it cannot be read. */
  objectOf(frame: Buffer): unknown;
}

/** Decoders of the parts inside an object; the caller provides them. */
export interface ValueParts {
  /** Parses JSON. Undefined for anything else, and for JSON beyond the limits that the caller sets. */
  readonly json: (bytes: Buffer) => unknown;
  /** Writes a time since 1970 as JSON spells it; null for a zero or invalid time. */
  readonly time: (seconds: number, nanos: number) => string | null;
}

/** @param resource - undefined if its schema is not known: encodings that need a schema then read no object */
export type EventValuesOf = (resource: Resource | undefined, parts: ValueParts) => EventValues;
