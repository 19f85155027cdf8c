/**
 * The models of hubs for as long as one likes: `npm run test:hub -- [--seed N] [--steps N] [--minutes M]
 * [--only feeds|whole]`. Half of the steps are of feeds alone, which are many a second, and half of whole hubs with all
 * faults. Stops at the first failure, with exit
 * code 1 and a description that is shrunk and can be replayed by its seed.
 */
import { parseArgs } from 'node:util';
import { type Explored, explore } from './explore.ts';
import { wholeModel } from './whole/whole-model.ts';
import { newWholeStats } from './whole/whole-stats.ts';
import { feedsModel, newStats } from './world.ts';

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: String(Date.now() % 2 ** 31) },
    steps: { type: 'string', default: '1000000' },
    minutes: { type: 'string', default: '60' },
    only: { type: 'string', default: '' },
  },
});
const [first, most, minutes] = [Number(values.seed), Number(values.steps), Number(values.minutes)];
const RUNS = 50;
const MAX_STEPS_OF_RUN = 200;

interface Model {
  readonly name: string;
  readonly stats: object;
  readonly play: (seed: number) => Promise<Explored>;
}

const batch = (seed: number) => ({ seed, numRuns: RUNS, maxSteps: MAX_STEPS_OF_RUN });
const [stats, wholeStats] = [newStats(), newWholeStats()];
const [feeds, whole] = [feedsModel(stats), wholeModel(wholeStats)];
const all: readonly Model[] = [
  { name: 'feeds', stats, play: (seed) => explore(feeds, batch(seed)) },
  { name: 'whole hubs', stats: wholeStats, play: (seed) => explore(whole, batch(seed)) },
];
const models = all.filter(({ name }) => name.startsWith(values.only));
if (models.length === 0) throw new Error(`--only feeds or whole, not ${values.only}`);

console.log(`seed ${first}`);
for (const { name, stats: seen, play } of models) {
  const begun = performance.now();
  const until = begun + (minutes * 60_000) / models.length;
  let steps = 0;
  for (let seed = first; steps < most / models.length && performance.now() < until; seed++) {
    const explored = await play(seed);
    steps += explored.steps;
    if (explored.failure === undefined) continue;
    console.error(explored.failure);
    process.exitCode = 1;
    break;
  }
  console.log(`${name}: ${steps} steps in ${((performance.now() - begun) / 1000).toFixed(1)} s`);
  console.log(JSON.stringify(seen).replaceAll('"', ''));
}
