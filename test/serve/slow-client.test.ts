/** A client that does not take what its watch sends, over real sockets: bounded, ended, and nobody else's business (R11, I6). */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Agent, request as httpsRequest } from 'node:https';
import type { IncomingMessage } from 'node:http';
import { test, type TestContext } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { type ApiResponse, eventually, startApiServer } from '../support/api-server.ts';
import { LOOPBACK } from '../support/certificates.ts';
import { jsonFrame } from '../support/encode.ts';
import { jsonFrames } from '../support/fixtures.ts';
import { runReady, type Running } from './harness.ts';
import { inTurn } from '../support/property-runs.ts';

const WATCH = '/api/v1/nodes?watch=1&resourceVersion=1&allowWatchBookmarks=true';
/** Kernel buffers of three connections in this process and Node's own; a flood without bounds passes it at once. */
const MOST_BYTES = 60_000_000;

const node = (type: string, resourceVersion: number, filling = '') =>
  jsonFrame(type, {
    kind: 'Node',
    apiVersion: 'v1',
    metadata: { name: 'node-1', resourceVersion: String(resourceVersion), annotations: { filling } },
  });

interface Setup {
  readonly proxy: Running;
  /** Opens a watch; both of its ends. */
  readonly open: (
    path?: string,
    agent?: Agent | false,
  ) => Promise<{ readonly upstream: ApiResponse; readonly client: IncomingMessage }>;
}

async function setup(t: TestContext, slowClientTimeout: string, http: string): Promise<Setup> {
  const watches: ApiResponse[] = [];
  const server = await startApiServer({
    handler: (req, res) => {
      res.writeHead(200, { 'content-type': 'application/json' });
      if (req.url !== '/version') watches.push(res);
      else res.end();
      res.write('');
    },
    http1Only: http === '1.1',
  });
  t.after(() => server[Symbol.asyncDispose]());
  const backend = { url: `https://127.0.0.1:${server.port}`, caPem: LOOPBACK.ca };
  const proxy = await runReady(t, backend, { argv: ['--slow-client-timeout', slowClientTimeout] });
  return {
    proxy,
    open: async (path = WATCH, agent = false) => {
      const request = httpsRequest(proxy.url + path, { ca: proxy.caPem, agent });
      t.after(() => request.destroy());
      const answered = Promise.withResolvers<IncomingMessage>();
      request.once('response', answered.resolve);
      request.on('error', answered.reject);
      request.end();
      await eventually(() => watches.length === 1, 'the watch is upstream');
      const upstream = watches.shift() ?? assert.fail();
      upstream.write(node('ADDED', 2));
      return { upstream, client: await answered.promise };
    },
  };
}

/** Sends as fast as it is taken, until the watch is ended. @returns the bytes sent */
async function flood(upstream: ApiResponse): Promise<number> {
  let written = 0;
  const over = new AbortController();
  const closed = once(upstream, 'close').then(() => over.abort());
  for (let resourceVersion = 3; !over.signal.aborted; resourceVersion++) {
    const frame = node('ADDED', resourceVersion, 'x'.repeat(10_000));
    written += frame.length;
    assert.ok(written < MOST_BYTES, 'no bound');
    if (!upstream.write(frame)) await Promise.race([once(upstream, 'drain'), closed]);
  }
  return written;
}

for (const http of inTurn(['2', '1.1'], 0))
  test(`a client that stops reading is ended in time and in bounds; what waits for it is whole when it reads on; upstream HTTP/${http} (R9, R11, I6)`, async (t) => {
    const { proxy, open } = await setup(t, '200ms', http);
    const { upstream, client } = await open();
    const other = await open();
    client.pause();
    await flood(upstream);

    // Its client has it all the time, although it does nothing: an idle stream is not a slow one.
    other.upstream.write(node('ADDED', 3));
    const seen: Buffer[] = [];
    for await (const chunk of other.client.iterator({ destroyOnReturn: false })) {
      assert.ok(Buffer.isBuffer(chunk));
      seen.push(chunk);
      if (Buffer.concat(seen).length === node('ADDED', 2).length * 2) break;
    }
    assert.ok(Buffer.concat(seen).equals(Buffer.concat([node('ADDED', 2), node('ADDED', 3)])));

    await eventually(() => proxy.logged('stream ended').length === 1, 'the stream has ended');
    assert.equal(proxy.logged('stream ended')[0]?.cause, 'slow_client');
    const scrape = await proxy.scrape();
    assert.equal(scrape.sum('watchsieve_streams_ended_total', { cause: 'slow_client' }), 1);
    assert.equal(scrape.sum('watchsieve_streams'), 1);
    const queued = scrape.sum('watchsieve_stream_queue_bytes');
    assert.ok(queued > 0 && queued < 1_000_000, `${queued} bytes wait in this process`);

    const chunks: Buffer[] = [];
    for await (const chunk of client) if (Buffer.isBuffer(chunk)) chunks.push(chunk);
    assert.ok(client.complete, 'a clean end');
    const frames = jsonFrames(Buffer.concat(chunks));
    for (const [i, frame] of frames.entries())
      assert.ok(frame.equals(node('ADDED', i + 2, i === 0 ? '' : 'x'.repeat(10_000))), `frame ${i}`);
    const forwarded = scrape.sum('watchsieve_event_bytes_total', { verdict: 'forwarded' });
    assert.equal(Buffer.concat(chunks).length, forwarded - 2 * node('ADDED', 2).length);
    const queueOf = async () => (await proxy.scrape()).sum('watchsieve_stream_queue_bytes');
    assert.equal(await queueOf(), 0);
  });

/** Reads so many bytes, so slowly that it takes this long. */
async function readSlowly(client: IncomingMessage, bytes: number, ms: number): Promise<void> {
  const startedAt = performance.now();
  let read = 0;
  for await (const chunk of client.iterator({ destroyOnReturn: false })) {
    assert.ok(Buffer.isBuffer(chunk));
    read += chunk.length;
    const due = startedAt + (read / bytes) * ms;
    if (due > performance.now()) await pause(due - performance.now());
    if (read >= bytes) break;
  }
}

test('a client that reads slowly, but reads, is not ended (R11)', async (t) => {
  const { proxy, open } = await setup(t, '500ms', '2');
  const { upstream, client } = await open();
  const flooding = flood(upstream);
  await readSlowly(client, 16_000_000, 1800);
  assert.deepEqual(proxy.logged('stream ended'), []);
  client.destroy();
  await flooding;
});

test('an event that takes longer than that arrives whole, and the stream ends cleanly behind it (R11)', async (t) => {
  const { proxy, open } = await setup(t, '100ms', '2');
  const { upstream, client } = await open();
  const large = node('ADDED', 3, 'x'.repeat(14_000_000));
  upstream.write(large);
  client.pause();
  await eventually(() => proxy.logged('stream ended').length === 1, 'the stream has ended');
  assert.equal(proxy.logged('stream ended')[0]?.cause, 'slow_client');
  const chunks: Buffer[] = [];
  for await (const chunk of client) if (Buffer.isBuffer(chunk)) chunks.push(chunk);
  assert.ok(client.complete, 'a clean end');
  assert.ok(Buffer.concat(chunks).equals(Buffer.concat([node('ADDED', 2), large])));
});

test('what a slow client has taken in the end is where it resumes: no cold start (R16)', async (t) => {
  const { proxy, open } = await setup(t, '100ms', '2');
  const { upstream, client } = await open();
  client.pause();
  await flood(upstream);
  await eventually(() => proxy.logged('stream ended').length === 1, 'the stream has ended');
  const chunks: Buffer[] = [];
  for await (const chunk of client) if (Buffer.isBuffer(chunk)) chunks.push(chunk);
  const last = jsonFrames(Buffer.concat(chunks)).at(-1) ?? assert.fail();
  const { object } = JSON.parse(last.toString()) as { object: { metadata: { resourceVersion: string } } };
  const again = httpsRequest(
    `${proxy.url}/api/v1/nodes?watch=1&resourceVersion=${object.metadata.resourceVersion}`,
    { ca: proxy.caPem, agent: false },
  );
  t.after(() => again.destroy());
  again.end();
  await eventually(() => proxy.logged('stream opened').length === 2, 'the watch is open again');
  assert.equal(proxy.logged('stream opened')[1]?.['baseline'], 'snapshot');
});

test('the limit ends with the watch: what comes next on its connection may be silent for longer (R4, R11)', async (t) => {
  const { proxy, open } = await setup(t, '100ms', '2');
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  t.after(() => agent.destroy());
  const watch = await open(WATCH, agent);
  const { localPort } = watch.client.socket;
  watch.upstream.end();
  await once(watch.client.resume(), 'end');
  const held = await open('/held', agent);
  await once(held.client, 'data');
  assert.equal(held.client.socket.localPort, localPort);

  // A slow client that came later is over its limit: so much time has passed.
  const slow = await open();
  slow.client.pause();
  await flood(slow.upstream);
  held.upstream.end('last');
  assert.equal(String((await once(held.client, 'data'))[0]), 'last');
  assert.equal(proxy.logged('stream ended').length, 2);
});
