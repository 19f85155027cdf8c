/** What a client holds that outlives the proxy: what another preset has swallowed, it lacks (I2, I9). */
import assert from 'node:assert/strict';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { ACCEPT, CA_PEM, simulate } from '../lab/simulator/harness.ts';
import { eventually } from '../support/api-server.ts';
import { runReady, type Running } from './harness.ts';

const NODE = 'node-0000';

interface Event {
  readonly type: string;
  readonly object: { readonly metadata: { readonly resourceVersion: string } };
}

/** A client, which stays, and a proxy, which is started again with another preset. */
async function scene(t: TestContext) {
  const simulator = await simulate(t, { nodes: 1 });
  const backend = { url: simulator.url, caPem: CA_PEM };
  const start = (preset: string, stateDir?: string) =>
    runReady(t, backend, { argv: ['--preset', preset], ...(stateDir !== undefined && { stateDir }) });
  const list = async (proxy: Running): Promise<void> => {
    const { status } = await proxy.fetch('/api/v1/nodes', { headers: { accept: ACCEPT.json } });
    assert.equal(status, 200);
  };
  const watch = async (proxy: Running, from: string, act: () => void): Promise<Event[]> => {
    const client = await proxy.watch(`resourceVersion=${from}&allowWatchBookmarks=true`, 'json');
    const upstream = simulator.watches().at(-1) ?? assert.fail('no watch upstream');
    const before = upstream.framesWritten;
    act();
    await eventually(() => upstream.framesWritten > before, 'the event was written upstream');
    upstream.end();
    return (await client.takeAll()).map((frame) => JSON.parse(frame.toString()) as Event);
  };
  /** Cordons under the first preset, which does not count it; @returns the client's resourceVersion after that */
  const swallowCordon = async (proxy: Running): Promise<string> => {
    const from = String(simulator.cluster.resourceVersion);
    const events = await watch(proxy, from, () => {
      simulator.cluster.heartbeat(NODE);
    });
    assert.deepEqual(
      events.map(({ type }) => type),
      ['MODIFIED'],
    );
    const then = events[0]?.object.metadata.resourceVersion ?? assert.fail();
    const [bookmark, ...more] = await watch(proxy, then, () => {
      simulator.cluster.cordon(NODE, true);
    });
    assert.equal(bookmark?.type, 'BOOKMARK');
    assert.deepEqual(more, []);
    return bookmark.object.metadata.resourceVersion;
  };
  const typesAfterBeat = async (proxy: Running, from: string): Promise<string[]> => {
    const events = await watch(proxy, from, () => {
      simulator.cluster.heartbeat(NODE);
    });
    return events.map(({ type }) => type);
  };
  return { start, list, swallowCordon, typesAfterBeat };
}

test('what the preset before a restart has swallowed comes with the next event, though others have listed it', async (t) => {
  const { start, list, swallowCordon, typesAfterBeat } = await scene(t);
  const first = await start('metallb-upstream');
  const at = await swallowCordon(first);
  await first.app.close();
  const second = await start('metallb', first.stateDir);
  await list(second);
  assert.deepEqual(await typesAfterBeat(second, at), ['MODIFIED']);
  await second.app.close();
  // And after one more start, with the former preset still in the record. The second heartbeat is known by then.
  const third = await start('metallb', first.stateDir);
  await list(third);
  assert.deepEqual(await typesAfterBeat(third, at), ['MODIFIED', 'BOOKMARK']);
});

test('with the same preset, a list is enough to begin with', async (t) => {
  const { start, list, swallowCordon, typesAfterBeat } = await scene(t);
  const first = await start('metallb-upstream');
  const at = await swallowCordon(first);
  await first.app.close();
  const second = await start('metallb-upstream', first.stateDir);
  await list(second);
  assert.deepEqual(await typesAfterBeat(second, at), ['BOOKMARK']);
});

test('where the record is gone, no client is taken for known', async (t) => {
  const { start, list, swallowCordon, typesAfterBeat } = await scene(t);
  const first = await start('metallb-upstream');
  const at = await swallowCordon(first);
  await first.app.close();
  const record = join(first.stateDir, 'swallowed-under');
  assert.match(await readFile(record, 'utf8'), /^[\w-]{43}\n$/);
  await rm(record);
  const second = await start('metallb-upstream', first.stateDir);
  await list(second);
  assert.deepEqual(await typesAfterBeat(second, at), ['MODIFIED']);
  assert.match(await readFile(record, 'utf8'), /^unknown\n[\w-]{43}\n$/);
});
