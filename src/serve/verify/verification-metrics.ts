/** What became of the consistency checks (R22): a closed set of results, and its counters. */
import type { MetricRegistry } from '../../platform/metric-registry.ts';

/** Why a check said nothing. */
export const SKIP_REASONS = [
  /** Nothing to compare: before the end of the initial events, right after a doubt, or nothing held. */
  'skipped_no_baseline',
  /** 401 or 403: the watch's credentials do not list, or not any more. */
  'skipped_forbidden',
  /** 410: upstream no longer has the state at that resourceVersion. */
  'skipped_gone',
  /** Another status, or no answer. */
  'skipped_upstream',
  'skipped_timeout',
  /** The list could not be read. */
  'skipped_not_understood',
  /** The list is of another resourceVersion than was asked for. */
  'skipped_other_version',
  /** Meanwhile something on the stream was not understood, so that its baseline was given up. */
  'skipped_doubt',
  /** Meanwhile the stream ended. */
  'skipped_ended',
] as const;
export type SkipReason = (typeof SKIP_REASONS)[number];

export const VERIFICATION_RESULTS = ['match', 'mismatch', ...SKIP_REASONS] as const;
export type VerificationResult = (typeof VERIFICATION_RESULTS)[number];

/** What was found of one object; `not_held`: listed, but nothing is known of what the client holds. */
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
