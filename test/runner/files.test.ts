import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { filesOf, groupsOf, LONG, ROOT } from './files.ts';

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

test('files that share a process are run once, as all others are', () => {
  const files = filesOf(false);
  assert.deepEqual(
    groupsOf(files)
      .flatMap((group) => group.files)
      .sort(),
    files,
  );
});
