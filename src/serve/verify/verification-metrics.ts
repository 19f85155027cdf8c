/** The results of consistency checks (R22), as a closed set with counters. */
import type { MetricRegistry } from '../../platform/metric-registry.ts';

/** Reasons why a check has no result. */
export const SKIP_REASONS = [
  /** Nothing to compare: the initial events last, there was a doubt just now, or nothing is held. */
  'skipped_no_baseline',
  /** 401 or 403: the watch's credentials may not list, or are no longer valid. */
  'skipped_forbidden',
  /** 410: upstream no longer has the state at that resourceVersion. */
  'skipped_gone',
  /** Another status, or no answer. */
  'skipped_upstream',
  'skipped_timeout',
  /** The list could not be read. */
  'skipped_not_understood',
  /** The list has another resourceVersion than the requested one. */
  'skipped_other_version',
  /** Something on the stream was not understood during the check, so its baseline was dropped. */
  'skipped_doubt',
  /** The stream ended during the check. */
  'skipped_ended',
] as const;
export type SkipReason = (typeof SKIP_REASONS)[number];

export const VERIFICATION_RESULTS = ['match', 'mismatch', ...SKIP_REASONS] as const;
export type VerificationResult = (typeof VERIFICATION_RESULTS)[number];

/** The result for one object; `not_held`: listed, but the client is not known to hold it. */
export const OBJECT_RESULTS = ['match', 'mismatch', 'not_held'] as const;
export type ObjectResult = (typeof OBJECT_RESULTS)[number];

export class VerificationMetrics {
  readonly verification: (result: VerificationResult) => void;
  readonly objects: (result: ObjectResult, count: number) => void;

  constructor(metrics: MetricRegistry) {
    this.verification = metrics.closedCounter(
      'watchsieve_verifications_total',
      'Consistency checks of --verify-interval by result; mismatch: a baseline was wrong, so its stream forwards everything.',
      { label: 'result', words: VERIFICATION_RESULTS },
    );
    this.objects = metrics.closedCounter(
      'watchsieve_verified_objects_total',
      'Objects in completed consistency checks by result; not_held: listed, but not in the baseline.',
      { label: 'result', words: OBJECT_RESULTS },
    );
  }
}
