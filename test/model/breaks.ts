/**
 * Proves the tests: applies each deliberate break to a copy of the program, and sees whether the tests that are named
 * for it fail. `node test/model/breaks.ts [--record] [words of a break, or of its test's path]`; exit code 1 where one
 * survives. With `--record` it writes down for docs/breaks.md after how many steps a model has found each.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { Break } from './break.ts';
import { BREAKS, STEPS_FILE, stepsToFind } from './break-list.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** A break may also make the program run for ever. */
const TIMEOUT_MS = 400_000;

interface Tested {
  readonly isGreen: boolean;
  /** The first test that failed. */
  readonly failed: string;
  readonly seconds: number;
  /** Where a model of hubs says how many it took. */
  readonly stepsTaken: number | undefined;
}

const { values, positionals } = parseArgs({
  options: { record: { type: 'boolean', default: false } },
  allowPositionals: true,
});
const wanted = positionals.join(' ');
const steps = new Map(Object.entries(stepsToFind()));
const breaks = BREAKS.filter(({ what, caughtBy }) =>
  [what, caughtBy].some((words) => words.includes(wanted)),
);
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
  if (values.record) record();
} finally {
  rmSync(copy, { recursive: true, force: true });
}

function record(): void {
  const known = BREAKS.flatMap(({ what }) => {
    const found = steps.get(what);
    return found === undefined ? [] : [[what, found] as const];
  });
  writeFileSync(STEPS_FILE, `${JSON.stringify(Object.fromEntries(known), undefined, 2)}\n`);
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
  const { isGreen, failed, seconds, stepsTaken } = runTests(caughtBy);
  if (stepsTaken === undefined) steps.delete(what);
  else steps.set(what, stepsTaken);
  for (const undo of restore.reverse()) undo();
  const after = stepsTaken === undefined ? '' : ` after ${stepsTaken} steps`;
  const verdict = isGreen ? 'SURVIVES' : 'caught';
  console.log(`${verdict} | ${what} | ${isGreen ? caughtBy : failed}${after} | ${seconds.toFixed(1)} s`);
  return !isGreen;
}

function runTests(file: string): Tested {
  const begun = performance.now();
  const argv = ['--test', '--test-reporter=tap', join('test', file)];
  // A test runner that is told by its environment that it runs inside another one runs nothing.
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  const { status, stdout } = spawnSync(process.execPath, argv, {
    cwd: copy,
    env: { ...env, SHRINK: '0' },
    timeout: TIMEOUT_MS,
    encoding: 'utf8',
  });
  const failed = /not ok \d+ - (.*)/.exec(stdout)?.[1] ?? 'no answer in time';
  const taken = /after (\d+) steps, seed/.exec(stdout)?.[1];
  const stepsTaken = taken === undefined ? undefined : Number(taken);
  return { isGreen: status === 0, failed, seconds: (performance.now() - begun) / 1000, stepsTaken };
}
