import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { FEEDS, WHOLE_HUBS } from './break.ts';
import { BREAKS, breakTables, stepsToFind } from './break-list.ts';

const PAGE = new URL('../../docs/breaks.md', import.meta.url);
const BEGIN = '<!-- breaks -->';
const END = '<!-- /breaks -->';

test('each deliberate break still fits the code, and its tests exist', () => {
  for (const { what, edits, caughtBy } of BREAKS) {
    assert.ok(existsSync(new URL(`../${caughtBy}`, import.meta.url)), `${what}: no test/${caughtBy}`);
    for (const { file, from } of edits) {
      const times =
        readFileSync(new URL(`../../src/${file}`, import.meta.url), 'utf8').split(from).length - 1;
      assert.equal(times, 1, `${what}: in src/${file} this must stand exactly once: ${from}`);
    }
  }
});

test('steps are known only of breaks that a model of hubs finds', () => {
  const byModels = new Set(
    BREAKS.filter(({ caughtBy }) => [FEEDS, WHOLE_HUBS].includes(caughtBy)).map(({ what }) => what),
  );
  for (const what of Object.keys(stepsToFind())) assert.ok(byModels.has(what), what);
});

test('docs/breaks.md lists the breaks there are; UPDATE_DOCS=1 writes them', () => {
  const before = readFileSync(PAGE, 'utf8');
  const head = before.slice(0, before.indexOf(BEGIN) + BEGIN.length);
  const tail = before.slice(before.indexOf(END));
  const expected = `${head}\n\n${breakTables()}\n\n${tail}`;
  if (process.env['UPDATE_DOCS'] === '1') writeFileSync(PAGE, expected);
  assert.equal(readFileSync(PAGE, 'utf8'), expected);
});
