/**
 * Proves the tests: applies each deliberate break to a copy of the program, and sees whether the tests that are named
 * for it fail. `node test/model/breaks.ts [words of a break]`; exit code 1 where one survives.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Break } from './break.ts';
import { BREAKS } from './break-list.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** A break may also make the program run for ever. */
const TIMEOUT_MS = 120_000;

interface Tested {
  readonly isGreen: boolean;
  /** The first test that failed. */
  readonly failed: string;
  readonly seconds: number;
}

const wanted = process.argv.slice(2).join(' ');
const breaks = BREAKS.filter(({ what }) => what.includes(wanted));
const copy = mkdtempSync(join(tmpdir(), 'watchsieve-breaks-'));
try {
  for (const part of ['src', 'test', 'package.json'])
    cpSync(join(ROOT, part), join(copy, part), { recursive: true });
  symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'));
  for (const file of new Set(breaks.map(({ caughtBy }) => caughtBy)))
    assert.ok(runTests(file).isGreen, `test/${file} must pass without any break`);
  const survivors = breaks.filter((one) => !isCaught(one));
  console.log(`${breaks.length - survivors.length} of ${breaks.length} breaks are caught`);
  if (breaks.length === 0 || survivors.length > 0) process.exitCode = 1;
} finally {
  rmSync(copy, { recursive: true, force: true });
}

function isCaught({ what, edits, caughtBy }: Break): boolean {
  const restore = edits.map(({ file, from, to }) => {
    const path = join(copy, 'src', file);
    const before = readFileSync(path, 'utf8');
    assert.equal(before.split(from).length, 2, `${what}: src/${file} no longer has exactly once: ${from}`);
    writeFileSync(
      path,
      before.replace(from, () => to),
    );
    return () => writeFileSync(path, before);
  });
  const { isGreen, failed, seconds } = runTests(caughtBy);
  for (const undo of restore.reverse()) undo();
  const verdict = isGreen ? 'SURVIVES' : 'caught';
  console.log(`${verdict} | ${what} | ${isGreen ? caughtBy : failed} | ${seconds.toFixed(1)} s`);
  return !isGreen;
}

function runTests(file: string): Tested {
  const begun = performance.now();
  const argv = ['--test', '--test-reporter=tap', join('test', file)];
  // A test runner that is told by its environment that it runs inside another one runs nothing.
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  const { status, stdout } = spawnSync(process.execPath, argv, {
    cwd: copy,
    env,
    timeout: TIMEOUT_MS,
    encoding: 'utf8',
  });
  const failed = /not ok \d+ - (.*)/.exec(stdout)?.[1] ?? 'no answer in time';
  return { isGreen: status === 0, failed, seconds: (performance.now() - begun) / 1000 };
}
