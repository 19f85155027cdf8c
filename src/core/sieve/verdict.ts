/** The verdicts and their reasons: closed sets, used in code, metrics and docs alike (R28). */

export const VERDICTS = ['forwarded', 'swallowed', 'would_swallow'] as const;
export type Verdict = (typeof VERDICTS)[number];

/**
 * The reason of each verdict. `unchanged` means that the event was swallowed, or would have been swallowed in observe
 * mode. Every other reason says why the event was forwarded.
 */
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
