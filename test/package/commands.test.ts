/** Each command of the installed package, on a terminal and piped (R49): what a bundle loses is not seen in the sources. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test, type TestContext } from 'node:test';
import { writeUpstreamKubeconfig } from '../serve/harness.ts';
import { CA_PEM, simulate } from '../lab/simulator/harness.ts';
import { Child } from '../support/child.ts';
import { inTurn } from '../support/property-runs.ts';
import { type Packed, packed } from '../support/packed.ts';
import { Terminal } from '../support/terminal.ts';
import { FakeApi } from '../install/webhook/fake-api.ts';
import { serveFakeApi } from '../install/webhook/served-api.ts';

const SPEAKER = `apiVersion: apps/v1
kind: DaemonSet
metadata:
  name: speaker
  namespace: metallb-system
spec:
  selector: { matchLabels: { component: speaker } }
  template:
    metadata: { labels: { component: speaker } }
    spec:
      containers:
        - name: speaker
          image: quay.io/metallb/speaker:v0.16.1
`;

interface Running {
  /** Resolves once its output holds this. */
  shows(pattern: RegExp): Promise<unknown>;
  stop(): void;
  readonly exited: Promise<number | NodeJS.Signals>;
  text(): string;
}

type Start = (t: TestContext, args: readonly string[]) => Running;

describe('the installed package (R49)', () => {
  const folder = mkdtempSync(join(tmpdir(), 'watchsieve-commands-'));
  let product: Packed;
  before(async () => {
    product = await packed();
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  const onTerminal: Start = (t, args) => {
    const terminal = new Terminal({
      command: process.execPath,
      args: [product.program, ...args],
      cwd: folder,
    });
    t.after(() => terminal.close());
    return {
      shows: (pattern) => terminal.shows(pattern),
      stop: () => terminal.signal('SIGTERM'),
      exited: terminal.exited,
      text: () => terminal.shown,
    };
  };

  const piped: Start = (t, args) => {
    const child = new Child({
      name: 'watchsieve',
      command: process.execPath,
      args: [product.program, ...args],
      env: { HOME: folder, KUBECONFIG: '' },
      cwd: folder,
    });
    child.endInput();
    t.after(() => child.stop());
    return {
      shows: (pattern) => child.stdout.waitFor(pattern.source, (line) => pattern.test(line), 30_000),
      stop: () => child.signal('SIGTERM'),
      exited: child.exited,
      text: () => [...child.stdout.lines, ...child.stderr.lines].join('\n'),
    };
  };

  /** Flags that lead `serve`, `init` and `check` to a cluster, and a state directory of their own. */
  async function cluster(t: TestContext): Promise<readonly string[]> {
    const { url } = await simulate(t);
    const home = mkdtempSync(join(folder, 'home-'));
    const kubeconfig = await writeUpstreamKubeconfig(home, { url, caPem: CA_PEM });
    return ['--kubeconfig', kubeconfig, '--state-dir', join(home, 'state')];
  }

  const TRIED = [
    'serve',
    'init',
    'check',
    'analyze',
    'record',
    'replay',
    'webhook',
    'demo',
    'inject',
    'uninject',
  ];
  const PORTS = ['--listen', '127.0.0.1:0', '--admin-listen', '127.0.0.1:0'];

  /** Each is made in both places, or in one of them where time is short. */
  const TRIES: readonly ((where: string, start: Start) => unknown)[] = [
    (where, start) =>
      test(`serve ${where} serves until it is stopped, and exits 0`, async (t) => {
        const serve = start(t, ['serve', ...PORTS, ...(await cluster(t))]);
        await serve.shows(where === 'piped' ? /"msg":"serving"/ : /\bserving\b/);
        serve.stop();
        assert.equal(await serve.exited, 0, serve.text());
        assert.match(serve.text(), /stopped/);
      }),
    (where, start) =>
      test(`serve ${where} finds the fields of the resources that it is told to sieve`, async (t) => {
        const resources = ['--resources', 'pods,endpointslices.discovery.k8s.io,deployments.apps'];
        const serve = start(t, ['serve', ...PORTS, ...resources, ...(await cluster(t))]);
        await serve.shows(where === 'piped' ? /"msg":"serving"/ : /\bserving\b/);
        serve.stop();
        assert.equal(await serve.exited, 0, serve.text());
      }),
    (where, start) =>
      test(`init ${where} writes the kubeconfig and exits 0`, async (t) => {
        const init = start(t, ['init', '--listen', '127.0.0.1:17480', ...(await cluster(t))]);
        assert.equal(await init.exited, 0, init.text());
        assert.match(init.text(), /state directory is prepared/);
      }),
    (where, start) =>
      test(`check ${where} looks at the installation and exits 1 where nothing serves`, async (t) => {
        const check = start(t, ['check', ...(await cluster(t))]);
        assert.equal(await check.exited, 1, check.text());
        assert.match(check.text(), /settings +valid/);
      }),
    (where, start) =>
      test(`analyze ${where} shows how far it is, then its report, and exits 0`, async (t) => {
        const { url } = await simulate(t);
        const kubeconfig = await writeUpstreamKubeconfig(mkdtempSync(join(folder, 'home-')), {
          ...{ url, caPem: CA_PEM, token: 'a-token' },
        });
        const analyze = start(t, ['analyze', '--kubeconfig', kubeconfig, '--duration', '1s']);
        assert.equal(await analyze.exited, 0, analyze.text());
        assert.match(analyze.text(), /Watching for 1 s/);
        assert.match(analyze.text(), /nodes: 0 events/);
      }),
    (where, start) =>
      test(`record ${where} writes what replay serves until it is stopped, and both exit 0`, async (t) => {
        const { url } = await simulate(t);
        const home = mkdtempSync(join(folder, 'home-'));
        const kubeconfig = await writeUpstreamKubeconfig(home, { url, caPem: CA_PEM, token: 'a-token' });
        const file = join(home, 'nodes.rec');
        const record = start(t, ['record', file, '--kubeconfig', kubeconfig, '--duration', '1s']);
        assert.equal(await record.exited, 0, record.text());
        assert.match(record.text(), /4 events in/);
        const replay = start(t, ['replay', file]);
        await replay.shows(/Until Ctrl-C/);
        replay.stop();
        assert.equal(await replay.exited, 0, replay.text());
      }),
    (where, start) =>
      test(`webhook ${where} serves until it is stopped, and exits 0`, async (t) => {
        const api = new FakeApi();
        api.configure();
        const served = await serveFakeApi(api);
        t.after(() => served.close());
        const kubeconfig = join(mkdtempSync(join(folder, 'webhook-')), 'kubeconfig');
        writeFileSync(kubeconfig, served.kubeconfig);
        const webhook = start(t, [
          ...['webhook', '--listen', '127.0.0.1:0', '--health-listen', '127.0.0.1:0', '--host', '127.0.0.1'],
          ...['--secret', 'watchsieve-system/ca', '--kubeconfig', kubeconfig, '--drain-delay', '0s'],
          ...['--image', 'registry.example.com/watchsieve:0.1.0'],
        ]);
        await webhook.shows(/caBundle written/);
        webhook.stop();
        assert.equal(await webhook.exited, 0, webhook.text());
        assert.match(webhook.text(), /stopped/);
      }),
    (where, start) =>
      test(`demo ${where} shows both sides and exits 0`, async (t) => {
        const demo = start(t, ['demo', '--duration', '2s', '--nodes', '3']);
        assert.equal(await demo.exited, 0, demo.text());
        assert.match(demo.text(), /watchsieve/);
      }),
    (where, start) =>
      test(`inject ${where} writes the manifests, and uninject takes it out again`, async (t) => {
        const file = join(mkdtempSync(join(folder, 'inject-')), 'speaker.yaml');
        writeFileSync(file, SPEAKER);
        const image = ['--image', 'registry.example.com/watchsieve:0.1.0'];
        const inject = start(t, ['inject', ...image, '--in-place', file]);
        assert.equal(await inject.exited, 0, inject.text());
        const shown = start(t, ['uninject', file]);
        assert.equal(await shown.exited, 0, shown.text());
        assert.match(shown.text(), /kind: DaemonSet/);
      }),
  ];
  const PLACES = [
    ['on a terminal', onTerminal],
    ['piped', piped],
  ] as const;
  for (const [at, tryIt] of TRIES.entries())
    for (const [where, start] of inTurn(PLACES, at)) tryIt(where, start);

  test('every command is tried here', async (t) => {
    const help = piped(t, ['--help']);
    assert.equal(await help.exited, 0);
    const commands = [...help.text().matchAll(/^ {2}([a-z]+) {2}/gm)].map(([, name]) => name);
    assert.deepEqual([...new Set(commands)].sort(), [...TRIED, 'completion', 'help', 'version'].sort());
  });
});
