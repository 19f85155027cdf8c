/** docs/faults.md says what the fault table says, and the table what the tests of this folder prove. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { renderFaults } from './render.ts';
import { ANSWER_FAULTS, CLIENT_FAULTS, LIST_FAULTS, SHORT_STREAMS, STREAM_FAULTS } from './table.ts';

const DOCS = new URL('../../docs/faults.md', import.meta.url);

test('docs/faults.md is what the table says; UPDATE_DOCS=1 writes it (R42)', () => {
  if (process.env['UPDATE_DOCS'] === '1') writeFileSync(DOCS, renderFaults());
  assert.equal(readFileSync(DOCS, 'utf8'), renderFaults());
});

test('no two rows of the fault table have one name (R42)', () => {
  const rows = [...ANSWER_FAULTS, ...STREAM_FAULTS, ...SHORT_STREAMS, ...LIST_FAULTS, ...CLIENT_FAULTS];
  const ids = rows.map(({ id }) => id);
  assert.equal(new Set(ids).size, ids.length);
});
