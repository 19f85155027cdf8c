/** One stream and its two ends: promptness (R6), a client that goes (R10), a client that does not read (R11). */
import assert from 'node:assert/strict';
import type { IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { performance } from 'node:perf_hooks';
import { describe, test, type TestContext } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import type { Encoding } from '../../src/lab/simulator/encoding.ts';
import type { Simulator } from '../../src/lab/simulator/start-simulator.ts';
import { ACCEPT, CA_PEM, simulate } from '../lab/simulator/harness.ts';
import { eventually, startApiServer } from '../support/api-server.ts';
import { LOOPBACK } from '../support/certificates.ts';
import { jsonFrame } from '../support/encode.ts';
import { runReady, type Running } from './harness.ts';
import { inTurn } from '../support/property-runs.ts';

const WATCH_LIST = 'resourceVersion=0&allowWatchBookmarks=true';
const backendOf = (simulator: Simulator) => ({ url: simulator.url, caPem: CA_PEM });

test('the head of a watch without events reaches the client at once, within 20 ms of upstream sending it (R6)', async (t) => {
  let answeredAt = 0;
  const simulator = await simulate(t, { onRequest: () => (answeredAt = performance.now()) });
  const proxy = await runReady(t, backendOf(simulator));
  const delays: number[] = [];
  for (let attempt = 0; attempt < 5; attempt++) {
    // Nothing happens in this cluster: the head comes before any event, or never.
    const watch = await proxy.watch(`resourceVersion=${simulator.cluster.resourceVersion}`);
    delays.push(performance.now() - answeredAt);
    assert.equal(watch.status, 200);
    watch.abort();
  }
  assert.equal((await proxy.scrape()).sum('watchsieve_events_received_total'), 0);
  // The best of five: the machine may be busy with something else, the proxy may not.
  assert.ok(Math.min(...delays) <= 20, `delays in ms: ${delays.join(', ')}`);
});

for (const encoding of ['json', 'protobuf'] as const)
  test(`each surviving event is written at once: it arrives although nothing follows it, ${encoding} (R6)`, async (t) => {
    const simulator = await simulate(t);
    const proxy = await runReady(t, backendOf(simulator));
    const watch = await proxy.watch(WATCH_LIST, encoding);
    await watch.take(4);
    for (let change = 0; change < 20; change++) {
      simulator.cluster.heartbeat('node-0000');
      simulator.cluster.setLabel('node-0000', 'change', String(change));
      const [frame] = await watch.take(1);
      // The label's value is plain text in either encoding.
      assert.ok(frame?.includes(encoding === 'json' ? `"change":"${change}"` : 'change'));
    }
  });

describe('a client that goes (R10)', () => {
  const leaves = async (simulator: Simulator, leave: () => void): Promise<number> => {
    const leftAt = performance.now();
    leave();
    await eventually(() => simulator.watches().length === 0, 'the watch upstream has ended');
    return performance.now() - leftAt;
  };

  for (const http of ['auto', '1.1'])
    test(`ends the watch upstream within 1 s, upstream HTTP ${http}`, async (t) => {
      const simulator = await simulate(t);
      const proxy = await runReady(t, backendOf(simulator), { argv: ['--upstream-http', http] });
      const watch = await proxy.watch(WATCH_LIST);
      await watch.take(4);
      assert.ok((await leaves(simulator, () => watch.abort())) < 1000);
      await eventually(() => proxy.logged('stream ended').length === 1, 'the stream has ended');
      assert.equal(proxy.logged('stream ended')[0]?.cause, 'client_gone');
      assert.equal((await proxy.scrape()).sum('watchsieve_streams'), 0);
    });

  test('ends the watch upstream within 1 s also while it is blocked by back-pressure', async (t) => {
    const { simulator, proxy, slow, flood } = await slowClient(t);
    await flood();
    assert.ok((await leaves(simulator, () => slow.destroy())) < 1000);
    await eventually(() => proxy.logged('stream ended').length === 1, 'the stream has ended');
    assert.equal(proxy.logged('stream ended')[0]?.cause, 'client_gone');
  });
});

describe('a client that does not read (R11)', () => {
  for (const encoding of inTurn(['json', 'protobuf'] as const, 1))
    test(`holds up its own upstream watch and no other, and loses nothing when it reads on, ${encoding}`, async (t) => {
      const { simulator, proxy, slow, flood } = await slowClient(t, encoding);
      const other = await proxy.watch(WATCH_LIST, encoding);
      const [slowUpstream, otherUpstream] = simulator.watches();
      assert.ok(slowUpstream !== undefined && otherUpstream !== undefined);

      const received = await other.take(4);
      const made = await flood(async (changes) => {
        received.push(...(await other.take(changes)));
      });
      await eventually(() => otherUpstream.framesWritten === 4 + 2 * made, 'the other watch has everything');
      assert.ok(slowUpstream.framesWritten < 4 + 2 * made);

      const expected = Buffer.concat(received);
      assert.ok((await read(slow, expected.length)).equals(expected), 'both clients received the same bytes');
      await eventually(() => slowUpstream.framesWritten === 4 + 2 * made, 'the slow watch has everything');
    });
});

test('many survivors in each read still hold up upstream when the client does not read (R11)', async (t) => {
  // Tiny Nodes: changes and heartbeats in turn, so that each read holds many pieces to write.
  const node = (name: string, label: string) =>
    jsonFrame('MODIFIED', { kind: 'Node', apiVersion: 'v1', metadata: { name, labels: { label } } });
  const [a, b, quiet] = [node('busy', 'a'), node('busy', 'b'), node('quiet', 'a')];
  const piece = Buffer.concat(Array.from({ length: 100 }, () => [a, quiet, b, quiet]).flat());
  let written = 0;
  const server = await startApiServer({
    handler: (req, res) => {
      res.writeHead(200, { 'content-type': 'application/json' });
      if (!req.url.startsWith('/api/v1/nodes')) {
        res.end();
        return;
      }
      const pump = () => {
        for (let more = true; more && written < MOST_BYTES; written += piece.length) more = res.write(piece);
      };
      res.on('drain', pump);
      pump();
    },
  });
  t.after(() => server[Symbol.asyncDispose]());
  const proxy = await runReady(t, { url: `https://127.0.0.1:${server.port}`, caPem: LOOPBACK.ca });
  await unreadWatch(t, proxy, 'json', 'resourceVersion=1');
  for (let last = -1; last !== written;) {
    last = written;
    await turns(500);
  }
  assert.ok(written < MOST_BYTES, `no back-pressure after ${written} bytes`);
});

/** Lets the event loop turn so often: whatever can still move between sockets of this process moves. */
async function turns(count: number): Promise<void> {
  for (let n = 0; n < count; n++) await turn();
}

/** More than all buffers between the two ends, those of the kernel included. */
const MOST_BYTES = 60_000_000;
/** Heartbeats per change, and changes per batch. */
const BATCH = 100;
/** With their heartbeats some 60 MB. */
const MOST_CHANGES = 6000;

/**
 * A client that has a watch and does not read it. `flood` makes small changes with a heartbeat behind each,
 * so that many survivors and gaps lie in one chunk, until the watch upstream stands still; it tells `batch`
 * of each batch, and returns the number of changes.
 */
async function slowClient(t: TestContext, encoding: Encoding = 'json') {
  const simulator = await simulate(t, { imagesPerNode: 0, historyEvents: 1_000_000 });
  const proxy = await runReady(t, backendOf(simulator));
  const slow = await unreadWatch(t, proxy, encoding);
  const flood = async (batch: (made: number) => Promise<void> | void = () => undefined): Promise<number> => {
    const [upstream] = simulator.watches();
    assert.ok(upstream !== undefined);
    let made = 0;
    for (let stoodStillFor = 0; stoodStillFor < 5;) {
      assert.ok(made < MOST_CHANGES, `no back-pressure after ${upstream.bytesWritten} bytes`);
      const before = upstream.framesWritten;
      for (let n = 0; n < BATCH; n++) {
        simulator.cluster.setLabel('node-0000', 'n', String(made++));
        simulator.cluster.heartbeat('node-0001');
      }
      await batch(BATCH);
      await turns(20);
      stoodStillFor = upstream.framesWritten === before ? stoodStillFor + 1 : 0;
    }
    return made;
  };
  return { simulator, proxy, slow, flood };
}

async function unreadWatch(
  t: TestContext,
  proxy: Running,
  encoding: Encoding,
  query = WATCH_LIST,
): Promise<IncomingMessage> {
  const request = httpsRequest(`${proxy.url}/api/v1/nodes?watch=1&${query}`, {
    ca: proxy.caPem,
    headers: { accept: ACCEPT[encoding] },
    agent: false,
  });
  t.after(() => request.destroy());
  const answered = Promise.withResolvers<IncomingMessage>();
  request.once('response', answered.resolve);
  request.on('error', answered.reject);
  request.end();
  const response = await answered.promise;
  response.on('error', () => undefined);
  return response;
}

async function read(response: IncomingMessage, length: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response) {
    assert.ok(Buffer.isBuffer(chunk));
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes >= length) break;
  }
  return Buffer.concat(chunks);
}
