/** Why the API server would refuse a Pod. Pure. */

/** The owner of the rule: a LimitRange, a ResourceQuota, or the Pod itself. */
export type Cause = 'limit_range' | 'quota' | 'resources';

export interface Objection {
  readonly cause: Cause;
  /** Identifies the objection: one that the Pod meets without the sidecar too does not count against the sidecar. */
  readonly key: string;
  /** The message for people. The only foreign text in it is names of objects and resources. */
  readonly text: string;
}
