import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import type { TestContext } from 'node:test';
import { helpOf } from '../../src/cli/help.ts';
import { runDemo } from '../../src/cli/demo.ts';
import { renderKubeconfig } from '../../src/platform/identity/kubeconfig.ts';
import { CHANGE_LABEL } from '../../src/lab/simulator/heartbeats.ts';
import type { Simulator } from '../../src/lab/simulator/start-simulator.ts';
import { twoNodes } from '../support/recordings.ts';
import { CA_PEM, simulate } from '../lab/simulator/harness.ts';
import type { DemoParts } from '../../src/cli/demo.ts';
import type { StartDemoProxy } from '../../src/lab/demo/proxy.ts';

class TextSink {
  text = '';
  readonly isTTY: boolean;

  constructor(isTTY = false) {
    this.isTTY = isTTY;
  }

  write(text: string): void {
    this.text += text;
  }
}

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function demo(argv: string[], parts: Partial<DemoParts> = {}): Promise<Ended> {
  const stdout = new TextSink();
  const stderr = new TextSink();
  const { signal } = new AbortController();
  const code = await runDemo(argv, { stdout, stderr, signal }, parts);
  return { code, stdout: stdout.text, stderr: stderr.text };
}

const recordings = await mkdtemp(join(tmpdir(), 'watchsieve-recordings-'));
after(() => rm(recordings, { recursive: true }));
let files = 0;
/** The temporary files of this process, apart from those of others on this machine. */
const temporaryDirectory = await mkdtemp(join(tmpdir(), 'watchsieve-test-'));
process.env['TMPDIR'] = temporaryDirectory;
after(() => rm(temporaryDirectory, { recursive: true }));

async function recording(path?: string): Promise<string> {
  const file = join(recordings, `${++files}.rec`);
  await twoNodes(file, path);
  return file;
}

/** In place of the proxy: nothing at all, the second client connects to the cluster itself. */
const noProxy: StartDemoProxy = ({ upstreamKubeconfigPath }) =>
  Promise.resolve({ kubeconfigPath: upstreamKubeconfigPath, close: () => Promise.resolve() });

/** A change happens soon, and what is lost is given up soon. */
const FAST = { changesEverySeconds: 0.3, stragglersMs: 300 };

/** In place of the proxy: another cluster, which has what the demo waits for at its start, and no changes. */
async function elsewhere(t: TestContext): Promise<{ simulator: Simulator; startProxy: StartDemoProxy }> {
  const simulator = await simulate(t, { nodes: 2 });
  simulator.cluster.setLabel('node-0000', CHANGE_LABEL, 'ready');
  const heartbeats = simulator.cluster.startHeartbeats({ perSecond: 50 });
  t.after(() => heartbeats.stop());
  const startProxy: StartDemoProxy = async ({ stateDir, tokenFile }) => {
    await mkdir(stateDir);
    await writeFile(join(stateDir, 'ca.crt'), CA_PEM);
    const kubeconfigPath = join(stateDir, 'kubeconfig');
    await writeFile(kubeconfigPath, renderKubeconfig({ stateDir, tokenFile, ...simulator.address }));
    return { kubeconfigPath, close: () => Promise.resolve() };
  };
  return { simulator, startProxy };
}

describe('watchsieve demo (R32)', () => {
  test('ends by itself with a summary, and tells of each change that arrived on both sides', async () => {
    const { code, stdout, stderr } = await demo(['--duration', '2s', '--nodes', '5'], {
      ...FAST,
      startProxy: noProxy,
    });
    assert.equal(stderr, '');
    assert.equal(code, 0);
    const lines = stdout.trimEnd().split('\n');
    assert.match(
      lines.at(-1) ?? '',
      /^demo: \d+ events direct, \d+ through watchsieve, 0\.0 % of MODIFIED swallowed, ([1-9])\/\1 changes arrived on both sides$/,
    );
    assert.match(
      stdout,
      /^demo: change #1 node-0000 label simulator\/change=1 arrived: direct [\d.]+ ms, watchsieve [\d.]+ ms$/m,
    );
    assert.match(stdout, /^demo: 00:01 {2}direct [\d.]+ events\/s [\d.]+ [kM]?B\/s \| watchsieve /m);
  });

  test('through the real proxy, swallows nearly all heartbeats and loses no change', async () => {
    const { code, stdout, stderr } = await demo(['--duration', '3s'], { changesEverySeconds: 0.9 });
    assert.equal(stderr, '');
    assert.equal(code, 0);
    const summary = /, ([\d.]+) % of MODIFIED swallowed, ([1-9])\/\2 changes arrived on both sides\n$/.exec(
      stdout,
    );
    assert.ok(summary, stdout);
    assert.ok(Number(summary[1]) >= 95, summary[0]);
  });

  test('--recording shows what a real cluster sent, to both at the same time, and ends with it', async () => {
    const file = await recording();
    const { code, stdout, stderr } = await demo(['--recording', file]);
    assert.equal(stderr, '');
    assert.equal(code, 0);
    assert.match(
      stdout,
      /^demo: 2 Nodes as recorded, [\d.]+ events\/s, watched directly and through watchsieve/,
    );
    assert.match(stdout, /^demo: change #1 node-1 at 40 arrived: direct [\d.]+ ms, watchsieve [\d.]+ ms$/m);
    assert.match(
      stdout,
      /^demo: \d+ events direct, \d+ through watchsieve, 9\d\.\d % of MODIFIED swallowed, 2\/2 changes arrived on both sides$/m,
    );
    assert.deepEqual(await readdir(temporaryDirectory), []);
  });

  test('--recording exits with 1 when a change is lost, and with 2 where it is no recording of Nodes', async (t) => {
    const { startProxy } = await elsewhere(t);
    const { code, stdout } = await demo(['--recording', await recording()], { ...FAST, startProxy });
    assert.equal(code, 1);
    assert.match(stdout, /, 0\/2 changes arrived on both sides\n$/);
    const leases = await recording('/apis/coordination.k8s.io/v1/leases');
    for (const [file, why] of [
      [leases, /the demo shows Nodes, and this is a recording of \/apis\/coordination/],
      [import.meta.filename, /it is not a complete recording of watchsieve/],
      [join(recordings, 'none'), /none does not exist\n$/],
    ] as const) {
      const ended = await demo(['--recording', file]);
      assert.equal(ended.code, 2);
      assert.match(ended.stderr, why);
    }
    const both = await demo(['--recording', leases, '--nodes', '5']);
    assert.equal(both.code, 2);
    assert.match(both.stderr, /--nodes and --heartbeats are of the miniature cluster/);
  });

  test('exits with 1 when a real change is lost', async (t) => {
    const { startProxy } = await elsewhere(t);
    const { code, stdout } = await demo(['--duration', '1s'], { ...FAST, startProxy });
    assert.equal(code, 1);
    assert.match(stdout, /, 0\/[1-9] changes arrived on both sides\n$/);
  });

  test('exits with 1 and the cause when a client gives up', async (t) => {
    const { startProxy, simulator } = await elsewhere(t);
    const stdout = new TextSink();
    // As soon as something is shown, that is when both clients are watching.
    stdout.write = () => {
      for (const stream of simulator.watches()) stream.cut();
    };
    const stderr = new TextSink();
    const { signal } = new AbortController();
    const code = await runDemo([], { stdout, stderr, signal }, { startProxy });
    assert.equal(code, 1);
    assert.match(stderr.text, /^watchsieve demo: the proxied client gave up: .+\n$/);
  });

  test('ends clean when the user ends it, and gives the terminal back', async () => {
    const user = new AbortController();
    const stdout = new TextSink(true);
    // Ctrl-C as soon as the first screen is there.
    stdout.write = (text) => {
      stdout.text += text;
      if (text.includes('watchsieve demo:')) user.abort();
    };
    const stderr = new TextSink();
    const code = await runDemo(
      ['--nodes', '2'],
      { stdout, stderr, signal: user.signal },
      { startProxy: noProxy },
    );
    assert.equal(code, 0);
    assert.ok(stdout.text.startsWith('\x1b[?1049h\x1b[?25l'));
    assert.match(stdout.text, /\x1b\[\?25h\x1b\[\?1049ldemo: \d+ events direct, .* 0\/0 changes .*\n$/);
    assert.deepEqual(await readdir(temporaryDirectory), []);
  });

  test('a proxy that does not start is an error with its cause, and leaves no files', async () => {
    const { code, stderr } = await demo([], {
      startProxy: () => Promise.reject(new Error('no port is free')),
    });
    assert.equal(code, 1);
    assert.equal(stderr, 'watchsieve demo: no port is free\n');
    assert.deepEqual(await readdir(temporaryDirectory), []);
  });

  test('wrong flags are all named, with exit code 2', async () => {
    const { code, stderr } = await demo(['--duration', '10', '--nodes', '0', '--heartbeats', 'many']);
    assert.equal(code, 2);
    assert.match(stderr, /--duration must be a duration/);
    assert.match(stderr, /--nodes must be a number from 1 to 1000, not "0"/);
    assert.match(stderr, /--heartbeats must be a number from 1 to 1000, not "many"/);
    assert.equal((await demo(['--speed', '2'])).code, 2);
    assert.equal((await demo(['now'])).code, 2);
  });

  test('help tells the flags', () => {
    for (const flag of ['--duration', '--nodes', '--heartbeats']) assert.ok(helpOf('demo').includes(flag));
  });
});
