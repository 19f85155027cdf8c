/** What a JSON text would become, against what JSON.parse makes of it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { beyondJsonBounds } from '../../../src/platform/text/json-bounds.ts';
import { threadMsOf } from '../../support/thread-time.ts';

const MANY = { values: 1_000_000, depth: 1000 };

function isWithin(text: string, bounds: { readonly values: number; readonly depth: number }): boolean {
  return beyondJsonBounds(Buffer.from(text), bounds) === undefined;
}

/** Values and depth, by the parser's own result. */
function measure(value: unknown): { values: number; depth: number } {
  if (typeof value !== 'object' || value === null) return { values: 1, depth: 0 };
  const inner = Object.values(value).map(measure);
  return {
    values: inner.reduce((sum, { values }) => sum + values, 1),
    depth: 1 + Math.max(0, ...inner.map(({ depth }) => depth)),
  };
}

test('no text within the bounds becomes more values, or deeper ones', () => {
  fc.assert(
    fc.property(fc.json(), (text) => {
      const { values, depth } = measure(JSON.parse(text));
      assert.ok(!isWithin(text, { ...MANY, values: values - 1 }), 'fewer values than there are');
      assert.ok(isWithin(text, { ...MANY, values: 2 * values }), 'more than twice as many');
      assert.ok(isWithin(text, { ...MANY, depth }));
      if (depth > 0) assert.ok(!isWithin(text, { ...MANY, depth: depth - 1 }));
    }),
  );
});

test('what stands in strings is no value', () => {
  const text = JSON.stringify({ a: '[{,"\\\\"'.repeat(1000), b: '\\' });
  assert.ok(isWithin(text, { values: 4, depth: 1 }));
});

test('text that is no JSON is judged too, and 4 MiB of whatever in a moment (R27)', () => {
  for (const unit of ['"', '\\', '\\"', '[', ']', '{"":', ',', 'x', '"\\\\', '{},', '[],']) {
    const bytes = Buffer.from(unit.repeat((4 * 1024 * 1024) / unit.length));
    const took = threadMsOf(() => beyondJsonBounds(bytes, { values: Infinity, depth: Infinity }));
    assert.ok(took < 1000, `${unit}: ${took} ms`);
  }
});
