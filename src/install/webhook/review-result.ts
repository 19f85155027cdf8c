/** The result of one call of the API server. Every call is answered; only `injected` changes a Pod. */
export const REVIEW_RESULTS = [
  'injected',
  /** The Pod already has the sidecar, from its template or an earlier call. */
  'unchanged',
  /** The Pod is neither a known client nor selected nor annotated, or an annotation opts it out. */
  'not_chosen',
  /** The call is about another kind, operation or subresource: the rules of the configuration are too wide. */
  'not_a_new_pod',
  /** The Pod was chosen, but something in it conflicts with the sidecar. */
  'refused_conflict',
  /** The Pod was chosen, but runs on Windows. */
  'refused_windows',
  /** The Pod was chosen, but mirrors one that a kubelet runs from a file. */
  'refused_mirror',
  /** The Pod was chosen, but a LimitRange of its namespace would refuse it with the sidecar. */
  'refused_limit_range',
  /** The Pod was chosen, but a ResourceQuota of its namespace would refuse it with the sidecar. */
  'refused_quota',
  /** The Pod was chosen, but its `spec.resources` leave nothing for the sidecar. */
  'refused_resources',
  /** The Pod was chosen, but the LimitRanges and ResourceQuotas of its namespace could not be read in time. */
  'refused_unread',
  /** The object does not have the shape of a Pod. */
  'refused_not_understood',
  /** Answered 400: the body is not an AdmissionReview of admission.k8s.io/v1. */
  'malformed',
  /** Answered 413. */
  'too_large',
  /** Answered 503: bodies under way have used up the room for them. */
  'overloaded',
  /** Answered 415: the body is not sent as JSON. */
  'unsupported_media_type',
  /** A bug of the webhook: the Pod is admitted unchanged. */
  'failed',
] as const;
export type ReviewResult = (typeof REVIEW_RESULTS)[number];
