/** The program as a process: signals, the end of open watches, and exit codes (R31, R33). */
import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { test, type TestContext } from 'node:test';
import type { Simulator } from '../../src/lab/simulator/start-simulator.ts';
import { CA_PEM, simulate } from '../lab/simulator/harness.ts';
import { temporaryDirectory, watchAt, writeUpstreamKubeconfig } from './harness.ts';
import { packed } from '../support/packed.ts';
import { inTurn } from '../support/property-runs.ts';

const { program: MAIN } = await packed();

/** A child that runs `watchsieve`. */
class Program {
  readonly child: ChildProcess;
  readonly exited: Promise<unknown[]>;
  stdout = '';
  stderr = '';

  constructor(t: TestContext, argv: readonly string[]) {
    this.child = spawn(process.execPath, [MAIN, ...argv], { env: {}, stdio: ['ignore', 'pipe', 'pipe'] });
    this.exited = once(this.child, 'close');
    this.child.stdout?.on('data', (chunk: Buffer) => (this.stdout += chunk.toString()));
    this.child.stderr?.on('data', (chunk: Buffer) => (this.stderr += chunk.toString()));
    t.after(async () => {
      this.child.kill('SIGKILL');
      await this.exited;
    });
  }

  /** Waits for a log line with this message. @throws Error when the process ends without it */
  async logged(msg: string): Promise<Record<string, unknown>> {
    for (;;) {
      const line = this.stdout.split('\n').find((text) => text.includes(`"msg":"${msg}"`));
      if (line !== undefined) return JSON.parse(line) as Record<string, unknown>;
      const { stdout } = this.child;
      if (stdout === null || this.child.exitCode !== null) throw new Error(`${this.stdout}\n${this.stderr}`);
      await Promise.race([once(stdout, 'data'), this.exited]);
    }
  }

  /** The exit code, or the name of the signal. */
  async ended(): Promise<unknown> {
    const [code, signal] = await this.exited;
    return code ?? signal;
  }
}

interface Served {
  readonly program: Program;
  readonly backend: { readonly url: string; readonly caPem: string };
}

async function flags(t: TestContext, { url }: Pick<Simulator, 'url'>): Promise<string[]> {
  const directory = await temporaryDirectory(t);
  const stateDir = await mkdtemp(join(directory, 'state-'));
  return [
    ...['serve', '--listen', '127.0.0.1:0', '--admin-listen', '127.0.0.1:0', '--state-dir', stateDir],
    ...['--kubeconfig', await writeUpstreamKubeconfig(directory, { url, caPem: CA_PEM })],
  ];
}

async function serve(
  t: TestContext,
  simulator: Simulator,
  drainTimeout: string,
  ...more: readonly string[]
): Promise<Served> {
  const argv = await flags(t, simulator);
  const program = new Program(t, [...argv, '--drain-timeout', drainTimeout, ...more]);
  const { listen, kubeconfig } = await program.logged('serving');
  await program.logged('ready');
  const port = Number(Reflect.get(Object(listen), 'port'));
  const caPem = await readFile(join(String(kubeconfig), '..', 'ca.crt'), 'utf8');
  return { program, backend: { url: `https://127.0.0.1:${port}`, caPem } };
}

const WATCH_LIST = 'resourceVersion=0&allowWatchBookmarks=true';

test('SIGTERM with open watches: each ends cleanly behind a whole frame, exit 0 within the drain timeout (R31)', async (t) => {
  const simulator = await simulate(t, { imagesPerNode: 50 });
  const { program, backend } = await serve(t, simulator, '500ms');
  const watches = await Promise.all(
    (['json', 'protobuf', 'json', 'protobuf'] as const).map((encoding) =>
      watchAt(t, backend, WATCH_LIST, encoding),
    ),
  );
  for (const watch of watches) await watch.take(4);
  // Frames are under way all the time.
  const heartbeats = simulator.cluster.startHeartbeats({ perSecond: 200, changesEverySeconds: 0.002 });
  t.after(() => heartbeats.stop());
  for (const watch of watches) await watch.take(1);

  const askedAt = performance.now();
  program.child.kill('SIGTERM');
  // takeAll() fails on half a frame, and on a body without its end.
  const frames = await Promise.all(watches.map((watch) => watch.takeAll()));
  // Written as fast as they can be, they would leave this process no time for anything else.
  heartbeats.stop();
  assert.equal(await program.ended(), 0);
  // The timeout, and the time a machine that runs other tests takes to end a process; a hang would be minutes.
  assert.ok(performance.now() - askedAt < 500 + 4500);
  // The last one went on while the first had ended: the ends are spread.
  assert.ok((frames.at(-1)?.length ?? 0) > 0);
  assert.equal(program.stdout.match(/"cause":"drain"/g)?.length, 4);
  assert.match(program.stdout, /"msg":"stopped"/);
  assert.equal(program.stderr, '');
});

test('SIGTERM with nothing to drain exits 0 at once; a second signal exits 1 however long the drain would take (R31)', async (t) => {
  const simulator = await simulate(t);
  const idle = await serve(t, simulator, '10m');
  const askedAt = performance.now();
  idle.program.child.kill('SIGTERM');
  assert.equal(await idle.program.ended(), 0);
  assert.ok(performance.now() - askedAt < 2000);

  const busy = await serve(t, simulator, '10m');
  for (const watch of await Promise.all([
    watchAt(t, busy.backend, WATCH_LIST),
    watchAt(t, busy.backend, WATCH_LIST),
  ]))
    await watch.take(4);
  busy.program.child.kill('SIGTERM');
  await busy.program.logged('draining');
  assert.equal(busy.program.child.exitCode, null);
  busy.program.child.kill('SIGTERM');
  assert.equal(await busy.program.ended(), 1);
});

test('a reader of the log that goes away is no reason to stop serving (I9)', async (t) => {
  const simulator = await simulate(t);
  const { program, backend } = await serve(t, simulator, '1s');
  program.child.stdout?.destroy();
  // Each of them would be logged.
  for (let count = 0; count < 3; count++) await (await watchAt(t, backend, WATCH_LIST)).take(4);
  assert.equal(program.child.exitCode, null);
  program.child.kill('SIGTERM');
  assert.equal(await program.ended(), 0);
  assert.doesNotMatch(program.stderr, /EPIPE/);
});

test('SIGTERM with a client grace: a client that is there is served, new watches too, until it has gone (R31)', async (t) => {
  const simulator = await simulate(t);
  const { program, backend } = await serve(t, simulator, '100ms', '--client-grace', '10m');
  const { adminListen } = await program.logged('serving');
  const watch = await watchAt(t, backend, WATCH_LIST);
  await watch.take(4);
  program.child.kill('SIGTERM');
  await program.logged('draining');
  const readyz = `http://127.0.0.1:${String(Reflect.get(Object(adminListen), 'port'))}/readyz`;
  assert.equal((await fetch(readyz)).status, 503);
  // What is new is served as before, and what runs goes on.
  const another = await watchAt(t, backend, WATCH_LIST);
  await another.take(4);
  simulator.cluster.setLabel(simulator.cluster.nodeNames()[0] ?? '', 'moved', 'yes');
  await watch.take(1);
  assert.equal(program.child.exitCode, null);
  watch.abort();
  another.abort();
  assert.equal(await program.ended(), 0);
});

test('a port that is taken is exit 1 with the flag named (R33)', async (t) => {
  const taken = createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  t.after(() => taken.close());
  const address = taken.address();
  assert.ok(typeof address === 'object' && address !== null);
  const { port } = address;
  const argv = await flags(t, await simulate(t));
  // The last listener of all: what listens already must not keep the process.
  const program = new Program(t, [...argv, '--metrics-listen', `127.0.0.1:${port}`]);
  assert.equal(await program.ended(), 1);
  const message = `port ${port} on 127.0.0.1 is taken by another process: free it or set --metrics-listen`;
  assert.equal(program.stderr, `watchsieve: ${message}\n`);
});

test('wrong settings are exit 2 with every problem named, and nothing is started (R33)', async (t) => {
  const program = new Program(t, ['serve', '--preset', 'none', '--drain-timeout', '1', '--lisen', 'x']);
  assert.equal(await program.ended(), 2);
  for (const flag of ['--preset', '--drain-timeout', '--lisen'])
    assert.ok(program.stderr.includes(flag), flag);
  assert.equal(program.stdout, '');
});

for (const [at, command] of ['serve', 'init'].entries())
  for (const stateDir of inTurn(['/proc/x', '/dev/null', '/proc/x/y', '/dev/null/x', '/sys/x'], at))
    test(`${command} in ${stateDir}, which cannot be made, is exit 1 with the reason (R33)`, async (t) => {
      const argv = await flags(t, await simulate(t));
      const program = new Program(t, [
        ...[command, ...argv.slice(1), '--listen', '127.0.0.1:17480', '--state-dir', stateDir],
      ]);
      assert.equal(await program.ended(), 1);
      assert.match(program.stderr, /^watchsieve: cannot create directory .*E[A-Z]+.* \(see --state-dir\)\n$/);
    });
