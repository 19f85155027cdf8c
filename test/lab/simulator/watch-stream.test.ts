import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { connect, simulate, watch } from './harness.ts';

describe('trouble on request', () => {
  test('a stalled watch goes on where it stopped', async (t) => {
    const simulator = await simulate(t);
    const nodes = await watch(connect(t, simulator), 'resourceVersion=1003');
    const [stream] = simulator.watches();
    stream?.stall();
    simulator.cluster.heartbeat('node-0000');
    simulator.cluster.heartbeat('node-0001');
    assert.equal(stream?.framesWritten, 0);
    stream.resume();
    assert.deepEqual(await nodes.takeNames(2), ['MODIFIED node-0000 1004', 'MODIFIED node-0001 1005']);
  });

  test('a client that falls behind the history is ended cleanly, never skipped', async (t) => {
    const simulator = await simulate(t, { historyEvents: 2 });
    const nodes = await watch(connect(t, simulator), 'resourceVersion=1003');
    simulator.cluster.heartbeat('node-0000');
    const [stream] = simulator.watches();
    stream?.stall();
    for (let i = 0; i < 3; i++) simulator.cluster.heartbeat('node-0001');
    stream?.resume();
    assert.equal((await nodes.takeAll()).length, 1);
  });

  test('a client that stops reading stops the writing, and gets everything later', async (t) => {
    const simulator = await simulate(t, { imagesPerNode: 50, historyEvents: 2000 });
    const nodes = await watch(connect(t, simulator), 'resourceVersion=1003');
    for (let i = 0; i < 1500; i++) simulator.cluster.heartbeat('node-0000');
    assert.ok((simulator.watches()[0]?.framesWritten ?? 1500) < 1500);
    assert.equal((await nodes.take(1500)).length, 1500);
  });

  for (const http of ['1.1', '2'] as const) {
    test(`a cut inside a frame is an error for the client, an end is none, over HTTP/${http}`, async (t) => {
      const simulator = await simulate(t);
      const client = connect(t, simulator, http);
      const cut = await watch(client, 'resourceVersion=1003');
      simulator.watches()[0]?.cut(10);
      await assert.rejects(cut.takeAll());
      const ended = await watch(client, 'resourceVersion=1003');
      simulator.watches().at(-1)?.end();
      assert.deepEqual(await ended.takeAll(), []);
    });
  }
});
