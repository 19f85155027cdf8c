/** docs/requirements.md against the tests: which files cite each number, and that none is cited which is not there. */
import assert from 'node:assert/strict';
import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { format, resolveConfig } from 'prettier';
import { ROOT } from './documents.ts';

const DOCUMENT = `${ROOT}/docs/requirements.md`;
const HEADING = /^### (R\d+) /gm;
const SHOWN_BY = /\n+Shown by [^\n]*\n/g;
/** R1 to R44 are those of the sidecar: none may be missing. */
const LAST_OF_THE_SIDECAR = 44;

const read = (path: string): string => readFileSync(`${ROOT}/${path}`, 'utf8');

function filesIn(...globs: string[]): string[] {
  return globSync(globs, { cwd: ROOT, exclude: ['**/node_modules/**', '**/fixtures/**'] }).sort();
}

const numbersIn = (text: string): Set<string> => new Set(text.match(/(?<![\w.])R[1-9]\d?(?![\w.]\w|\w)/g));

/** By number: files in which a test or a row of the bench says that it shows it. */
function proofs(): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const file of filesIn('test/**/*.ts', 'bench/**/*.ts')) {
    if (file === 'test/docs/requirements.test.ts') continue;
    for (const number of numbersIn(read(file))) found.set(number, [...(found.get(number) ?? []), file]);
  }
  return found;
}

async function withProofs(document: string): Promise<string> {
  const found = proofs();
  const parts = document.replaceAll(SHOWN_BY, '\n').split(/(?=^#{2,3} )/m);
  const text = parts.map((part) => {
    const number = /^### (R\d+) /.exec(part)?.[1];
    if (number === undefined) return part;
    const files = found.get(number) ?? [];
    return `${part.trimEnd()}\n\nShown by ${files.map((file) => `\`${file}\``).join(', ')}\n\n`;
  });
  return format(text.join(''), { ...(await resolveConfig(DOCUMENT)), parser: 'markdown' });
}

test('docs/requirements.md says which files show each requirement; UPDATE_DOCS=1 writes it', async () => {
  const before = readFileSync(DOCUMENT, 'utf8');
  const expected = await withProofs(before);
  if (process.env['UPDATE_DOCS'] === '1') writeFileSync(DOCUMENT, expected);
  assert.equal(readFileSync(DOCUMENT, 'utf8'), expected);
});

test('each requirement of the sidecar is there, and a test or a row of the bench shows it', () => {
  const stated = [...read('docs/requirements.md').matchAll(HEADING)].map(([, number]) => number);
  assert.equal(new Set(stated).size, stated.length, 'stated once');
  const found = proofs();
  for (let number = 1; number <= LAST_OF_THE_SIDECAR; number++) {
    assert.ok(stated.includes(`R${number}`), `R${number} is not stated`);
    assert.ok((found.get(`R${number}`) ?? []).length > 0, `nothing shows R${number}`);
  }
});

test('a number that is cited exists', () => {
  const stated = new Set([...read('docs/requirements.md').matchAll(HEADING)].map(([, number]) => number));
  const wrong = filesIn(
    'src/**/*.ts',
    'test/**/*.ts',
    'bench/**/*.ts',
    'docs/*.md',
    '*.md',
    'manifests/**/*.yaml',
  )
    .map((file) => [file, [...numbersIn(read(file))].filter((number) => !stated.has(number))] as const)
    .filter(([, numbers]) => numbers.length > 0);
  assert.deepEqual(wrong, []);
});
