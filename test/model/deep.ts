/**
 * The model for as long as one likes: `node test/model/deep.ts [--seed N] [--steps N] [--minutes M]`. Stops at the
 * first failure, with exit code 1 and a description that is shrunk and can be replayed by its seed.
 */
import { parseArgs } from 'node:util';
import { explore } from './explore.ts';
import { Stats } from './stats.ts';
import { SUBJECTS } from './subjects.ts';

const RUNS = 50;
const MAX_STEPS_OF_RUN = 200;

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    steps: { type: 'string', default: '1000000' },
    minutes: { type: 'string', default: '60' },
  },
});
const firstSeed = values.seed === undefined ? Date.now() % 2 ** 31 : numberOf('seed', values.seed);
const maxSteps = numberOf('steps', values.steps);
const begun = performance.now();
const until = begun + numberOf('minutes', values.minutes) * 60_000;
const stats = new Stats();
let steps = 0;
console.log(`seed ${firstSeed}`);
for (let batch = 0; steps < maxSteps && performance.now() < until; batch++) {
  const failures = SUBJECTS.flatMap((subject) => {
    const explored = explore({
      ...{ seed: firstSeed + batch, runs: RUNS, maxSteps: MAX_STEPS_OF_RUN, stats, subject },
    });
    steps += explored.steps;
    return explored.failure ?? [];
  });
  if (failures.length > 0) {
    console.error(failures.join('\n'));
    process.exitCode = 1;
    break;
  }
  // What the streams of a batch still had to say to nobody is said, and forgotten.
  await new Promise(setImmediate);
}
const seconds = (performance.now() - begun) / 1000;
console.log(`${steps} steps in ${seconds.toFixed(1)} s, ${Math.round(steps / seconds)} steps/s`);
console.log(
  Object.entries(stats)
    .map(([what, times]) => `${what} ${String(times)}`)
    .join(', '),
);

function numberOf(option: string, text: string): number {
  const value = Number(text);
  if (!Number.isFinite(value) || value < 0) throw new Error(`--${option} must be a number, not ${text}`);
  return value;
}
