/**
 * R5: an outage of 60 s under a model of client-go's reflector, directly and through the proxy. The reflector's sleeps
 * take no time of ours (a virtual clock): the outage ends when it has slept for 60 s. The proxy needs no clock for
 * this, since each of its answers depends on that request alone.
 */
import assert from 'node:assert/strict';
import { describe, test, type TestContext } from 'node:test';
import { startSimulator, type Simulator } from '../../src/lab/simulator/start-simulator.ts';
import { runReady } from '../serve/harness.ts';
import { eventually, startApiServer, type ApiServerOptions } from '../support/api-server.ts';
import { LOOPBACK, makeCertificates } from '../support/certificates.ts';
import { ModelReflector } from './reflector.ts';
import { Switch } from './switch.ts';
import { HTTP_VERSIONS } from './table.ts';
import { VirtualClock } from './virtual-clock.ts';
import { inTurn } from '../support/property-runs.ts';

const OUTAGE_MS = 60_000;

type GoDown = (port: Switch, t: TestContext) => Promise<void>;

/** Something else answers in the place of the API server. */
const insteadOfIt =
  (handler: ApiServerOptions['handler'], isTrusted = true): GoDown =>
  async (port, t) => {
    const server = await startApiServer({
      handler,
      certificates: isTrusted ? LOOPBACK : await makeCertificates(['127.0.0.1']),
    });
    t.after(() => server[Symbol.asyncDispose]());
    port.lead(server.port);
  };

const answering = (code: number, headers: Record<string, string> = {}): GoDown =>
  insteadOfIt((_req, res) => res.writeHead(code, headers).end());

/** Ways to be down, and how many LISTs client-go then sends without a proxy, beyond the one at its start. */
const OUTAGES: readonly (readonly [name: string, goDown: GoDown, relistsDirectly: boolean])[] = [
  ['connection refused', (port) => port.close(), false],
  [
    'hang-up on each connection',
    (port) => {
      port.lead('nowhere');
      return Promise.resolve();
    },
    false,
  ],
  ['a certificate of another authority', insteadOfIt((_req, res) => res.end(), false), true],
  ['429 with Retry-After', answering(429, { 'retry-after': '1' }), false],
  ['503 with Retry-After', answering(503, { 'retry-after': '1' }), true],
  ['503 without Retry-After', answering(503), true],
  ['500', answering(500), true],
];

interface Result {
  readonly lists: number;
  readonly watches: number;
  readonly state: string;
}

for (const [at, [name, goDown, relistsDirectly]] of OUTAGES.entries())
  describe(`R5: 60 s of ${name}`, () => {
    for (const bookmarks of inTurn([true, false], at))
      test(`no more LISTs than directly, and the same state, ${bookmarks ? 'with' : 'without'} bookmarks`, async (t) => {
        const direct = await surviveOutage(t, goDown, { bookmarks });
        assert.equal(direct.lists > 1, relistsDirectly, `${direct.lists} LISTs directly`);
        for (const http of inTurn(HTTP_VERSIONS, at >> 1)) {
          const proxied = await surviveOutage(t, goDown, { bookmarks, http });
          assert.ok(proxied.lists <= direct.lists, `${proxied.lists} LISTs, ${direct.lists} directly`);
          if (!relistsDirectly) assert.equal(proxied.lists, 1);
          assert.equal(proxied.state, direct.state);
          t.diagnostic(
            `HTTP/${http}: ${proxied.lists} LISTs and ${proxied.watches} watches, directly ${direct.lists} and ${direct.watches}`,
          );
        }
      });
  });

/** @param how through a proxy that speaks `http` to the API server; directly where it is absent */
async function surviveOutage(
  t: TestContext,
  goDown: GoDown,
  { bookmarks, http }: { bookmarks: boolean; http?: string },
): Promise<Result> {
  const simulator = await startSimulator({
    tls: { certPem: LOOPBACK.tls.cert, keyPem: LOOPBACK.tls.key },
    nodes: 3,
    imagesPerNode: 1,
  });
  t.after(() => simulator.close());
  const port = await Switch.start(simulator.address.port);
  t.after(() => port.close());
  const backend = { url: `https://127.0.0.1:${port.port}`, caPem: LOOPBACK.ca };
  const at =
    http === undefined
      ? backend
      : await runReady(t, backend, { argv: ['--upstream-http', http === '2' ? 'auto' : '1.1'] });
  const clock = new VirtualClock();
  const reflector = new ModelReflector({ ...at, clock, bookmarks });
  const running = reflector.run();
  t.after(async () => {
    await reflector.stop();
    await running;
  });
  await isWatching(simulator);

  const { cluster } = simulator;
  const has = (label: string) =>
    eventually(() => reflector.store.get('node-0000')?.['x'] === label, `label ${label}`);
  cluster.setLabel('node-0000', 'x', 'before');
  for (let beat = 0; beat < 10; beat++) cluster.heartbeat('node-0001');
  await has('before');
  const isBack = Promise.withResolvers<undefined>();
  // What happens while nobody hears of it.
  cluster.setLabel('node-0002', 'y', 'meanwhile');
  clock.after(OUTAGE_MS, async () => {
    cluster.setLabel('node-0000', 'x', 'at the end');
    await port.reopen(simulator.address.port);
    isBack.resolve(undefined);
  });
  await goDown(port, t);
  await isBack.promise;
  await isWatching(simulator);
  await has('at the end');
  cluster.setLabel('node-0000', 'x', 'after');
  await has('after');
  const state = JSON.stringify([...reflector.store].sort(([a], [b]) => (a < b ? -1 : 1)));
  return { lists: reflector.lists, watches: reflector.watches, state };
}

/** Waits for the one watch that there is to be. */
async function isWatching(simulator: Simulator): Promise<void> {
  await eventually(() => simulator.watches().length === 1, 'the reflector watches');
}
