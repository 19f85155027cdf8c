/**
 * The differential: `npm run test:differential -- [--seed N] [--events N] [--minutes M] [--world N]`. Stops with exit code 1
 * at the first loss, and says by which seed and world it can be seen again; `--world N` plays that one alone.
 */
import { parseArgs } from 'node:util';
import { explore, idlenessOf } from './explore.ts';
import { Stats } from './stats.ts';

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    events: { type: 'string' },
    minutes: { type: 'string' },
    world: { type: 'string' },
    all: { type: 'boolean' },
  },
});
const seed = values.seed === undefined ? Date.now() % 2 ** 31 : numberOf('seed', values.seed);
const events = numberOf('events', values.events ?? (values.minutes === undefined ? '1e6' : '1e12'));
const minutes = numberOf('minutes', values.minutes ?? '600');
const stats = new Stats();
const begun = performance.now();
console.log(`seed ${seed}`);
const isOver = (): boolean =>
  stats.events >= events ||
  performance.now() - begun > minutes * 60_000 ||
  (values.world !== undefined && stats.worlds >= 1);
let from = numberOf('world', values.world ?? '0');
let failure = explore({ seed, from, stats, isOver });
while (values.all === true && failure !== undefined && !isOver()) {
  console.log(failure.message.split('\n    at')[0]);
  from = failure.world + 1;
  failure = explore({ seed, from, stats, isOver });
}
const seconds = (performance.now() - begun) / 1000;
const { user, system } = process.cpuUsage();
const cpu = (user + system) / 1e6;
console.log(
  `${stats.events} events in ${seconds.toFixed(1)} s, ${Math.round(stats.events / seconds)}/s, ${Math.round(stats.events / cpu)} per second of CPU`,
);
console.log(JSON.stringify(stats));
const problem = failure?.message ?? (values.world === undefined ? idlenessOf(stats) : undefined);
if (problem !== undefined) {
  console.error(problem);
  process.exitCode = 1;
}

function numberOf(option: string, text: string): number {
  const value = Number(text);
  if (!Number.isFinite(value) || value < 0) throw new Error(`--${option} must be a number, not ${text}`);
  return value;
}
