/**
 * A sample of the mutants, for CI: every eighth block of lines, others on each day. `MUTANTS_SEED=N` picks the blocks of
 * another day, such as the one of a run that failed.
 */
import { readFileSync } from 'node:fs';
import whole from './stryker.config.js';

const SHARE = 8;
const BLOCK_LINES = 12;

const seed = Number(process.env.MUTANTS_SEED ?? Math.floor(Date.now() / 86_400_000));
console.log(`MUTANTS_SEED=${seed}`);

/** `file:from-to` of each block whose turn it is; the turns go round through all files. */
function blocks() {
  const all = whole.mutate.toSorted().flatMap((file) => {
    const lines = readFileSync(file, 'utf8').split('\n').length;
    return Array.from({ length: Math.ceil(lines / BLOCK_LINES) }, (_, i) => {
      const from = i * BLOCK_LINES + 1;
      return `${file}:${from}-${Math.min(lines, from + BLOCK_LINES - 1)}`;
    });
  });
  return all.filter((_, i) => i % SHARE === seed % SHARE);
}

/** @type {import('@stryker-mutator/api/core').PartialStrykerOptions} */
export default {
  ...whole,
  mutate: blocks(),
  incremental: false,
  jsonReporter: { fileName: 'reports/mutation/sample.json' },
  // Below the score of the whole: a few survivors that are known lie close together.
  thresholds: { high: 95, low: 90, break: 80 },
};
