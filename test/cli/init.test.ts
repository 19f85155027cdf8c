import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { flagsOf } from '../../src/cli/completion.ts';
import { helpOf } from '../../src/cli/help.ts';
import { init } from '../../src/cli/init.ts';
import { SETTING_FIELDS, SETTINGS } from '../../src/config/settings.ts';
import { initState } from '../../src/serve/init-state.ts';
import { lockStateDir } from '../../src/platform/identity/state-lock.ts';
import { fakeIo } from './fake-io.ts';
import { CA_PEM, simulate } from '../lab/simulator/harness.ts';
import { runReady } from '../serve/harness.ts';

const IN_CLUSTER = { KUBERNETES_SERVICE_HOST: '10.0.0.1', KUBERNETES_SERVICE_PORT: '443' };

async function stateDir(t: TestContext): Promise<string> {
  const base = await mkdtemp(join(tmpdir(), 'watchsieve-'));
  t.after(() => rm(base, { recursive: true }));
  return join(base, 'state');
}

async function runInit(dir: string, argv: readonly string[] = [], env: Record<string, string> = IN_CLUSTER) {
  const io = fakeIo({ ...env, WATCHSIEVE_CONFIG: join(dir, '..', 'config.yaml') });
  await writeFile(join(dir, '..', 'config.yaml'), '');
  const code = await init(['--state-dir', dir, ...argv], io, () => Promise.resolve(initState));
  return { code, out: io.out(), err: io.err() };
}

async function contents(dir: string): Promise<Record<string, string>> {
  const files = (await readdir(dir)).filter((file) => file !== '.lock').sort();
  return Object.fromEntries(
    await Promise.all(files.map(async (file) => [file, await readFile(join(dir, file), 'utf8')] as const)),
  );
}

test('init leaves the state directory as serve does, and exits 0; serve goes on with it as it is (R24)', async (t) => {
  const dir = await stateDir(t);
  const { code, out, err } = await runInit(dir, ['--token-file', '/token']);
  assert.deepEqual([code, err], [0, '']);
  assert.match(out, /"msg":"the state directory is prepared"/);
  const prepared = await contents(dir);
  assert.deepEqual(Object.keys(prepared), [
    ...['ca.crt', 'ca.key', 'kubeconfig', 'swallowed-under', 'tls.crt', 'tls.key'],
  ]);
  assert.equal(prepared['swallowed-under'], '', 'no client can have been there');
  assert.match(prepared['kubeconfig'] ?? '', /server: https:\/\/127\.0\.0\.1:17480\n/);

  // Again, as when a Pod's sandbox is made anew: nothing changes.
  assert.equal((await runInit(dir, ['--token-file', '/token'])).code, 0);
  assert.deepEqual(await contents(dir), prepared);

  const simulator = await simulate(t);
  const backend = { url: simulator.url, caPem: CA_PEM };
  const proxy = await runReady(t, backend, { stateDir: dir, argv: ['--token-file', '/token'] });
  const { kubeconfig, 'swallowed-under': record, ...keys } = await contents(dir);
  const { kubeconfig: preparedKubeconfig, 'swallowed-under': _, ...preparedKeys } = prepared;
  assert.match(record ?? '', /^[\w-]{43}\n$/, 'its own projection, and nothing that is not known');
  assert.deepEqual(keys, preparedKeys);
  const port = String(proxy.app.proxyAddress.port);
  assert.equal(
    kubeconfig,
    preparedKubeconfig?.replace('17480', port),
    'this test lets serve choose its port',
  );
});

test('init lists in its help each setting that it obeys, and no other (R33)', async (t) => {
  const dir = await stateDir(t);
  const clients = [
    '--in-cluster-token-file',
    '/token',
    '--in-cluster-namespace',
    'a',
    '--client-presets',
    'labels',
  ];
  const read = new Set<string>();
  const io = fakeIo({ ...IN_CLUSTER, WATCHSIEVE_CONFIG: '/dev/null' });
  const code = await init(['--state-dir', dir, ...clients], io, () =>
    Promise.resolve((settings, context) =>
      initState(
        new Proxy(settings, {
          get: (target, field, receiver) => {
            read.add(String(field));
            return Reflect.get(target, field, receiver) as unknown;
          },
        }),
        context,
      ),
    ),
  );
  assert.equal(code, 0, io.err());
  assert.ok((await readdir(dir)).includes('kubeconfig-labels'));
  // These are read before the directory is prepared.
  const first = ['config', 'kubeconfig', 'logLevel', 'logFormat'];
  const obeyed = SETTING_FIELDS.filter((field) => read.has(field) || first.includes(field));
  assert.deepEqual(
    flagsOf(helpOf('init'))
      .map(({ name }) => name)
      .sort(),
    obeyed.map((field) => `--${SETTINGS[field].flag}`).sort(),
  );
});

test('port 0, a missing upstream and wrong settings are exit 2, and nothing is written (R33)', async (t) => {
  const dir = await stateDir(t);
  const withoutPort = await runInit(dir, ['--listen', '127.0.0.1:0']);
  assert.equal(withoutPort.code, 2);
  assert.match(withoutPort.err, /^watchsieve: --listen has port 0, and init must know the port/);
  const outside = await runInit(dir, [], {});
  assert.equal(outside.code, 2);
  assert.match(outside.err, /not running in a Pod/);
  const wrong = await runInit(dir, ['--preset', 'none', '--listn', 'x']);
  assert.equal(wrong.code, 2);
  assert.match(wrong.err, /--listn .*\n.*--preset must be/);
  await assert.rejects(readdir(dir), { code: 'ENOENT' });
});

test('a state directory that another watchsieve uses is left alone: exit 1 (R24)', async (t) => {
  const dir = await stateDir(t);
  const lock = await lockStateDir(dir);
  t.after(() => lock.release());
  const { code, err } = await runInit(dir);
  assert.equal(code, 1);
  assert.match(err, /another watchsieve uses/);
  assert.deepEqual(await contents(dir), {});
});
