/**
 * What is left to tell of a stream, open or ended: what `/debug/explain` reads. Holds nothing of the connection, so
 * that an ended stream can be kept for a while: a client that reconnects does not take its story along.
 */
import { type Chronicle } from '../../core/sieve/chronicle.ts';
import { type Mode } from '../../core/projection/filter.ts';
import { type EndCause } from '../telemetry/end-cause.ts';
import { type StreamDescription } from './describe.ts';

/** How a stream ended, and when (monotonic ms). */
export interface StoryEnd {
  readonly cause: EndCause;
  readonly at: number;
}

export interface StreamStory {
  /** As it is now, or was at its end. */
  readonly description: StreamDescription;
  readonly mode: Mode;
  /** Monotonic ms. */
  readonly openedAt: number;
  readonly end: StoryEnd | undefined;
  /** The resourceVersion last handed to the client, bookmarks included; empty where it is not known. */
  readonly deliveredResourceVersion: string;
  /** How long the client has been behind what was swallowed (ms); 0 where it is current. */
  readonly lagMs: number;
  /** Bytes that wait for the client. */
  readonly queuedBytes: number;
  readonly chronicle: Chronicle;
}
