/** Plays a batch of random runs of whole hubs, and says of a failing one all that is needed to see it again. */
import fc from 'fast-check';
import { type Explored } from '../explore.ts';
import { arbitraryWholeRun } from './actions.ts';
import { type WholeStats } from './whole-stats.ts';
import { WholeWorld } from './whole-world.ts';

/** Far more than a batch takes. */
const LONGEST_MS = 60_000;

export async function exploreWhole(
  seed: number,
  numRuns: number,
  maxSteps: number,
  stats: WholeStats,
): Promise<Explored> {
  let steps = 0;
  const property = fc.asyncProperty(arbitraryWholeRun(maxSteps), async ({ config, actions }) => {
    steps += actions.length;
    await new WholeWorld(config, stats).play(actions);
  });
  const { counterexample, errorInstance } = await fc.check(property, {
    ...{ seed, numRuns },
    // A failure that takes long to shrink is told as far as it is.
    interruptAfterTimeLimit: LONGEST_MS,
  });
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
