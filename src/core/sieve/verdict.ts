/** The words for what becomes of an event: closed sets, used in code, metrics and docs alike (R28). */

export const VERDICTS = ['forwarded', 'swallowed', 'would_swallow'] as const;
export type Verdict = (typeof VERDICTS)[number];

/** Why an event was forwarded; `unchanged` is why it was (or, observing, would have been) swallowed. */
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
