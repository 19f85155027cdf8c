/** The bench over a recording: what it says is swallowed, and what it refuses. */
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { runToEnd } from '../support/child.ts';
import { numberAt, parseJson } from '../support/json-value.ts';
import { CHANGES, MODIFIED, twoNodes } from '../support/recordings.ts';

const CASE = join(import.meta.dirname, '../../bench/scan/recorded-case.ts');
const folder = await mkdtemp(join(tmpdir(), 'watchsieve-bench-'));
after(() => rm(folder, { recursive: true }));

const recordedCase = (...args: readonly string[]) =>
  runToEnd({ name: 'case', command: process.execPath, args: [CASE, ...args], timeoutMs: 60_000 });

test('a recording is sieved from its first event to its last, again and again, and costs are told (R50)', async () => {
  const file = join(folder, 'nodes.rec');
  await twoNodes(file);
  const { code, stdout, stderr } = await recordedCase(file, 'metallb', '2');
  assert.equal(code, 0, stderr);
  const figures = parseJson(stdout);
  // Two ADDED and a bookmark pass, too.
  assert.equal(numberAt(figures, 'swallowed'), (MODIFIED - CHANGES) / (MODIFIED + 3));
  for (const subject of ['sieve', 'parse', 'search']) assert.ok(numberAt(figures, subject) > 0, subject);
});

test('what is no recording of Nodes is refused', async () => {
  const [leases, text] = [join(folder, 'leases.rec'), join(folder, 'text.rec')];
  await twoNodes(leases, '/apis/coordination.k8s.io/v1/leases');
  await writeFile(text, 'nodes');
  for (const [file, why] of [
    [leases, /the bench is of Nodes/],
    [text, /not a complete recording of watchsieve/],
  ] as const) {
    const { code, stderr } = await recordedCase(file, 'metallb', '1');
    assert.equal(code, 1);
    assert.match(stderr, why);
  }
});
