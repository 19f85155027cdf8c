/** Why the API server would refuse a Pod. Pure. */

/** Whose rule it is: a LimitRange's, a ResourceQuota's, or the Pod's own. */
export type Cause = 'limit_range' | 'quota' | 'resources';

export interface Objection {
  readonly cause: Cause;
  /** Tells it from others: a Pod that meets with the same one anyway is none the worse for the sidecar. */
  readonly key: string;
  /** For people; of foreign text it holds names of objects and resources alone. */
  readonly text: string;
}
