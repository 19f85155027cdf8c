/**
 * The facts about a stream that `/debug/explain` reports. A story holds nothing of the connection, so it can be kept
 * for a while after the stream has ended and its client has reconnected.
 */
import type { Chronicle } from '../../core/sieve/chronicle.ts';
import type { Mode } from '../../core/projection/filter.ts';
import type { EndCause } from '../telemetry/end-cause.ts';
import type { StreamDescription } from './describe.ts';

/** How a stream ended, and when (monotonic ms). */
export interface StoryEnd {
  readonly cause: EndCause;
  readonly at: number;
}

export interface StreamStory {
  /** The description of the stream, now or at its end. */
  readonly description: StreamDescription;
  readonly mode: Mode;
  /** When the stream opened (monotonic ms). */
  readonly openedAt: number;
  readonly end: StoryEnd | undefined;
  /** The resourceVersion last sent to the client, bookmarks included; empty if it is unknown. */
  readonly deliveredResourceVersion: string;
  /** How long the client has been behind the swallowed events (ms); 0 while it is current. */
  readonly lagMs: number;
  /** The bytes that wait for the client. */
  readonly queuedBytes: number;
  readonly chronicle: Chronicle;
}
