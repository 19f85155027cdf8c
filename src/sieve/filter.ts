/** What is filtered, and whether at all: chosen by settings, and changed while streams run. */
import { type FieldsPlan } from '../wire/plan.ts';
import { type Mode } from './verdict.ts';

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
