/** The short version of the abort suite; the long one is a script (aborts.ts). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { runToEnd } from '../support/child.ts';

const CYCLES = 80;

test(`R10: of ${CYCLES} clients that went in every phase nothing is left in the proxy`, async (t) => {
  const { code, stdout, stderr } = await runToEnd({
    name: 'aborts',
    command: process.execPath,
    args: [fileURLToPath(new URL('aborts.ts', import.meta.url)), String(CYCLES)],
    timeoutMs: 100_000,
  });
  for (const line of stdout.split('\n')) t.diagnostic(line);
  assert.equal(code, 0, `${stdout}\n${stderr}`);
});
