/** What is filtered, and whether at all: chosen by settings, and changed while streams run. */
import { type FieldsPlan } from './plan.ts';

/** `filter` swallows; `observe` forwards everything and counts what it would have swallowed (R21). */
export const MODES = ['filter', 'observe'] as const;
export type Mode = (typeof MODES)[number];

/** The parts of an object that a client cares for. */
export interface Projection {
  /** As the settings have it. */
  readonly name: string;
  /** Equal for two projections exactly when their fingerprints can be compared. */
  readonly key: string;
  readonly plan: FieldsPlan;
}

export interface Filter {
  readonly mode: Mode;
  readonly projection: Projection;
}
