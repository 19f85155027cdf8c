/** The tables name every file of the sources that takes text apart: a new parser is measured too, or said to need it not. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join, sep } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { OWN_TEXT } from './own-text.ts';
import { PARSERS_OF_ANSWERS } from './parsers-of-answers.ts';
import { PARSERS_OF_FILES } from './parsers-of-files.ts';
import { PARSERS_OF_PODS } from './parsers-of-pods.ts';
import { PARSERS_OF_REQUESTS } from './parsers-of-requests.ts';

const SRC = fileURLToPath(new URL('../../src', import.meta.url));
/** Calls that read a text from its beginning to its end, and may do so more than once. */
const TAKES_APART =
  /\.(?:split|replace|replaceAll|match|matchAll|exec|search)\(|\/[dgimsuvy]*\.test\(|[A-Z]\.test\(|JSON\.parse\(|\bparse(?:All)?Documents?\(|from 'yaml'/;
const COMMENT = /^\s*(?:\/\/|\*|\/\*)/;

test('every file that takes text apart is in a table, or has a reason not to be (R27)', () => {
  const measured = [
    ...PARSERS_OF_REQUESTS,
    ...PARSERS_OF_ANSWERS,
    ...PARSERS_OF_FILES,
    ...PARSERS_OF_PODS,
  ].map(({ file }) => file);
  const found = readdirSync(SRC, { recursive: true, encoding: 'utf8' })
    .map((file) => file.split(sep).join('/'))
    .filter((file) => file.endsWith('.ts') && takesApart(file));
  const known = [...measured, ...Object.keys(OWN_TEXT)];
  assert.deepEqual(
    found.filter((file) => !known.includes(file)),
    [],
    'measure what it reads, in test/linear/parsers-of-*.ts, or say why not, in own-text.ts',
  );
  assert.deepEqual(
    Object.keys(OWN_TEXT).filter((file) => !found.includes(file) || measured.includes(file)),
    [],
    'these need no reason any more',
  );
});

function takesApart(file: string): boolean {
  return readFileSync(join(SRC, file), 'utf8')
    .split('\n')
    .some((line) => !COMMENT.test(line) && TAKES_APART.test(line));
}
