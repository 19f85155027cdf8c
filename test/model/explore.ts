/** Plays batches of random runs, and says of a failing one all that is needed to see it again. */
import fc from 'fast-check';
import { arbitraryRun, type Run } from './actions.ts';
import type { Subject } from './model-object.ts';
import type { Stats } from './stats.ts';
import { play } from './world.ts';

export interface Batch {
  readonly seed: number;
  readonly runs: number;
  readonly maxSteps: number;
  readonly stats: Stats;
  readonly subject: Subject;
}

export interface Explored {
  readonly steps: number;
  /** What went wrong, shrunk to what it takes; undefined where nothing did. */
  readonly failure: string | undefined;
}

export function explore({ seed, runs, maxSteps, stats, subject }: Batch): Explored {
  let steps = 0;
  const property = fc.property(arbitraryRun(maxSteps), (run) => {
    steps += run.actions.length;
    play(run, stats, subject);
  });
  const result = fc.check(property, { seed, numRuns: runs });
  const counterexample = result.counterexample?.[0];
  if (counterexample === undefined) return { steps, failure: undefined };
  return { steps, failure: describe(subject, seed, counterexample, result.errorInstance) };
}

function describe(subject: Subject, seed: number, { config, actions }: Run, error: unknown): string {
  const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
  const lines = actions.map((action, i) => `  ${i + 1}. ${inWords(action)}`);
  return [
    `The model of ${subject.kind.resource.kind} fails with seed ${seed}: node test/model/deep.ts --seed ${seed} --steps 1`,
    `config: ${JSON.stringify(config)}`,
    ...lines,
    message,
  ].join('\n');
}

function inWords(action: Run['actions'][number]): string {
  const { do: what, ...how } = action;
  return `${what} ${Object.entries(how)
    .map(([key, value]) => `${key}=${String(value)}`)
    .join(' ')}`;
}
