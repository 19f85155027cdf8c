/** The whole program with `--hub`: clients get what they would get without one, whatever becomes of the hub (I15). */
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { projectionOf } from '../../src/core/projection/presets.ts';
import { projectionDigest, PROJECTION_HEADER } from '../../src/core/projection/projection-digest.ts';
import type { Simulator } from '../../src/lab/simulator/start-simulator.ts';
import { requestHeaders } from '../../src/serve/proxy/headers.ts';
import { CA_PEM, simulate } from '../lab/simulator/harness.ts';
import { type ApiServer, eventually, startApiServer } from '../support/api-server.ts';
import { LOOPBACK } from '../support/certificates.ts';
import { FakeTime } from '../support/fake-time.ts';
import { loopbackTarget, watchedUpstream } from '../support/upstream.ts';
import { runReady, type Running, temporaryDirectory } from './harness.ts';

const BACK = 'allowWatchBookmarks=true&resourceVersion=';

interface Hub {
  readonly server: ApiServer;
  readonly asked: string[];
  /** By which projection it says it answers. */
  preset: 'metallb' | 'labels';
}

/** Passes on what the API server says, and says that it is its own. */
async function startHub(t: TestContext, simulator: Simulator): Promise<Hub> {
  const { upstream } = watchedUpstream(loopbackTarget(Number(new URL(simulator.url).port), CA_PEM));
  t.after(() => upstream.close());
  const hub: Omit<Hub, 'server'> = { asked: [], preset: 'metallb' };
  const server = await startApiServer({
    handler: (req, res) => {
      hub.asked.push(req.url);
      const headers = requestHeaders(req.rawHeaders.filter((_, at) => !isPseudo(req.rawHeaders, at)));
      const exchange = upstream.send(
        { method: req.method, target: req.url, headers, body: null },
        {
          onResponse: (head) => {
            const type = head.headers[head.headers.indexOf('content-type') + 1] ?? '';
            const digest = projectionDigest(projectionOf(hub.preset));
            res.writeHead(head.statusCode, { 'content-type': type, [PROJECTION_HEADER]: digest });
          },
          onData: (chunk) => {
            res.write(Buffer.from(chunk));
            return true;
          },
          onEnd: () => res.end(),
          onError: () => req.stream.destroy(),
        },
      );
      res.on('close', () => exchange.abort());
    },
  });
  t.after(() => server[Symbol.asyncDispose]());
  return Object.assign(hub, { server });
}

function isPseudo(raw: readonly string[], at: number): boolean {
  return (raw[at - (at % 2)] ?? '').startsWith(':');
}

async function withHub(
  t: TestContext,
): Promise<{ simulator: Simulator; hub: Hub; proxy: Running; configFile: string; time: FakeTime }> {
  const simulator = await simulate(t);
  const hub = await startHub(t, simulator);
  const directory = await temporaryDirectory(t);
  const ca = join(directory, 'hub-ca.crt');
  await writeFile(ca, LOOPBACK.ca);
  const configFile = join(directory, 'config.yaml');
  await writeFile(configFile, 'preset: metallb\n');
  const time = new FakeTime();
  const proxy = await runReady(
    t,
    { url: simulator.url, caPem: CA_PEM },
    {
      argv: ['--hub', `https://127.0.0.1:${hub.server.port}`, '--hub-ca', ca],
      configFile,
      startPolling: time.startTimer,
    },
  );
  return { simulator, hub, proxy, configFile, time };
}

/** Of an event that is told as `TYPE name resourceVersion`. */
function versionOf([told = '']: readonly string[]): string {
  return told.split(' ')[2] ?? assert.fail('nothing came');
}

async function listed(proxy: Running): Promise<string> {
  const { status, body } = await proxy.fetch('/api/v1/nodes?resourceVersion=0');
  assert.equal(status, 200);
  const { metadata } = JSON.parse(body.toString()) as { metadata: { resourceVersion: string } };
  return metadata.resourceVersion;
}

test('a hub that is killed ends its watches cleanly, and clients resume at the API server without a LIST', async (t) => {
  const { simulator, hub, proxy } = await withHub(t);
  const version = await listed(proxy);
  const watch = await proxy.watch(BACK + version);
  simulator.cluster.setLabel('node-0000', 'zone', 'a');
  const seen = await watch.takeNames(1);
  assert.equal(hub.asked.length, 2);
  assert.equal((await proxy.scrape()).sum('watchsieve_upstream_hub_watches', {}), 1);
  await hub.server[Symbol.asyncDispose]();
  // Whole frames to the end, and no error.
  assert.deepEqual(await watch.takeAll(), []);
  simulator.cluster.setLabel('node-0001', 'zone', 'b');
  const again = await proxy.watch(BACK + versionOf(seen));
  assert.match((await again.takeNames(1)).join(), /^MODIFIED node-0001 /);
  const scrape = await proxy.scrape();
  assert.equal(scrape.sum('watchsieve_upstream_hub_watches', {}), 0);
  assert.equal(scrape.sum('watchsieve_upstream_selected_total', { target: 'hub', reason: 'shared' }), 2);
  assert.equal(scrape.sum('watchsieve_upstream_selected_total', { reason: 'resting' }), 1);
  assert.deepEqual(JSON.parse((await proxy.admin('/debug/hub')).body.toString()), {
    hubs: [`https://127.0.0.1:${hub.server.port}`],
    watches: 0,
    requests: { shared: 2, resting: 1 },
    last: 'broken',
  });
  assert.match((await proxy.admin('/')).body.toString(), /id="hub"[^]*<span class="pill warn">broken</);
});

for (const [what, change] of [
  ['another preset', 'preset: labels\n'],
  ['observe mode', 'mode: observe\n'],
] as const)
  test(`a change to ${what} while a hub filters: clients come back, and are given every change that counts now`, async (t) => {
    const { hub, proxy, configFile, simulator, time } = await withHub(t);
    const version = await listed(proxy);
    const watch = await proxy.watch(BACK + version);
    assert.equal(hub.asked.length, 2);
    await writeFile(configFile, change);
    time.pass(5000);
    assert.deepEqual(await watch.takeAll(), []);
    const again = await proxy.watch(BACK + version);
    simulator.cluster.setLabel('node-0000', 'zone', 'a');
    assert.match((await again.takeNames(1)).join(), /^MODIFIED node-0000 /);
    // The hub may have swallowed for it what counts only now: the API server alone has that.
    assert.equal(hub.asked.length, 2);
    await eventually(
      () => proxy.logged('the config file has changed: applied').length === 1,
      'it is applied',
    );
  });

test('a hub that filters by something else is asked, and not believed', async (t) => {
  const { hub, proxy } = await withHub(t);
  hub.preset = 'labels';
  await listed(proxy);
  const watch = await proxy.watch(BACK + (await listed(proxy)));
  assert.equal(watch.status, 200);
  assert.equal(hub.asked.length, 3);
  const scrape = await proxy.scrape();
  assert.equal(scrape.sum('watchsieve_upstream_selected_total', { reason: 'projection' }), 3);
  watch.abort();
});
