import assert from 'node:assert/strict';
import { test } from 'node:test';
import { explore } from './explore.ts';
import { MODEL_NODES } from './model-node.ts';
import type { Subject } from './model-object.ts';
import { Stats } from './stats.ts';
import { SUBJECTS } from './subjects.ts';
import { runs } from '../support/property-runs.ts';

/** Fixed, so that a red run is red again; deep.ts looks elsewhere each time. */
const SEED = 41;
/** Fewer than this do not contain some of everything. */
const LEAST = 3;
const BATCHES = Math.max(LEAST, runs(10).numRuns);

test('R41: whatever happens, I2 to I5 hold after each step, and every client ends with the server’s state', () =>
  explored([MODEL_NODES], BATCHES));

test('the same of Leases, Pods, EndpointSlices, a custom resource and metadata alone, of which one name comes twice (R14, R41)', () =>
  explored(
    SUBJECTS.filter((subject) => subject !== MODEL_NODES),
    runs(5).numRuns,
  ));

async function explored(subjects: readonly Subject[], batches: number): Promise<void> {
  const stats = new Stats();
  let steps = 0;
  for (let batch = 0; batch < batches; batch++)
    for (const subject of subjects) {
      const explored = explore({ seed: SEED + batch, runs: 50, maxSteps: 200, stats, subject });
      assert.equal(explored.failure, undefined, explored.failure);
      steps += explored.steps;
      await new Promise(setImmediate);
    }
  assert.ok(steps > 10_000, `only ${steps} steps`);
  for (const [what, times] of Object.entries(stats))
    assert.ok(
      times > 0,
      `the runs must contain some of ${what}: a model in which it never happens proves nothing`,
    );
}
