/**
 * What the status page shows and `/debug/status` answers: the sidecar at one moment, as plain data. Names of objects,
 * fields and clients, and numbers; no values of fields, no bodies, no credentials (R26).
 */
import { type Check } from '../../platform/health/health.ts';

/** Events by what became of them. Received is always the sum of the others (R28). */
export interface EventCounts {
  readonly received: number;
  readonly forwarded: number;
  readonly swallowed: number;
  /** Forwarded, observing, though nothing had changed. */
  readonly wouldSwallow: number;
}

/** Events per second over a short time that ended so long ago. */
export interface RatePoint extends EventCounts {
  readonly secondsAgo: number;
}

export interface VerdictCount {
  readonly type: string;
  readonly verdict: string;
  readonly reason: string;
  readonly events: number;
}

/** One filtered watch that is open: what `/debug/streams` has, and more. */
export interface StreamStatus extends EventCounts {
  readonly stream: number;
  /** As the client names itself, and where it connects from. */
  readonly client: string;
  readonly address: string;
  readonly resource: string;
  /** Empty where it is all of them, or where the resource lies in none. */
  readonly namespace: string;
  /** The one object that is watched; empty where it is all of them, or a selection. */
  readonly object: string;
  readonly labelSelector: string;
  readonly fieldSelector: string;
  /** Where the client began. */
  readonly resourceVersion: string;
  readonly encoding: string;
  readonly ageSeconds: number;
  readonly bytesReceived: number;
  readonly bytesForwarded: number;
  readonly objects: number;
  /** How long the client has been behind what was swallowed. */
  readonly lagSeconds: number;
  /** What waits for the client. */
  readonly queuedBytes: number;
  readonly verbatim: boolean;
  readonly mismatch: boolean;
}

/** How often one object was written of late. */
export interface NoisyObject {
  readonly object: string;
  /** Events that changed nothing, since the object was last delivered. */
  readonly unchanged: number;
  readonly unchangedPerMinute: number;
  /** Events that were forwarded, of those that are remembered. */
  readonly forwarded: number;
  readonly forwardedPerMinute: number;
}

/** The noisiest objects of the stream that knows most objects: other streams are sent the same events. */
export interface NoisyObjects {
  readonly stream: number;
  readonly resource: string;
  /** How many objects that stream knows. */
  readonly of: number;
  /** The noisiest first. */
  readonly objects: readonly NoisyObject[];
}

/** A change that clients were told of. */
export interface RealChange {
  readonly at: string;
  readonly ageSeconds: number;
  readonly resource: string;
  readonly object: string;
  readonly type: string;
  readonly resourceVersion: string;
  /** In which parts it differed; null where that is not known, or where there is nothing to compare. */
  readonly paths: readonly { readonly path: string; readonly change: string }[] | null;
  /** How many more than `paths` there were. */
  readonly morePaths: number;
  /** On which streams it was forwarded as a change; to others it may have been the first they saw. */
  readonly streams: readonly number[];
}

/** A LIST and watch of the hub's own, and what it holds of them; the optional figures are there while it holds an epoch. */
export interface FeedStatus {
  readonly resource: string;
  readonly preset: string;
  readonly encoding: string;
  readonly state: string;
  /** How many times it has begun. */
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

/** A watch from memory that was ended against the will of its client. */
export interface LostReader {
  /** As the client calls itself. */
  readonly client: string;
  readonly resource: string;
  readonly cause: string;
  readonly secondsAgo: number;
}

/** What `/debug/hub` has of a hub. */
export interface HubStatus {
  readonly feeds: readonly FeedStatus[];
  /** How many are kept. */
  readonly grants: number;
  /** By what became of them. */
  readonly requests: Readonly<Record<string, number>>;
  /** By cause. */
  readonly readersEnded: Readonly<Record<string, number>>;
  /** The newest first. */
  readonly lastEnded: readonly LostReader[];
}

/** What `/debug/hub` has of a sidecar that asks hubs. */
export interface AskedHubs {
  readonly hubs: readonly string[];
  /** Those that a hub answers now. */
  readonly watches: number;
  /** By who answered, and why it was not the hub. */
  readonly requests: Readonly<Record<string, number>>;
  /** What was last heard of a hub. */
  readonly last: string | undefined;
}

export interface SettingStatus {
  readonly setting: string;
  readonly flag: string;
  readonly value: unknown;
  /** Who set it. */
  readonly source: string;
}

export interface Status {
  readonly version: string;
  /** Now. */
  readonly time: string;
  /** How long everything here has been counted. */
  readonly uptimeSeconds: number;
  readonly state: string;
  readonly checks: readonly Check[];
  /** What it is, for people. */
  readonly upstream: string;
  readonly mode: string;
  readonly preset: string;
  /** The resources whose watches are sieved. */
  readonly sieved: readonly string[];
  readonly events: EventCounts;
  readonly bytes: EventCounts;
  /** Swallowed events less those that had to be sent after all, as held frames. */
  readonly wakeUpsSpared: number;
  readonly verdicts: readonly VerdictCount[];
  /** Events per second just now. */
  readonly rates: EventCounts;
  /** The last minutes, the oldest first. */
  readonly history: readonly RatePoint[];
  /** How far back `history` can go. */
  readonly historySeconds: number;
  /** The oldest first. */
  readonly streams: readonly StreamStatus[];
  /** How many more than `streams` are open. */
  readonly moreStreams: number;
  readonly noisiest: NoisyObjects | null;
  /** The newest first. */
  readonly changes: readonly RealChange[];
  /** Null where this is no hub. */
  readonly hub: HubStatus | null;
  /** Null where none is set. */
  readonly askedHubs: AskedHubs | null;
  readonly settings: readonly SettingStatus[];
}
