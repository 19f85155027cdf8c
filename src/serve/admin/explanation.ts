/**
 * The parts of the answer of `/debug/explain` that the page about one object shows: plain data, with names of fields
 * and no values (R26).
 */

export interface Moment {
  readonly at: string;
  readonly ageSeconds: number;
}

export interface AskedObject {
  /** The name, after namespace and slash if the object has a namespace. */
  readonly object: string;
  /** Empty for any resource. */
  readonly resource: string;
}

export interface Explained {
  readonly object: string;
  readonly time: string;
  /** Newest first. */
  readonly streams: readonly ExplainedWatch[];
}

/** The object as one watch knows it. */
export interface ExplainedWatch {
  readonly stream: number;
  readonly resource: string;
  readonly client: string;
  readonly address: string;
  readonly encoding: string;
  readonly opened: Moment;
  readonly ended: (Moment & { readonly cause: string }) | null;
  readonly meaning: string;
  readonly lastDelivered: Delivery | null;
  /** The events that changed nothing, and their verdict. */
  readonly unchangedSince: {
    readonly verdict: string;
    readonly events: number;
    readonly last: Moment;
  } | null;
  readonly passesUnchangedAfter: string | null;
  readonly decisions: readonly Decision[];
  readonly olderDecisionsForgotten: boolean;
}

interface Delivery extends Moment {
  readonly reason: string;
  readonly resourceVersion: string;
  readonly onThisStream: boolean;
}

/** One forwarded event of the object. */
export interface Decision extends Moment {
  readonly type: string;
  readonly reason: string;
  readonly resourceVersion: string;
  /** For `changed`: the changed parts; null if they are no longer known. */
  readonly paths?: readonly { readonly path: string; readonly change: string }[] | null;
  readonly morePaths?: number;
}
