import assert from 'node:assert/strict';
import { test } from 'node:test';
import { explore, idlenessOf } from './explore.ts';
import { Stats } from './stats.ts';
import { runs } from '../support/property-runs.ts';

/** Fixed, so that a red run is red again. */
const SEED = 7;
/** Fewer than this do not contain some of everything. */
const LEAST = 2000;
const EVENTS = Math.max(LEAST, runs(8000).numRuns);
const NEW_EVENTS = runs(4000).numRuns;
/**
 * Worlds in which the program lost something before it was mended: each still finds the mistake that is named, and
 * test/model/breaks.ts sees to it. Whoever changes how worlds are made has to look for others.
 */
const FOUND: readonly (readonly [what: string, seed: number, world: number])[] = [
  ['changes behind the images', 7, 3],
  ['a wider path beside a narrower one', 7, 7],
  ['a path into what has no fields', 7, 0],
  ['elements chosen by a time', 7, 136],
];

function played(seed: number, events: number): Stats {
  const stats = new Stats();
  const failure = explore({ seed, from: 0, stats, isOver: () => stats.events >= events });
  assert.equal(failure?.message, undefined, failure?.message);
  return stats;
}

test('R14, R15, I2, I3, I5: what is swallowed changes nothing, as decoders and the documents have it', () => {
  const stats = played(SEED, EVENTS);
  assert.equal(idlenessOf(stats), undefined);
  for (const [what, times] of Object.entries(stats))
    assert.ok(
      typeof times !== 'number' || times > 0,
      `the runs must contain some of ${what}: what never happens shows nothing`,
    );
});

test('and in worlds that nobody has seen before', () => {
  played(Date.now() % 2 ** 31, NEW_EVENTS);
});

for (const [what, seed, world] of FOUND)
  test(`and where it once did not: ${what}`, () => {
    const stats = new Stats();
    const failure = explore({ seed, from: world, stats, isOver: () => stats.worlds === 1 });
    assert.equal(failure?.message, undefined, failure?.message);
  });
