/**
 * The content of the status page and of `/debug/status`: the sidecar at one moment, as plain data. It has names of
 * objects, fields and clients, and numbers, but no values of fields, no bodies and no credentials (R26).
 */
import type { Check } from '../../platform/health/health.ts';

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

/** One open filtered watch: the fields of `/debug/streams` and more. */
export interface StreamStatus extends EventCounts {
  readonly stream: number;
  /** The name that the client gives itself; and the address from which it connects. */
  readonly client: string;
  readonly address: string;
  readonly resource: string;
  /** Empty for all namespaces and for cluster-scoped resources. */
  readonly namespace: string;
  /** The single object that is watched; empty for all objects or a selection. */
  readonly object: string;
  readonly labelSelector: string;
  readonly fieldSelector: string;
  /** The resourceVersion at which the client began. */
  readonly resourceVersion: string;
  readonly encoding: string;
  readonly ageSeconds: number;
  readonly bytesReceived: number;
  readonly bytesForwarded: number;
  readonly objects: number;
  /** How long the client has not known the resourceVersion of a swallowed event. */
  readonly lagSeconds: number;
  readonly queuedBytes: number;
  readonly verbatim: boolean;
  readonly mismatch: boolean;
}

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

/** A LIST and watch of the hub itself, and what it holds of them. The optional figures exist only during an epoch. */
export interface FeedStatus {
  readonly resource: string;
  readonly preset: string;
  readonly encoding: string;
  readonly state: string;
  /** The number of epochs so far. */
  readonly epoch: number;
  readonly heardSecondsAgo: number;
  readonly readers: number;
  readonly epochSeconds?: number;
  readonly objects?: number;
  readonly storeBytes?: number;
  readonly journalBytes?: number;
  readonly reachesBackTo?: string;
  readonly reachesBackSeconds?: number;
}

/** A watch from memory that the hub ended before its client did. */
export interface LostReader {
  /** The name that the client gives itself. */
  readonly client: string;
  readonly resource: string;
  readonly cause: string;
  readonly secondsAgo: number;
}

export interface HubStatus {
  readonly feeds: readonly FeedStatus[];
  readonly grants: number;
  /** By result. */
  readonly requests: Readonly<Record<string, number>>;
  /** By cause. */
  readonly readersEnded: Readonly<Record<string, number>>;
  /** Newest first. */
  readonly lastEnded: readonly LostReader[];
}

/** The description, in `/debug/hub`, of a sidecar that asks hubs. */
export interface AskedHubs {
  readonly hubs: readonly string[];
  readonly watches: number;
  /** By the server that answered, and the reason if it was not the hub. */
  readonly requests: Readonly<Record<string, number>>;
  /** The last known result of asking a hub. */
  readonly last: string | undefined;
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
  readonly hub: HubStatus | null;
  /** Null if no hub is set. */
  readonly askedHubs: AskedHubs | null;
  readonly settings: readonly SettingStatus[];
}
