/** A JSON Patch of edits means what the edits mean, by an implementation of RFC 6902 that is not ours (R44). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { applyPatch } from 'rfc6902';
import { applyEdits, type Edit } from '../../../src/install/inject/edit.ts';
import { jsonPatch } from '../../../src/install/inject/json-patch.ts';
import { runs } from '../../support/property-runs.ts';

const key = fc.constantFrom('a', 'a/b', '~', '');
const scalar = fc.constantFrom(1, 'x', true);
const list = fc.oneof(fc.constantFrom(undefined, null, []), fc.array(scalar, { minLength: 1, maxLength: 3 }));
const map = fc.oneof(
  fc.constantFrom(undefined, null, {}),
  fc.dictionary(key, scalar, { minKeys: 1, maxKeys: 3 }),
);
const object = fc.record({
  metadata: fc.oneof(fc.constantFrom(undefined, null, {}), fc.record({ annotations: map })),
  list: fc.oneof(list, fc.tuple(fc.record({ env: list }))),
});
const edits = fc.array(
  fc.oneof(
    fc.record({
      path: fc.constant(['metadata', 'annotations']),
      entries: fc.dictionary(key, scalar, { minKeys: 1, maxKeys: 3 }),
    }),
    fc.record({ path: fc.constant(['list']), items: fc.array(scalar, { minLength: 1, maxLength: 3 }) }),
  ),
  { maxLength: 3 },
);

test('whatever is there or absent, the patch applies, and gives what the edits give', () => {
  fc.assert(
    fc.property(object, edits, (value, given: readonly Edit[]) => {
      const root: unknown = JSON.parse(JSON.stringify(value));
      const result: unknown = structuredClone(root);
      const errors = applyPatch(
        result,
        jsonPatch(root, given).map((operation) => ({ ...operation })),
      );
      assert.deepEqual(
        errors.filter((error) => error !== null),
        [],
      );
      assert.deepEqual(result, applyEdits(root, given));
    }),
    runs(300),
  );
});
