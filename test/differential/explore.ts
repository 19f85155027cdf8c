/** Plays worlds, each by its number alone, until one of them loses something. */
import { Random } from '../fuzz/random.ts';
import type { Stats } from './stats.ts';
import { play } from './world.ts';

export interface Exploration {
  readonly seed: number;
  /** Number of the first world. */
  readonly from: number;
  readonly stats: Stats;
  /** Asked between worlds. */
  readonly isOver: () => boolean;
}

export interface Failure {
  readonly world: number;
  readonly message: string;
}

/** @returns what went wrong, and how to see it again; undefined where nothing did */
export function explore({ seed, from, stats, isOver }: Exploration): Failure | undefined {
  for (let world = from; !isOver(); world++) {
    try {
      play(new Random(seed, world), stats);
    } catch (error) {
      const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
      return { world, message: `npm run test:differential -- --seed ${seed} --world ${world}\n${message}` };
    }
  }
  return undefined;
}

/** A filter that forwards everything loses nothing either: most no-ops that an API server writes have to be swallowed. */
export function idlenessOf({ plainNoOps, plainSwallowed }: Stats): string | undefined {
  for (const encoding of ['json', 'protobuf'] as const) {
    const share = plainSwallowed[encoding] / plainNoOps[encoding];
    if (!(share >= LEAST_SHARE))
      return `of no-ops in ${encoding} only ${(share * 100).toFixed(1)} % were swallowed`;
  }
  return undefined;
}

const LEAST_SHARE = 0.95;
