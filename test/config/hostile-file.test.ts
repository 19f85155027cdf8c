/** Config files made to hurt: whoever may write a ConfigMap must not stop a sidecar that runs, nor one that starts (R27). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseSettings } from '../../src/config/parse-settings.ts';
import { threadMsOf } from '../support/thread-time.ts';

const FILE = '/etc/watchsieve/config.yaml';
/** A running sidecar serves nobody while it reads: what a client hardly notices. */
const UNNOTICED_MS = 1000;

function problemsOf(text: string): readonly string[] {
  const parsed = parseSettings({ argv: [], env: {}, readFile: () => text });
  assert.ok('problems' in parsed, 'there are no problems');
  return parsed.problems;
}

test('aliases that stand for more than any memory holds are a problem, at the start as later', () => {
  const bomb = ['projections:', '  a: &a [x, x]'];
  for (const [from, to] of ['ab', 'bc', 'cd', 'de', 'ef', 'fg', 'gh', 'hi', 'ij'])
    bomb.push(
      `  ${to ?? ''}: &${to ?? ''} [${Array.from({ length: 20 }, () => `*${from ?? ''}`).join(', ')}]`,
    );
  const [problem, ...more] = problemsOf(bomb.join('\n'));
  assert.match(problem ?? '', /^\/etc\/watchsieve\/config\.yaml cannot be read: .*alias/);
  assert.deepEqual(more, []);
  assert.match(problemsOf('projections: *nowhere')[0] ?? '', /cannot be read: .*alias/);
});

test('a file that is longer, deeper or has more in it than any needs is not read', () => {
  assert.match(
    problemsOf(`# ${'x'.repeat(65_536)}`).join(),
    /is not read: it has more than 65536 characters$/,
  );
  assert.match(
    problemsOf('a: 1\n'.repeat(2000)).join(),
    /is not read: it has more than 5000 words and signs$/,
  );
  assert.match(problemsOf('{a: '.repeat(200)).join(), /is not read: its brackets stand more than 100 deep/);
  assert.match(
    problemsOf('? '.repeat(2000)).join(),
    /is not read: it marks more than 20 keys by a question mark$/,
  );
});

test('of many problems of one file some are told, and how many there are', () => {
  const problems = problemsOf(Array.from({ length: 500 }, (_, i) => `nothing${i}: 1`).join('\n'));
  assert.equal(problems.length, 21);
  assert.equal(problems.at(-1), `${FILE}: and 480 more`);
});

for (const [name, text] of Object.entries({
  'keys that are all different': Array.from({ length: 900 }, (_, i) => `k${i}: 1`).join('\n'),
  'keys that are all the same': 'a: 1\n'.repeat(900),
  'a list in a list in a list': '- '.repeat(2400),
  'commas with nothing between them': `[${','.repeat(4900)}`,
  'keys of a mapping on one line': `{${Array.from({ length: 1500 }, (_, i) => `k${i}`).join(',')}}`,
  'anchors and their aliases': Array.from({ length: 400 }, (_, i) => `- &a${i} x\n- *a${i}`).join('\n'),
  quotes: '"'.repeat(4900),
  colons: ': '.repeat(2400),
  'lines with nothing on them': `${'\n'.repeat(4900)}x`,
  'one key of 60,000 letters': `${'k'.repeat(60_000)}: 1`,
  '800 KB of keys': Array.from({ length: 100_000 }, (_, i) => `k${i}: 1`).join('\n'),
}))
  test(`as much as is read is read in no time: ${name}`, () => {
    const ms = threadMsOf(() => assert.ok(problemsOf(text).length > 0));
    assert.ok(ms < UNNOTICED_MS, `it took ${ms.toFixed(0)} ms`);
  });
