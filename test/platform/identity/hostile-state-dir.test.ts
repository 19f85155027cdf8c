/** A state directory in which others have been before us: nothing of theirs is believed, and nothing stops the start (R23, R24). */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmod, chown, mkdir, mkdtemp, readdir, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { stringify } from 'yaml';
import { chooseToken, readPort } from '../../../src/platform/identity/kubeconfig.ts';
import { ensureIdentity } from '../../../src/platform/identity/state-dir.ts';
import { lockStateDir } from '../../../src/platform/identity/state-lock.ts';
import { ensurePrivateDirectory } from '../../../src/platform/identity/write-file.ts';

const NOW = new Date('2026-01-02T03:04:05Z');
const HOSTS = ['127.0.0.1'];
/** Neither root nor whoever runs tests. */
const SOMEBODY = 54_321;

async function temporary(t: TestContext): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'watchsieve-'));
  t.after(() => rm(path, { recursive: true }));
  return path;
}

/** Makes `path` somebody else's than this process's user. */
async function giveAway(t: TestContext, path: string): Promise<void> {
  const { uid } = await stat(path);
  if (process.geteuid?.() === 0) await chown(path, SOMEBODY, SOMEBODY);
  else t.mock.method(process as unknown as { geteuid: () => number }, 'geteuid', () => uid + 1);
}

const identity = (stateDir: string) => ensureIdentity({ stateDir, hosts: HOSTS, now: NOW });
const ANOTHERS = { name: 'StateDirError', message: /belongs to user \d+, and this is user \d+/ };

test('a directory of another user is refused, before anything is put there', async (t) => {
  const dir = await temporary(t);
  await giveAway(t, dir);
  await assert.rejects(lockStateDir(dir), ANOTHERS);
  await assert.rejects(identity(dir), ANOTHERS);
  await assert.rejects(ensurePrivateDirectory(dir), ANOTHERS);
  assert.deepEqual(await readdir(dir), []);
});

test('a CA key, a certificate or a kubeconfig of another user is refused', async (t) => {
  for (const file of ['ca.key', 'ca.crt', 'tls.key', 'tls.crt']) {
    const dir = await temporary(t);
    await identity(dir);
    await giveAway(t, join(dir, file));
    await assert.rejects(identity(dir), { ...ANOTHERS, message: new RegExp(`${file} belongs to user`) });
    t.mock.restoreAll();
  }
  const dir = await temporary(t);
  await writeFile(join(dir, 'kubeconfig'), 'users: []', { mode: 0o600 });
  await giveAway(t, join(dir, 'kubeconfig'));
  await assert.rejects(chooseToken(dir), ANOTHERS);
  await assert.rejects(readPort(dir, '127.0.0.1'), ANOTHERS);
});

test('a link that another user has put there is not followed, however good what it leads to', async (t) => {
  const base = await temporary(t);
  const [own, other] = [join(base, 'own'), join(base, 'other')];
  await identity(other);
  await mkdir(own);
  await symlink(join(other, 'ca.key'), join(own, 'ca.key'));
  await assert.rejects(identity(own), { name: 'StateDirError', message: /ca\.key is a link/ });
});

for (const file of ['ca.key', 'ca.crt', 'kubeconfig', '.ca.key.tmp', '.lock'])
  test(`a pipe in place of ${file} does not hang the start`, async (t) => {
    const dir = await temporary(t);
    execFileSync('mkfifo', [join(dir, file)]);
    const start = async (): Promise<void> => {
      const lock = await lockStateDir(dir);
      await identity(dir);
      await readPort(dir, '127.0.0.1');
      await lock.release();
    };
    if (file.startsWith('.')) await start();
    else
      await assert.rejects(start(), { name: 'StateDirError', message: new RegExp(`${file} is not a file`) });
  });

test('a file that grows for ever is not read', async (t) => {
  const dir = await temporary(t);
  await writeFile(join(dir, 'ca.key'), 'x'.repeat(2 * 1024 * 1024));
  await assert.rejects(identity(dir), { name: 'StateDirError', message: /ca\.key has more than \d+ bytes/ });
});

test('a token is taken over where nobody else could read it, and it is one that we make', async (t) => {
  const dir = await temporary(t);
  const path = join(dir, 'kubeconfig');
  const leave = async (token: unknown, mode: number): Promise<void> => {
    await writeFile(path, stringify({ users: [{ user: { token } }] }));
    await chmod(path, mode);
  };
  const good = 'a'.repeat(43);
  await leave(good, 0o600);
  assert.equal(await chooseToken(dir), good);
  await leave(good, 0o644);
  assert.match(await chooseToken(dir), /^(?!a{43})[\w-]{43}$/, 'others could read it');
  for (const token of ['x', `${good}a`, 'a b'.repeat(15).slice(0, 43), 1, null]) {
    await leave(token, 0o600);
    assert.match(await chooseToken(dir), /^[\w-]{43}$/);
    assert.notEqual(await chooseToken(dir), token);
  }
});

test('the lock of a directory with a long name lies in that directory, not where anybody could take it', async (t) => {
  const dir = join(await temporary(t), 'x'.repeat(120));
  const before = await locksIn(tmpdir());
  const lock = await lockStateDir(dir);
  assert.equal(lock.unavailable, undefined);
  assert.deepEqual(await readdir(dir), ['.lock']);
  assert.deepEqual(await locksIn(tmpdir()), before);
  await assert.rejects(lockStateDir(dir), { name: 'StateDirError', message: /another watchsieve uses/ });
  await lock.release();
  assert.deepEqual(await readdir(dir), []);
});

async function locksIn(dir: string): Promise<string[]> {
  return (await readdir(dir)).filter((name) => name.endsWith('.lock'));
}
