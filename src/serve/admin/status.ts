/**
 * The content of the status page and of `/debug/status`: the sidecar at one moment, as plain data. It has names of
 * objects, fields and clients, and numbers, but no values of fields, no bodies and no credentials (R26).
 */
import type { Check } from '../../platform/health/health.ts';
import type { HubFirst } from '../hub-first/hub-first.ts';
import type { Share } from '../share/share.ts';
import type { StreamDescription } from '../watch/describe.ts';

/** Events by verdict. Received events are always the sum of the others (R28). */
export interface EventCounts {
  readonly received: number;
  readonly forwarded: number;
  readonly swallowed: number;
  /** Forwarded in observe mode although nothing had changed. */
  readonly wouldSwallow: number;
}

/** Events per second over a short time, which ended this long ago. */
export interface RatePoint extends EventCounts {
  readonly secondsAgo: number;
}

export interface VerdictCount {
  readonly type: string;
  readonly verdict: string;
  readonly reason: string;
  readonly events: number;
}

export type StreamStatus = StreamDescription &
  EventCounts & {
    /** How long the client has not known the resourceVersion of a swallowed event. */
    readonly lagSeconds: number;
    readonly queuedBytes: number;
  };

/** How often one object was written recently. */
export interface NoisyObject {
  readonly object: string;
  /** Events that changed nothing since the object was last delivered. */
  readonly unchanged: number;
  readonly unchangedPerMinute: number;
  /** Forwarded events, among those that are remembered. */
  readonly forwarded: number;
  readonly forwardedPerMinute: number;
}

/** The noisiest objects of the stream that knows the most objects. Other streams get the same events. */
export interface NoisyObjects {
  readonly stream: number;
  readonly resource: string;
  /** The number of objects that this stream knows. */
  readonly of: number;
  /** Noisiest first. */
  readonly objects: readonly NoisyObject[];
}

/** A change that clients received. */
export interface RealChange {
  readonly at: string;
  readonly ageSeconds: number;
  readonly resource: string;
  readonly object: string;
  readonly type: string;
  readonly resourceVersion: string;
  /** The changed parts; null if they are unknown or there is nothing to compare. */
  readonly paths: readonly { readonly path: string; readonly change: string }[] | null;
  /** The number of changed parts that `paths` does not list. */
  readonly morePaths: number;
  /**
   * The streams that forwarded the event as a change. For other streams it may have been the first event of the object.
   */
  readonly streams: readonly number[];
}

export interface SettingStatus {
  readonly setting: string;
  readonly flag: string;
  readonly value: unknown;
  readonly source: string;
}

export interface Status {
  readonly version: string;
  readonly time: string;
  /** The time since which everything here is counted. */
  readonly uptimeSeconds: number;
  readonly state: string;
  readonly checks: readonly Check[];
  /** A description of upstream, for people. */
  readonly upstream: string;
  readonly mode: string;
  readonly preset: string;
  readonly sieved: readonly string[];
  readonly events: EventCounts;
  readonly bytes: EventCounts;
  /** Swallowed events, minus those that were sent later as held frames. */
  readonly wakeUpsSpared: number;
  readonly verdicts: readonly VerdictCount[];
  readonly rates: EventCounts;
  /** The last minutes, oldest first. */
  readonly history: readonly RatePoint[];
  /** The longest time that `history` can cover. */
  readonly historySeconds: number;
  /** Oldest first. */
  readonly streams: readonly StreamStatus[];
  /** The number of open streams that `streams` does not list. */
  readonly moreStreams: number;
  readonly noisiest: NoisyObjects | null;
  /** Newest first. */
  readonly changes: readonly RealChange[];
  /** Null if this is not a hub. */
  readonly hub: Share['description'] | null;
  /** Null if no hub is set. */
  readonly askedHubs: HubFirst['description'] | null;
  readonly settings: readonly SettingStatus[];
}
