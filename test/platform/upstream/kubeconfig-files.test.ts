/** Several kubeconfigs as one, as kubectl takes them. */
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { stringify } from 'yaml';
import { kubeconfigTarget, readKubeconfig } from '../../../src/platform/upstream/kubeconfig-target.ts';

/** Files by their paths, in a folder of their own. @returns the folder */
async function lay(t: TestContext, files: Readonly<Record<string, unknown>>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'watchsieve-kubeconfigs-'));
  t.after(() => rm(folder, { recursive: true }));
  for (const [path, content] of Object.entries(files)) {
    await mkdir(join(folder, path, '..'), { recursive: true });
    await writeFile(join(folder, path), typeof content === 'string' ? content : stringify(content));
  }
  return folder;
}

const cluster = (name: string, port: number) => ({ name, cluster: { server: `https://127.0.0.1:${port}` } });
const context = (name: string, of: string, user: string) => ({ name, context: { cluster: of, user } });

test('of each name, and of current-context, the first file that has it counts', async (t) => {
  const folder = await lay(t, {
    a: { contexts: [context('one', 'c', 'u')], clusters: [cluster('c', 1)] },
    b: {
      'current-context': 'one',
      contexts: [context('one', 'd', 'u'), context('two', 'd', 'v')],
      clusters: [cluster('c', 2), cluster('d', 3)],
      users: [{ name: 'u', user: { token: 'first' } }],
    },
    c: { 'current-context': 'two', users: [{ name: 'u', user: { token: 'second' } }] },
  });
  const files = ['a', 'none', 'b', 'c'].map((file) => join(folder, file));
  assert.equal((await kubeconfigTarget(files)).port, 1);
  assert.equal((await kubeconfigTarget(files, 'two')).port, 3);
  assert.deepEqual((await readKubeconfig(files, undefined)).user, { token: 'first' });
  assert.equal((await kubeconfigTarget(files.toReversed(), 'one')).port, 3);
});

test('a relative path is meant from the file it stands in', async (t) => {
  const user = { 'client-certificate': 'tls.crt', 'client-key': '/abs.key', tokenFile: '../token' };
  const folder = await lay(t, {
    'x/a': { users: [{ name: 'u', user: { ...user, exec: { command: './plugin' } } }] },
    'y/b': { 'current-context': 'c', contexts: [context('c', 'c', 'u')], clusters: [cluster('c', 1)] },
  });
  const read = await readKubeconfig([join(folder, 'y/b'), join(folder, 'x/a')], undefined);
  assert.deepEqual(read.user, {
    'client-certificate': join(folder, 'x/tls.crt'),
    'client-key': '/abs.key',
    tokenFile: join(folder, 'token'),
    exec: { command: join(folder, 'x/plugin') },
  });
});

test('none of several is there: all are named; one that is no kubeconfig is named too', async (t) => {
  const folder = await lay(t, { a: 'a: [', b: 'text' });
  const [none, other] = [join(folder, 'none'), join(folder, 'other')];
  await assert.rejects(kubeconfigTarget([none, other]), /none:\S+other does not exist: outside/);
  await assert.rejects(kubeconfigTarget([folder, none]), /: \S+ cannot be read \(EISDIR\)$/);
  await assert.rejects(kubeconfigTarget(folder), /^Error: kubeconfig \S+ cannot be read \(EISDIR\)$/);
  await assert.rejects(kubeconfigTarget([join(folder, 'b'), none]), /: \S+\/b is not a YAML mapping$/);
});
