/** Plays a batch of random runs, and says of a failing one all that is needed to see it again. */
import fc from 'fast-check';
import { arbitraryRun, play, type Stats } from './world.ts';

export interface Explored {
  readonly steps: number;
  /** What went wrong, shrunk to what it takes; undefined where nothing did. */
  readonly failure: string | undefined;
}

export function explore(seed: number, numRuns: number, maxSteps: number, stats: Stats): Explored {
  let steps = 0;
  const property = fc.property(arbitraryRun(maxSteps), (run) => {
    steps += run.actions.length;
    play(run, stats);
  });
  const { counterexample, errorInstance } = fc.check(property, { seed, numRuns });
  const run = counterexample?.[0];
  if (run === undefined) return { steps, failure: undefined };
  const error =
    errorInstance instanceof Error ? (errorInstance.stack ?? errorInstance.message) : errorInstance;
  const lines = run.actions.map((action, at) => `  ${at + 1}. ${JSON.stringify(action)}`);
  return {
    steps,
    failure: [`seed ${seed}`, JSON.stringify(run.config), ...lines, String(error)].join('\n'),
  };
}
