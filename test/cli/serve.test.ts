import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { test } from 'node:test';
import { PRESETS } from '../../src/core/projection/presets.ts';
import { serve, type RunningApp, type StartApp } from '../../src/cli/serve.ts';
import { fakeIo } from './fake-io.ts';

const APP: RunningApp = {
  proxyAddress: { host: '127.0.0.1', port: 17480 },
  adminAddress: { host: '127.0.0.1', port: 17481 },
  kubeconfigPath: '/run/watchsieve/kubeconfig',
  drain: () => Promise.resolve(),
  close: () => Promise.resolve(),
};

const starting =
  (app: RunningApp): StartApp =>
  () =>
    Promise.resolve(app);
const failing =
  (error: Error): StartApp =>
  () =>
    Promise.reject(error);

test('settings reach the app, and who set them is logged without their defaults (R33)', async () => {
  const io = fakeIo({ WATCHSIEVE_MODE: 'observe' });
  const calls: Parameters<StartApp>[] = [];
  const running = serve(['--listen', '[::1]:0'], io, (...call) => {
    calls.push(call);
    return Promise.resolve(APP);
  });
  await io.wrote(/"serving"/);
  const [settings, context] = calls[0] ?? assert.fail('the app was not started');
  assert.equal(settings.mode, 'observe');
  assert.deepEqual(settings.listen, { host: '::1', port: 0 });
  assert.equal(context.env, io.env);
  assert.equal(context.sources.get('mode'), 'WATCHSIEVE_MODE');
  assert.match(io.out(), /"settings":\{"mode":"WATCHSIEVE_MODE","listen":"--listen"\},"msg":"starting"/);
  io.signals.emit('SIGTERM');
  assert.equal(await running, 0);
});

for (const signal of ['SIGTERM', 'SIGINT']) {
  test(`${signal} drains, then closes, then exits 0 (R31)`, async () => {
    const io = fakeIo();
    const steps: string[] = [];
    const step = (name: string) => () => {
      steps.push(name);
      return Promise.resolve();
    };
    const running = serve([], io, starting({ ...APP, drain: step('drain'), close: step('close') }));
    await io.wrote(/"serving"/);
    assert.deepEqual(steps, []);
    io.signals.emit(signal);
    assert.equal(await running, 0);
    assert.deepEqual(steps, ['drain', 'close']);
    assert.deepEqual(io.exitCodes, []);
    assert.equal(io.signals.listenerCount('SIGTERM') + io.signals.listenerCount('SIGINT'), 0);
  });
}

test('a second signal exits at once, however long the drain takes (R31)', async () => {
  const io = fakeIo();
  const draining = Promise.withResolvers<undefined>();
  const running = serve([], io, starting({ ...APP, drain: () => draining.promise }));
  await io.wrote(/"serving"/);
  io.signals.emit('SIGTERM');
  await io.wrote(/"draining"/);
  assert.deepEqual(io.exitCodes, []);
  io.signals.emit('SIGINT');
  assert.deepEqual(io.exitCodes, [1]);
  draining.resolve(undefined);
  await running;
});

test('a signal while starting stops at once with exit 0', async () => {
  const io = fakeIo();
  const never = Promise.withResolvers<RunningApp>();
  const running = serve([], io, () => {
    io.signals.emit('SIGTERM');
    return never.promise;
  });
  assert.equal(await running, 0);
  assert.match(io.out(), /"stopped during the start"/);
});

test('a drain that fails is exit 1 and logged', async () => {
  const io = fakeIo();
  const running = serve([], io, starting({ ...APP, drain: () => Promise.reject(new Error('stuck')) }));
  await io.wrote(/"serving"/);
  io.signals.emit('SIGTERM');
  assert.equal(await running, 1);
  assert.match(io.out(), /stuck/);
});

test('a port that is taken is exit 1 with one line that names the flag', async (t) => {
  const taken = createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  t.after(() => taken.close());
  const address = taken.address();
  assert.ok(typeof address === 'object' && address !== null);
  const startApp: StartApp = async () => {
    await once(createServer().listen(address.port, '127.0.0.1'), 'listening');
    return APP;
  };
  for (const flag of ['--listen', '--admin-listen', '--metrics-listen']) {
    const io = fakeIo();
    assert.equal(await serve([flag, `127.0.0.1:${address.port}`], io, startApp), 1);
    assert.equal(
      io.err(),
      `watchsieve: port ${address.port} on 127.0.0.1 is taken by another process: free it or set ${flag}\n`,
    );
  }
});

test('any other failure to start is exit 1 with its message and no stack', async () => {
  const io = fakeIo();
  assert.equal(await serve([], io, failing(new Error('cannot write /x: EACCES (see --state-dir)'))), 1);
  assert.equal(io.err(), 'watchsieve: cannot write /x: EACCES (see --state-dir)\n');
});

test('addresses that cannot be listened on are told apart', async () => {
  const listenError = (code: string) =>
    Object.assign(new Error(code), { code, syscall: 'listen', address: '127.0.0.1', port: 17480 });
  const messages = {
    EADDRNOTAVAIL: /is not an address of this machine/,
    EACCES: /may not be used by this user/,
    ENOBUFS: /\(ENOBUFS\)/,
  };
  for (const [code, message] of Object.entries(messages)) {
    const io = fakeIo();
    assert.equal(await serve([], io, failing(listenError(code))), 1);
    assert.match(io.err(), message);
    assert.match(io.err(), /set --listen\n$/);
  }
});

test('wrong settings are exit 2, every problem on its own line, and nothing is started (R33)', async () => {
  const io = fakeIo({ WATCHSIEVE_MODE: 'x' });
  const code = await serve(['--lissten', 'a', '--preset', 'b'], io, () => assert.fail('the app was started'));
  assert.equal(code, 2);
  assert.deepEqual(io.err().split('\n'), [
    'watchsieve: unknown flag --lissten (did you mean --listen?)',
    'watchsieve: WATCHSIEVE_MODE must be one of filter, observe, not "x"',
    `watchsieve: --preset must be one of ${PRESETS.join(', ')}, or a name under projections in the config file, not "b"`,
    'See watchsieve serve --help.',
    '',
  ]);
  assert.equal(io.out(), '');
});
