/** Plays a batch of random runs of a model, and tells of a failing one all that is needed to see it again. */
import fc from 'fast-check';

export interface Explorable<Run> {
  readonly runs: (maxSteps: number) => fc.Arbitrary<Run>;
  /** Throws where something is wrong. */
  readonly play: (run: Run) => void | Promise<void>;
}

export interface Explored {
  readonly steps: number;
  /** What went wrong, shrunk to what it takes; undefined where nothing did. */
  readonly failure: string | undefined;
}

/** Far more than a batch takes: a failure that takes long to shrink is told as far as it is (milliseconds). */
const LONGEST_MS = 60_000;

export async function explore<Run extends { readonly config: object; readonly actions: readonly object[] }>(
  { runs, play }: Explorable<Run>,
  { seed, numRuns, maxSteps }: { readonly seed: number; readonly numRuns: number; readonly maxSteps: number },
): Promise<Explored> {
  let steps = 0;
  let untilFailure: number | undefined;
  const property = fc.asyncProperty(runs(maxSteps), async (run) => {
    steps += run.actions.length;
    try {
      await play(run);
    } catch (error) {
      untilFailure ??= steps;
      throw error;
    }
  });
  const { counterexample, errorInstance } = await fc.check(property, {
    ...{ seed, numRuns, interruptAfterTimeLimit: LONGEST_MS },
  });
  const run = counterexample?.[0];
  if (run === undefined) return { steps, failure: undefined };
  const error =
    errorInstance instanceof Error ? (errorInstance.stack ?? errorInstance.message) : errorInstance;
  const lines = run.actions.map((action, at) => `  ${at + 1}. ${JSON.stringify(action)}`);
  return {
    steps,
    failure: [
      `after ${untilFailure} steps, seed ${seed}`,
      JSON.stringify(run.config),
      ...lines,
      String(error),
    ].join('\n'),
  };
}
