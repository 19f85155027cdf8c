/** Plays a batch of random runs of a model, and tells of a failing one all that is needed to see it again. */
import fc from 'fast-check';

interface RunOf<Action> {
  readonly config: object;
  readonly actions: readonly Action[];
}

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

/** How long a failure is shrunk (milliseconds). */
const SHRINKING_MS = 30_000;

export async function explore<Action, Run extends RunOf<Action>>(
  model: Explorable<Run>,
  { seed, numRuns, maxSteps }: { readonly seed: number; readonly numRuns: number; readonly maxSteps: number },
): Promise<Explored> {
  let steps = 0;
  const property = fc.asyncProperty(model.runs(maxSteps), async (run) => {
    steps += run.actions.length;
    await model.play(run);
  });
  const { counterexample } = await fc.check(property, { seed, numRuns, endOnFailure: true });
  const run = counterexample?.[0];
  if (run === undefined) return { steps, failure: undefined };
  const error = await failureOf(model, run);
  const shrinkingMs = process.env['SHRINK'] === '0' ? 0 : SHRINKING_MS;
  const actions = await fewest<Action>(run.actions, performance.now() + shrinkingMs, async (fewer) =>
    isAlike(await failureOf(model, { ...run, actions: fewer }), error),
  );
  const lines = actions.map((action, at) => `  ${at + 1}. ${JSON.stringify(action)}`);
  const head = `after ${steps} steps, seed ${seed}: ${error?.message}`;
  return { steps, failure: [head, JSON.stringify(run.config), ...lines, error?.stack].join('\n') };
}

async function failureOf<Run>({ play }: Explorable<Run>, run: Run): Promise<Error | undefined> {
  try {
    await play(run);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

/** Leaves out halves, quarters and so on, for as long as the rest fails in the same way. */
async function fewest<Action>(
  all: readonly Action[],
  until: number,
  fails: (fewer: readonly Action[]) => Promise<boolean>,
): Promise<readonly Action[]> {
  let kept = all;
  for (let size = all.length; size >= 1; size = Math.floor(size / 2))
    for (let at = kept.length - size; at >= 0 && performance.now() < until; at -= size) {
      const fewer = [...kept.slice(0, at), ...kept.slice(at + size)];
      if (await fails(fewer)) kept = fewer;
    }
  return kept;
}

function isAlike(one: Error | undefined, other: Error | undefined): boolean {
  const words = (error: Error | undefined): string | undefined => error?.message.replaceAll(/\d+/g, '');
  return words(one) === words(other);
}
