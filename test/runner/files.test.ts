import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestEvent } from 'node:test/reporters';
import { filesOf, groupsOf, LONG, ROOT } from './files.ts';
import linePerFile from './line-per-file.ts';

test('npm test -- --whole runs every file of tests, npm test all but the long ones, and CI the whole', () => {
  const all = globSync('test/**/*.test.ts', { cwd: ROOT }).sort();
  assert.deepEqual(filesOf(true), all);
  const long = LONG.flatMap((pattern) => {
    const found = globSync(pattern, { cwd: ROOT });
    assert.ok(found.length > 0, `${pattern} is there`);
    return found;
  });
  assert.deepEqual([...filesOf(false), ...long].sort(), all);
  assert.match(readFileSync(join(ROOT, '.ci/run'), 'utf8'), /^npm test -- --whole$/m);
});

test('a file that is named runs, however long it is', () => {
  const [first = ''] = globSync(LONG[0] ?? '', { cwd: ROOT });
  assert.deepEqual(filesOf(false, [first]), [first]);
});

test('no file that shares a process fakes something for all of it', () => {
  for (const file of groupsOf(filesOf(false)).flatMap((group) =>
    group.folders.length > 0 ? group.files : [],
  ))
    assert.doesNotMatch(readFileSync(join(ROOT, file), 'utf8'), /^mock\./m, file);
});

test('a name that no file of tests has runs nothing', () => {
  for (const name of ['test/none.test.ts', 'test/docs'])
    assert.throws(() => filesOf(false, [name]), /no file of tests/);
});

test('files that share a process are run once, as all others are', () => {
  const files = filesOf(false);
  assert.deepEqual(
    groupsOf(files)
      .flatMap((group) => group.files)
      .sort(),
    files,
  );
});

test('what it shows is a line for each file that is done, then each failure, then how many there were', async () => {
  const counts = { tests: 3, passed: 2, skipped: 0, cancelled: 0, todo: 0, suites: 0, topLevel: 3 };
  const file = join(ROOT, 'test/a.test.ts');
  const shared = join(ROOT, 'node_modules/.cache/together/0_test-core_test-cli.mjs');
  const summary = (of: string | undefined, success: boolean) => ({
    type: 'test:summary',
    data: { file: of, success, counts: { ...counts, passed: success ? 3 : 2 }, duration_ms: 1250 },
  });
  const events = [
    ...['it adds', 'it divides'].map((name) => ({ type: 'test:pass', data: { name, file, details: {} } })),
    { type: 'test:stdout', data: { file, message: 'a thousand lines\n' } },
    { type: 'test:fail', data: { name: 'it subtracts', file, details: { error: new Error('3 is not 2') } } },
    // The file itself has failed because of that one.
    { type: 'test:fail', data: { name: 'test/a.test.ts', file, details: { error: new Error('1 failed') } } },
    ...[summary(file, false), summary(shared, true), summary(undefined, false)],
  ];
  const shown: string[] = [];
  // Only what it reads of them is there.
  for await (const text of linePerFile(events as unknown as AsyncIterable<TestEvent>)) shown.push(text);
  const [first, second, last = ''] = shown;
  assert.equal(first, '✖ test/a.test.ts (2 passed, 1 failed, 1.3 s)\n');
  assert.equal(second, '✔ test/core/** test/cli/** (3 passed, 1.3 s)\n');
  assert.match(
    last,
    /^\n✖ test\/a\.test\.ts: it subtracts\nError: 3 is not 2\n[^]*\n\n2 passed, 1 failed, 1\.3 s\n$/,
  );
  assert.doesNotMatch(last, /1 failed\n {4}at|it adds|a thousand/);
});
