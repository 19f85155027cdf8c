import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { PRESETS } from '../../../src/core/projection/presets.ts';
import { arbitraryChange } from '../../support/arbitrary-node.ts';
import { jsonFrame, protobufFrame, respelled, type Choose } from '../../support/encode.ts';
import { PLANNED, project } from '../../support/projections.ts';
import { often, runs } from '../../support/property-runs.ts';
import { BOTH, frame, reasonFor, sieveOf } from '../../support/sieving.ts';

const RUNS = runs(700);

/** Choices drawn from a seed, so that a failing case can be replayed. */
function chooser(seed: number): Choose {
  let state = seed >>> 0 || 1;
  return (n) => {
    state = Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9;
    return ((state ^ (state >>> 13)) >>> 0) % n;
  };
}

for (const preset of PLANNED)
  for (const encoding of BOTH)
    test(`${preset}, ${encoding}: swallows a MODIFIED exactly when nothing inside the projection has changed (R14, R15)`, () => {
      let swallowed = 0;
      fc.assert(
        fc.property(arbitraryChange, ([before, after]) => {
          const sieve = sieveOf(encoding, preset);
          reasonFor(sieve, frame(encoding, 'ADDED', before));
          const reason = reasonFor(sieve, frame(encoding, 'MODIFIED', after));
          const same = project(preset, before) === project(preset, after);
          if (same) swallowed++;
          assert.equal(reason, same ? 'unchanged' : 'changed');
        }),
        RUNS,
      );
      assert.ok(often(swallowed, RUNS, 1 / 14), `the generator must make no-ops too, not ${swallowed}`);
    });

for (const preset of PRESETS)
  for (const encoding of BOTH)
    test(`${preset}, ${encoding}: never swallows a change, however a server spells it (R14, I2)`, () => {
      fc.assert(
        fc.property(arbitraryChange, fc.nat(), ([before, after], seed) => {
          const choose = chooser(seed);
          const spell = (type: string, object: typeof before): Buffer =>
            encoding === 'json'
              ? Buffer.from(`${respelled({ type, object }, choose)}\n`)
              : protobufFrame(type, object, choose);
          const sieve = sieveOf(encoding, preset);
          assert.equal(reasonFor(sieve, spell('ADDED', before)), 'added');
          const reason = reasonFor(sieve, spell('MODIFIED', after));
          if (reason === 'unchanged') assert.equal(project(preset, before), project(preset, after));
          else assert.equal(reason, 'changed');
        }),
        RUNS,
      );
    });

test('a label map in another order, or spelled with escapes, is the same map (R15)', () => {
  fc.assert(
    fc.property(arbitraryChange, fc.nat(), ([before], seed) => {
      const choose = chooser(seed);
      const sieve = sieveOf('json', 'labels');
      reasonFor(sieve, jsonFrame('ADDED', before));
      const { labels } = before.metadata;
      if (labels === undefined) return;
      const placeholder = '@labels@';
      const object = { ...before, metadata: { ...before.metadata, labels: placeholder } };
      const text = jsonFrame('MODIFIED', object)
        .toString()
        .replace(`"${placeholder}"`, () => respelled(labels, choose));
      assert.equal(reasonFor(sieve, Buffer.from(text)), 'unchanged');
    }),
    RUNS,
  );
});
