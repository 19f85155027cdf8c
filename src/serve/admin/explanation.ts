/** What the page about one object shows of the answer of `/debug/explain`: plain data, names of fields and no values (R26). */

/** A moment, and how long ago it was. */
export interface Moment {
  readonly at: string;
  readonly ageSeconds: number;
}

export interface AskedObject {
  /** Its name, behind namespace and slash where it lies in one. */
  readonly object: string;
  /** Empty: of any. */
  readonly resource: string;
}

export interface Explained {
  readonly object: string;
  /** Now. */
  readonly time: string;
  /** The newest first. */
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
  /** All of it in a sentence. */
  readonly meaning: string;
  readonly lastDelivered: Delivery | null;
  /** Events that changed nothing, and what became of them. */
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

/** One event of it that was forwarded. */
export interface Decision extends Moment {
  readonly type: string;
  readonly reason: string;
  readonly resourceVersion: string;
  /** Of `changed`: in which parts; null where that is not known any more. */
  readonly paths?: readonly { readonly path: string; readonly change: string }[] | null;
  readonly morePaths?: number;
}
