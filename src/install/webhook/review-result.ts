/** What became of one call of the API server. Every one is answered; only `injected` changes a Pod. */
export const REVIEW_RESULTS = [
  'injected',
  /** The Pod has the sidecar already, from its template or from the call before. */
  'unchanged',
  /** No annotation asks for it, or one is against it, and it is neither selected nor a known client. */
  'not_chosen',
  /** Another kind, operation or subresource: the rules of the configuration are too wide. */
  'not_a_new_pod',
  /** Chosen, and something in it stands in the way. */
  'refused_conflict',
  /** Chosen, and it runs on Windows. */
  'refused_windows',
  /** Chosen, and it mirrors a Pod that a kubelet runs from a file. */
  'refused_mirror',
  /** Chosen, and with the sidecar a LimitRange of its namespace would keep it out. */
  'refused_limit_range',
  /** Chosen, and with the sidecar a ResourceQuota of its namespace would keep it out. */
  'refused_quota',
  /** Chosen, and what it has as a whole (`spec.resources`) leaves nothing for the sidecar. */
  'refused_resources',
  /** Chosen, and LimitRanges and ResourceQuotas of its namespace cannot be read, or not in time. */
  'refused_unread',
  /** It does not have the shape of a Pod. */
  'refused_not_understood',
  /** Answered 400: no AdmissionReview of admission.k8s.io/v1. */
  'malformed',
  /** Answered 413. */
  'too_large',
  /** Answered 503: too much is being sent at the same time. */
  'overloaded',
  /** Answered 415: not JSON. */
  'unsupported_media_type',
  /** A mistake of ours: the Pod is let through unchanged. */
  'failed',
] as const;
export type ReviewResult = (typeof REVIEW_RESULTS)[number];
