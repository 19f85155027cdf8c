/** The verdicts and their reasons: closed sets, used in code, metrics and docs alike (R28). */

export const VERDICTS = ['forwarded', 'swallowed', 'would_swallow'] as const;
export type Verdict = (typeof VERDICTS)[number];

/** Why an event was forwarded. Only `unchanged` means that it was swallowed, or in observe mode would have been. */
export const REASONS = [
  'added',
  'deleted',
  'bookmark',
  'error',
  'initial',
  'first_seen',
  'changed',
  'max_age',
  'mismatch',
  'undecodable',
  'foreign_kind',
  'unknown_type',
  'oversize',
  'verbatim',
  'unchanged',
] as const;
export type Reason = (typeof REASONS)[number];
