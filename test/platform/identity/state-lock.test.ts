import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { lockStateDir } from '../../../src/platform/identity/state-lock.ts';

async function stateDir(t: TestContext, below = 'state'): Promise<string> {
  const base = await mkdtemp(join(tmpdir(), 'watchsieve-'));
  t.after(() => rm(base, { recursive: true }));
  return join(base, below);
}

test("a state directory is one watchsieve's; the second is told whose it is and what to do (R24)", async (t) => {
  const dir = await stateDir(t);
  const lock = await lockStateDir(dir);
  assert.equal(lock.unavailable, undefined);
  await assert.rejects(lockStateDir(dir), {
    name: 'StateDirError',
    message: `another watchsieve uses ${dir}: stop it, or give each a --state-dir of its own`,
  });
  await lock.release();
  assert.deepEqual(await readdir(dir), []);
  await (await lockStateDir(dir)).release();
});

test('what a killed holder leaves behind is no lock (R24)', async (t) => {
  const dir = await stateDir(t);
  const program = `
    const { lockStateDir } = await import(${JSON.stringify(new URL('../../../src/platform/identity/state-lock.ts', import.meta.url))});
    await lockStateDir(${JSON.stringify(dir)});
    console.log('held');
    setInterval(() => undefined, 1000);`;
  const holder = spawn(process.execPath, ['--input-type=module', '-e', program]);
  t.after(() => holder.kill('SIGKILL'));
  await once(holder.stdout, 'data');
  await assert.rejects(lockStateDir(dir), { name: 'StateDirError' });
  holder.kill('SIGKILL');
  await once(holder, 'exit');
  assert.deepEqual(await readdir(dir), ['.lock']);
  await (await lockStateDir(dir)).release();
});

test('a directory with a name too long for a socket is locked all the same', async (t) => {
  const dir = await stateDir(t, 'x'.repeat(120));
  const lock = await lockStateDir(dir);
  assert.equal(lock.unavailable, undefined);
  await assert.rejects(lockStateDir(dir), { name: 'StateDirError' });
  await lock.release();
});
