/** Watches that upstream compresses although it was asked for identity: sieved like any other, and sent on plain (R13). */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { request as httpsRequest } from 'node:https';
import type { IncomingMessage } from 'node:http';
import { test, type TestContext } from 'node:test';
import { gzipSync } from 'node:zlib';
import { type ApiResponse, eventually, startApiServer } from '../support/api-server.ts';
import { LOOPBACK } from '../support/certificates.ts';
import { jsonFrame } from '../support/encode.ts';
import { fixture, gunzipped } from '../support/fixtures.ts';
import { cutAt, sieveChunks } from '../support/frame-sieves.ts';
import { runReady, type Running } from './harness.ts';
import { inTurn } from '../support/property-runs.ts';

const WATCH = '/api/v1/nodes?watch=1&resourceVersion=1';
const TYPES = { json: 'application/json', protobuf: 'application/vnd.kubernetes.protobuf;stream=watch' };

const node = (type: string, resourceVersion: number, label = 'a') =>
  jsonFrame(type, {
    kind: 'Node',
    apiVersion: 'v1',
    metadata: { name: 'node-1', resourceVersion: String(resourceVersion), labels: { label } },
  });

interface Upstream {
  readonly proxy: Running;
  /** The watches that came, heads sent. */
  readonly watches: ApiResponse[];
}

async function serving(
  t: TestContext,
  { type = TYPES.json, http1Only = false, argv = [] as string[] } = {},
): Promise<Upstream> {
  const watches: ApiResponse[] = [];
  const server = await startApiServer({
    http1Only,
    handler: (req, res) => {
      if (!req.url.startsWith('/api/v1/nodes')) {
        res.writeHead(200).end();
        return;
      }
      res.writeHead(200, { 'content-type': type, 'content-encoding': 'gzip', vary: 'Accept-Encoding' });
      // Over HTTP/1.1 the head leaves with the first bytes.
      res.write('');
      watches.push(res);
    },
  });
  t.after(() => server[Symbol.asyncDispose]());
  const backend = { url: `https://127.0.0.1:${server.port}`, caPem: LOOPBACK.ca };
  return { proxy: await runReady(t, backend, { argv }), watches };
}

/** Opens a watch through the proxy, on a connection of its own; its head may come later. */
async function open(t: TestContext, { proxy, watches }: Upstream, path = WATCH) {
  const request = httpsRequest(proxy.url + path, { ca: proxy.caPem, agent: false });
  t.after(() => request.destroy());
  const answered = Promise.withResolvers<IncomingMessage>();
  request.once('response', answered.resolve);
  request.once('error', answered.reject);
  request.end();
  await eventually(() => watches.length === 1, 'the watch is upstream');
  const upstream = watches.shift();
  assert.ok(upstream !== undefined);
  return { upstream, answered: answered.promise };
}

async function bodyOf(response: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of response) if (Buffer.isBuffer(chunk)) chunks.push(chunk);
  assert.ok(response.complete, 'a clean end');
  return Buffer.concat(chunks);
}

async function endCause({ proxy }: Upstream): Promise<unknown> {
  await eventually(() => proxy.logged('stream ended').length === 1, 'the stream has ended');
  return proxy.logged('stream ended')[0]?.cause;
}

for (const [at, http1Only] of [false, true].entries())
  for (const encoding of inTurn(['json', 'protobuf'] as const, at))
    test(`a recorded watch-list, ${encoding}, is sieved as if it were not compressed, and its head is true; upstream HTTP/${http1Only ? '1.1' : '2'} (R13)`, async (t) => {
      const name = encoding === 'json' ? 'watchlist-gzip.json.gz' : 'watchlist-gzip.pb.gz';
      const bytes = fixture(name);
      const serve = await serving(t, { type: TYPES[encoding], http1Only });
      const { upstream, answered } = await open(t, serve, `${WATCH}&sendInitialEvents=true`);
      const cuts = Array.from({ length: 29 }, (_, i) => (i + 1) * 4000);
      for (const chunk of cutAt(bytes, cuts)) if (!upstream.write(chunk)) await once(upstream, 'drain');
      upstream.end();

      const response = await answered;
      assert.equal(response.headers['content-encoding'], undefined);
      assert.equal(response.headers['content-length'], undefined);
      assert.equal(response.headers.vary, 'Accept-Encoding');
      assert.equal(response.headers['content-type'], TYPES[encoding]);
      const plain = sieveChunks([gunzipped(name)], { encoding, phase: 'until-bookmark' });
      assert.ok(plain.tally.eventsOf('swallowed') > 0);
      // What was swallowed last comes as held frame: the client asked for no bookmarks.
      const body = await bodyOf(response);
      assert.ok(body.subarray(0, plain.output.length).equals(plain.output));
      assert.equal(await endCause(serve), 'upstream_end');
      const scrape = await serve.proxy.scrape();
      assert.equal(
        scrape.sum('watchsieve_events_total', { verdict: 'swallowed' }),
        plain.tally.eventsOf('swallowed'),
      );
      assert.equal(scrape.sum('watchsieve_event_bytes_received_total'), gunzipped(name).length);
    });

test('each event of a compressed watch arrives although nothing follows it (R6, R13)', async (t) => {
  const serve = await serving(t);
  const { upstream, answered } = await open(t, serve);
  const response = await answered;
  for (let change = 0; change < 20; change++) {
    upstream.write(gzipSync(node('MODIFIED', 2 * change, String(change))));
    const [chunk] = (await once(response, 'data')) as [Buffer];
    assert.ok(chunk.equals(node('MODIFIED', 2 * change, String(change))));
    upstream.write(gzipSync(node('MODIFIED', 2 * change + 1, String(change))));
  }
});

test('upstream breaks off inside a member: whole frames, the held frame and a clean end (R9, R18)', async (t) => {
  const serve = await serving(t);
  const { upstream, answered } = await open(t, serve);
  upstream.write(gzipSync(node('ADDED', 2)));
  upstream.write(gzipSync(node('MODIFIED', 3)));
  upstream.write(gzipSync(node('MODIFIED', 4, 'b')).subarray(0, 40), () => upstream.stream.close(2));
  assert.ok((await bodyOf(await answered)).equals(Buffer.concat([node('ADDED', 2), node('MODIFIED', 3)])));
  assert.equal(await endCause(serve), 'upstream_error');
});

for (const [name, broken] of [
  ['a broken member', Buffer.concat([gzipSync('').subarray(0, 10), Buffer.alloc(50, 0xff)])],
  ['bytes that are no member', node('MODIFIED', 4, 'b')],
] as const)
  test(`${name}: nothing of it, a clean end, and upstream is left (R9, R13)`, async (t) => {
    const serve = await serving(t);
    const { upstream, answered } = await open(t, serve);
    const left = once(upstream, 'close');
    upstream.write(gzipSync(node('ADDED', 2)));
    const response = await answered;
    const [chunk] = (await once(response, 'data')) as [Buffer];
    assert.ok(chunk.equals(node('ADDED', 2)));
    upstream.write(broken);
    assert.equal((await bodyOf(response)).length, 0);
    assert.equal(await endCause(serve), 'upstream_error');
    await left;
  });

test('a client that goes ends a compressed watch upstream (R10)', async (t) => {
  const serve = await serving(t);
  const { upstream, answered } = await open(t, serve);
  const left = once(upstream, 'close');
  upstream.write(gzipSync(node('ADDED', 2)));
  const response = await answered;
  await once(response, 'data');
  response.destroy();
  await left;
  assert.equal(await endCause(serve), 'client_gone');
});

test('a bomb stays packed while its client does not read (R11, I6)', async (t) => {
  const serve = await serving(t);
  const { upstream, answered } = await open(t, serve);
  // In 600 KB or so.
  const bomb = gzipSync(Buffer.alloc(90_000_000, node('ADDED', 2)), { level: 1 });
  upstream.write(bomb);
  const response = await answered;
  response.pause();
  const received = async () => (await serve.proxy.scrape()).sum('watchsieve_event_bytes_received_total');
  let last = 0;
  for (let stoodStillFor = 0; stoodStillFor < 20;) {
    const now = await received();
    stoodStillFor = now === last && now > 0 ? stoodStillFor + 1 : 0;
    last = now;
  }
  assert.ok(last < 60_000_000, `unpacked ${last} bytes`);
  assert.ok((await serve.proxy.scrape()).sum('watchsieve_stream_queue_bytes') < 1_000_000);
  assert.deepEqual(serve.proxy.logged('stream ended'), []);
  response.destroy();
});

test('without room for one more decoder a watch goes on as it comes, bytes and head (I1, I6)', async (t) => {
  const serve = await serving(t, { argv: ['--memory-budget', '16MiB'] });
  // What is known of clients has half of it, some 26,000 Nodes.
  const nodes = Array.from({ length: 27_000 }, (_, at) =>
    node('ADDED', at + 2)
      .toString()
      .replace('node-1', `node-${at}`),
  );
  const greedy = await open(t, serve);
  greedy.upstream.write(gzipSync(nodes.join('')));
  let known = 0;
  (await greedy.answered).on('data', (chunk: Buffer) => (known += chunk.length));
  await eventually(() => known === Buffer.byteLength(nodes.join('')), 'all Nodes have come');
  const { upstream, answered } = await open(t, serve);
  const bytes = gzipSync(Buffer.concat([node('ADDED', 2), node('MODIFIED', 3)]));
  upstream.end(bytes);
  const response = await answered;
  assert.equal(response.headers['content-encoding'], 'gzip');
  assert.deepEqual(await bodyOf(response), bytes);
  const encodings = serve.proxy.logged('stream opened').map(({ encoding }) => encoding);
  assert.deepEqual(encodings, ['json', 'opaque']);
});
