import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runs } from '../support/property-runs.ts';
import { explore } from './explore.ts';
import { wholeModel } from './whole/whole-model.ts';
import { newWholeStats } from './whole/whole-stats.ts';

/** Fixed, so that a red run is red again. */
const SEED = 43;
const RUNS = Math.max(45, runs(120).numRuns);

test('I10 to I15: whatever befalls hubs and the API server, each client is told what there was, by right, and in time', async () => {
  const stats = newWholeStats();
  const { failure } = await explore(wholeModel(stats), { seed: SEED, numRuns: RUNS, maxSteps: 200 });
  assert.equal(failure, undefined, failure);
  const { results, clients, reviews, restores } = stats;
  for (const what of ['list', 'watch', 'grant', 'late', 'newest', 'unknown_client', 'out_of_reach', 'over'])
    assert.ok((results[what] ?? 0) > 0, `the runs must contain some of ${what}`);
  for (const what of ['hub', 'direct', 'refused', 'gone', 'unjudged'])
    assert.ok((clients[what] ?? 0) > 0, `the runs must contain some of ${what}`);
  assert.ok(reviews > 0 && restores > 0);
});
