/** The whole program with `--hub`: clients get what they would get without one, whatever becomes of the hub (I15). */
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { test } from 'node:test';
import { eventually } from '../support/api-server.ts';
import type { Running } from './harness.ts';
import { withHub } from './hub-setting.ts';

const BACK = 'allowWatchBookmarks=true&resourceVersion=';

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
