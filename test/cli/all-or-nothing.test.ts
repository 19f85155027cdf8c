/** `inject --in-place` leaves every file as it was where one of them cannot be written (R44). */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import {
  chmod,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { replaceAll } from '../../src/cli/replace-files.ts';
import { SPEAKER } from '../install/inject/manifests.ts';

async function folder(t: TestContext): Promise<string> {
  const made = await mkdtemp(join(tmpdir(), 'watchsieve-'));
  t.after(() => rm(made, { recursive: true }));
  return made;
}

test('a disk that takes the first file and not the second leaves both as they were', async (t) => {
  const program = fileURLToPath(new URL('../../src/main.ts', import.meta.url));
  const dir = await folder(t);
  const large = `${SPEAKER}# ${'x'.repeat(64 * 1024)}\n`;
  await writeFile(join(dir, 'a.yaml'), SPEAKER);
  await writeFile(join(dir, 'b.yaml'), large);
  // No file of this process grows beyond 32 KiB: the write of more fails, as on a full disk.
  const limited = 'trap \'\' XFSZ; ulimit -f 64; exec "$@"';
  const command = [process.execPath, program, 'inject', '--in-place', '--image', 'x.example/w:1', dir];
  const { code, stderr } = await new Promise<{ code: number | null; stderr: string }>((resolve) => {
    const child = execFile('sh', ['-c', limited, 'sh', ...command], { env: {} }, (_error, _stdout, told) => {
      resolve({ code: child.exitCode, stderr: told });
    });
  });
  assert.equal(code, 1);
  assert.match(stderr, /^watchsieve: \S*b\.yaml: cannot be written \(EFBIG\); nothing was changed$/m);
  assert.equal(await readFile(join(dir, 'a.yaml'), 'utf8'), SPEAKER);
  assert.equal(await readFile(join(dir, 'b.yaml'), 'utf8'), large);
  assert.deepEqual((await readdir(dir)).sort(), ['a.yaml', 'b.yaml']);
});

test('where the last of three cannot be put in its place, those before it are put back', async (t) => {
  const dir = await folder(t);
  const [first, second, third] = ['a', 'b', 'c'].map((name) => join(dir, name));
  assert.ok(first !== undefined && second !== undefined && third !== undefined);
  await writeFile(first, 'old a');
  await writeFile(second, 'old b');
  await chmod(second, 0o640);
  // A folder with something in it is not replaced by a file.
  await mkdir(join(third, 'full'), { recursive: true });
  const changes = [first, second, third].map((path) => ({ path, from: `old ${path.at(-1)}`, to: 'new' }));
  assert.match((await replaceAll(changes)) ?? '', /c: cannot be written \(\w+\); nothing was changed$/);
  assert.equal(await readFile(first, 'utf8'), 'old a');
  assert.equal(await readFile(second, 'utf8'), 'old b');
  assert.equal((await stat(second)).mode & 0o777, 0o640);
  assert.deepEqual((await readdir(dir)).sort(), ['a', 'b', 'c']);
});

test('a link stays a link, and what it leads to keeps its mode', async (t) => {
  const dir = await folder(t);
  const [file, link] = [join(dir, 'file'), join(dir, 'link')];
  await writeFile(file, 'old');
  await chmod(file, 0o604);
  await symlink(file, link);
  assert.equal(await replaceAll([{ path: link, from: 'old', to: 'new' }]), undefined);
  assert.ok((await lstat(link)).isSymbolicLink());
  assert.equal(await readFile(file, 'utf8'), 'new');
  assert.equal((await stat(file)).mode & 0o777, 0o604);
});
