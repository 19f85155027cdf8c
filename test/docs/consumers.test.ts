/** Each preset of a consumer is where its user looks for it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CONSUMERS } from '../../src/core/projection/consumers.ts';
import { DOCUMENTS } from './documents.ts';

const textOf = (path: string): string => DOCUMENTS.find((one) => one.path === path)?.text ?? '';

test('each preset of a consumer has a row in docs/consumers.md, and its name in the README', () => {
  const names = Object.keys(CONSUMERS).sort();
  const rows = [...textOf('docs/consumers.md').matchAll(/^\| `([a-z-]+)` /gm)].map(([, name]) => name);
  assert.deepEqual(rows.sort(), names);
  for (const name of names) assert.ok(textOf('README.md').includes(`\`${name}\``), name);
});
