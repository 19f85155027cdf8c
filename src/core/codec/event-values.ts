/** Events as plain values, for those who compare whole objects: what no stream of a proxy has the time for. */
import { type Resource } from '../resource/resource.ts';

export interface EventValues {
  /** The type that a whole frame says it has; whatever else where it says none. */
  typeOf(frame: Buffer): string;
  /** Its object, under the names of JSON; undefined where it cannot be read. */
  objectOf(frame: Buffer): unknown;
}

/** What is within values, as whoever wants them has it. */
export interface ValueParts {
  /** JSON, within bounds; undefined for what is none, or beyond them. */
  readonly json: (bytes: Buffer) => unknown;
  /** A time since 1970 as JSON has it; null for none. */
  readonly time: (seconds: number, nanos: number) => string | null;
}

/** @param resource - undefined where nothing is known of it: where that takes a schema, no object can be read */
export type EventValuesOf = (resource: Resource | undefined, parts: ValueParts) => EventValues;
