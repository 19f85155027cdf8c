import assert from 'node:assert/strict';
import { test } from 'node:test';
import { explore } from './explore.ts';
import { runs } from '../support/property-runs.ts';
import { feedsModel, newStats } from './world.ts';

/** Fixed, so that a red run is red again. */
const SEED = 43;
const RUNS = Math.max(120, runs(480).numRuns);

test('I11 to I14: through hubs that lag, break and begin anew, each client is told what there was, in order, and no more', async () => {
  const stats = newStats();
  const { steps, failure } = await explore(feedsModel(stats), { seed: SEED, numRuns: RUNS, maxSteps: 200 });
  assert.equal(failure, undefined, failure);
  assert.ok(steps > 5_000, `only ${steps} steps`);
  for (const [what, times] of Object.entries(stats))
    assert.ok(times > 0, `the runs must contain some of ${what}`);
});
