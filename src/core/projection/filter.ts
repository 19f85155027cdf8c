/** The filter of a stream: its mode and its projection. Settings choose both, and may change both while streams run. */
import type { Resource } from '../resource/resource.ts';
import type { FieldsPlan } from './plan.ts';

/** `filter` swallows; `observe` forwards everything and counts what it would have swallowed (R21). */
export const MODES = ['filter', 'observe'] as const;
export type Mode = (typeof MODES)[number];

/** The parts of an object that a client cares for. */
export interface Projection {
  /** The name used in the settings. */
  readonly name: string;
  /** Fingerprints are compared only between projections with the same key. */
  readonly key: string;
  readonly plan: FieldsPlan;
}

export interface Filter {
  readonly mode: Mode;
  readonly projection: Projection;
}

/** A resource whose watches are sieved, with the projection of its objects. */
export interface SievedResource {
  readonly resource: Resource;
  readonly projection: Projection;
}
