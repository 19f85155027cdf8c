/** Watches by WebSocket, with the package `ws` on both sides: sieved like any other, and else left as they are (R3, I3, I4). */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { Duplex } from 'node:stream';
import { test, type TestContext } from 'node:test';
import { createHash } from 'node:crypto';
import { WebSocket, WebSocketServer, type ClientOptions } from 'ws';
import { eventually, startApiServer } from '../support/api-server.ts';
import { LOOPBACK } from '../support/certificates.ts';
import { jsonFrame, jsonList, protobufFrame, protobufList } from '../support/encode.ts';
import { BOTH, node, type TestEncoding } from '../support/sieving.ts';
import { hear, serverFrame, serverMessage, TEXT } from '../support/websocket-frames.ts';
import { runReady, type Running } from './harness.ts';

const TYPES = { json: 'application/json', protobuf: 'application/vnd.kubernetes.protobuf' } as const;
const BOOKMARKS = 'resourceVersion=7&allowWatchBookmarks=true';

/** One message, as kube-apiserver makes it of an event: protobuf without a length in front. */
function message(encoding: TestEncoding, type: string, resourceVersion: string, label: string): Buffer {
  const object = node({ metadata: { resourceVersion, labels: { a: label } } });
  return encoding === 'json' ? jsonFrame(type, object) : protobufFrame(type, object).subarray(4);
}

interface Upstream {
  readonly proxy: Running;
  /** The far ends of WebSockets, as they came, and the connections below them. */
  readonly servers: WebSocket[];
  readonly sockets: Duplex[];
}

interface Serving {
  readonly encoding?: TestEncoding;
  readonly argv?: readonly string[];
  readonly perMessageDeflate?: boolean;
}

async function serving(
  t: TestContext,
  { encoding = 'json', argv = [], perMessageDeflate = false }: Serving = {},
): Promise<Upstream> {
  const servers: WebSocket[] = [];
  const sockets: Duplex[] = [];
  const far = new WebSocketServer({ noServer: true, perMessageDeflate });
  const server = await startApiServer({
    handler: (req, res) => {
      if (!req.url.startsWith('/api/v1/nodes')) {
        res.writeHead(200).end();
        return;
      }
      const kind = { kind: 'Node', apiVersion: 'v1' };
      res.writeHead(200, { 'content-type': TYPES[encoding] });
      res.end((encoding === 'json' ? jsonList : protobufList)('7', [node()], kind));
    },
    upgrade: (req, socket, head) => {
      sockets.push(socket);
      socket.on('error', () => undefined);
      far.handleUpgrade(req, socket, head, (accepted) => {
        accepted.on('error', () => undefined);
        servers.push(accepted);
      });
    },
  });
  t.after(() => server[Symbol.asyncDispose]());
  const backend = { url: `https://127.0.0.1:${server.port}`, caPem: LOOPBACK.ca };
  return { proxy: await runReady(t, backend, { argv }), servers, sockets };
}

/** A client's end, with all that it hears. */
class Client {
  readonly socket: WebSocket;
  readonly heard: { readonly data: Buffer; readonly isBinary: boolean }[] = [];
  readonly closed: Promise<number>;

  constructor(socket: WebSocket) {
    this.socket = socket;
    socket.on('message', (data, isBinary) => {
      assert.ok(Buffer.isBuffer(data));
      this.heard.push({ data, isBinary });
    });
    socket.on('error', () => undefined);
    this.closed = new Promise((resolve) => socket.once('close', (code) => resolve(code)));
  }

  async hears(expected: readonly Buffer[], isBinary = false): Promise<void> {
    await eventually(() => this.heard.length >= expected.length, `${expected.length} messages`);
    assert.deepEqual(
      this.heard,
      expected.map((data) => ({ data, isBinary })),
    );
  }
}

interface Opened extends Upstream {
  readonly client: Client;
  readonly server: WebSocket;
  readonly raw: Duplex;
}

async function open(
  t: TestContext,
  upstream: Upstream,
  query: string,
  { accept = '', ...options }: ClientOptions & { accept?: string } = {},
): Promise<Opened> {
  const { proxy, servers, sockets } = upstream;
  const socket = new WebSocket(`${proxy.url.replace('https', 'wss')}/api/v1/nodes?watch=1&${query}`, {
    ca: proxy.caPem,
    perMessageDeflate: false,
    headers: accept === '' ? {} : { accept },
    ...options,
  });
  t.after(() => socket.terminate());
  const client = new Client(socket);
  await once(socket, 'open');
  await eventually(() => servers.length > 0, 'it is upstream');
  return {
    ...upstream,
    client,
    server: servers.shift() ?? assert.fail(),
    raw: sockets.shift() ?? assert.fail(),
  };
}

async function endCause(proxy: Running): Promise<unknown> {
  await eventually(() => proxy.logged('stream ended').length === 1, 'the stream has ended');
  return proxy.logged('stream ended')[0]?.cause;
}

const verdicts = async (proxy: Running, verdict: string): Promise<number> =>
  (await proxy.scrape()).sum('watchsieve_events_total', { verdict });

for (const encoding of BOTH) {
  const isBinary = encoding === 'protobuf';

  test(`${encoding}: no-ops are swallowed, all else comes as it was sent, and a bookmark before the end makes good what was not`, async (t) => {
    const upstream = await serving(t, { encoding });
    const { client, server, proxy } = await open(t, upstream, BOOKMARKS, { accept: TYPES[encoding] });
    const [added, noOp, change, last] = [
      message(encoding, 'ADDED', '8', 'x'),
      message(encoding, 'MODIFIED', '9', 'x'),
      message(encoding, 'MODIFIED', '10', 'y'),
      message(encoding, 'MODIFIED', '11', 'y'),
    ];
    for (const one of [added, noOp, change, last]) server.send(one, { binary: isBinary });
    await client.hears([added, change], isBinary);
    server.close(1000, 'timeout');
    assert.equal(await client.closed, 1000);
    const [, , bookmark, ...more] = client.heard;
    assert.deepEqual(more, []);
    assert.equal(bookmark?.isBinary, isBinary);
    assert.ok(bookmark.data.includes('BOOKMARK') && bookmark.data.includes('11'));
    // No length stands before a message.
    if (isBinary) assert.equal(bookmark.data[0], 0x0a);
    assert.equal(await endCause(proxy), 'upstream_end');
    assert.equal(await verdicts(proxy, 'swallowed'), 2);
    assert.equal(await verdicts(proxy, 'forwarded'), 2);
  });

  test(`${encoding}: what was swallowed last is sent before the end to whoever asks for no bookmarks (R18)`, async (t) => {
    const upstream = await serving(t, { encoding });
    const { client, server } = await open(t, upstream, 'resourceVersion=7', { accept: TYPES[encoding] });
    const added = message(encoding, 'ADDED', '8', 'x');
    const noOp = message(encoding, 'MODIFIED', '9', 'x');
    server.send(added, { binary: isBinary });
    server.send(noOp, { binary: isBinary });
    await client.hears([added], isBinary);
    server.close();
    await client.closed;
    await client.hears([added, noOp], isBinary);
  });

  test(`${encoding}: a list before it, and a watch before it, tell what the client holds (R16)`, async (t) => {
    const upstream = await serving(t, { encoding });
    const { proxy } = upstream;
    await proxy.fetch('/api/v1/nodes', { headers: { accept: TYPES[encoding] } });
    const first = await open(t, upstream, BOOKMARKS, { accept: TYPES[encoding] });
    const same = node();
    const noOp = (resourceVersion: string): Buffer => {
      const object = { ...same, metadata: { ...same.metadata, resourceVersion } };
      return encoding === 'json'
        ? jsonFrame('MODIFIED', object)
        : protobufFrame('MODIFIED', object).subarray(4);
    };
    first.server.send(noOp('8'), { binary: isBinary });
    first.server.close();
    await first.client.closed;
    assert.equal(first.client.heard.length, 1, 'the bookmark');
    const again = await open(t, upstream, 'resourceVersion=8', { accept: TYPES[encoding] });
    again.server.send(noOp('9'), { binary: isBinary });
    await eventually(() => proxy.logged('stream opened').length === 2, 'both are open');
    assert.deepEqual(
      proxy.logged('stream opened').map(({ baseline }) => baseline),
      ['list', 'snapshot'],
    );
    again.server.close();
    await again.client.closed;
    // It asked for no bookmarks.
    assert.equal(again.client.heard.length, 1);
    assert.equal(await verdicts(proxy, 'swallowed'), 2);
  });
}

test('a message larger than --max-frame-bytes passes unread, and the next one of its object with it (I6)', async (t) => {
  const upstream = await serving(t, { argv: ['--max-frame-bytes', '2KiB'] });
  const { client, server, proxy } = await open(t, upstream, BOOKMARKS);
  const messages = [
    message('json', 'ADDED', '8', 'x'),
    message('json', 'MODIFIED', '9', 'y'.repeat(5000)),
    message('json', 'MODIFIED', '10', 'x'),
  ];
  for (const one of messages) server.send(one, { binary: false });
  await client.hears(messages);
  const scrape = await proxy.scrape();
  assert.equal(scrape.sum('watchsieve_events_total', { reason: 'oversize' }), 1);
  assert.equal(scrape.sum('watchsieve_events_total', { verdict: 'swallowed' }), 0);
});

test('without an Accept header it is JSON, as fabric8 asks; metadata alone is sieved too', async (t) => {
  const upstream = await serving(t);
  const as = ';as=PartialObjectMetadata;g=meta.k8s.io;v=v1';
  const whole = await open(t, upstream, BOOKMARKS);
  whole.server.send(message('json', 'ADDED', '8', 'x').toString());
  whole.server.send(message('json', 'MODIFIED', '9', 'x').toString());
  const cut = await open(t, upstream, BOOKMARKS, { accept: TYPES.json + as });
  const { metadata } = node();
  const event = (type: string, resourceVersion: string): string =>
    jsonFrame(type, {
      ...{ kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1' },
      metadata: { ...metadata, resourceVersion },
    }).toString();
  cut.server.send(event('ADDED', '8'));
  cut.server.send(event('MODIFIED', '9'));
  await whole.client.hears([message('json', 'ADDED', '8', 'x')]);
  await cut.client.hears([Buffer.from(event('ADDED', '8'))]);
  await eventually(() => whole.proxy.logged('stream opened').length === 2, 'both are open');
  const [opened] = whole.proxy.logged('stream opened');
  assert.deepEqual([opened?.encoding, opened?.transport], ['json', 'websocket']);
  for (let swallowed = 0; swallowed < 2;) swallowed = await verdicts(whole.proxy, 'swallowed');
});

test('pings go both ways, and between the fragments of a message too', async (t) => {
  const { client, server, raw } = await open(t, await serving(t), BOOKMARKS);
  const pong = once(server, 'pong');
  server.ping('a');
  assert.equal(String((await pong)[0]), 'a');
  const answered = once(client.socket, 'pong');
  client.socket.ping('b');
  assert.equal(String((await answered)[0]), 'b');
  const added = message('json', 'ADDED', '8', 'x');
  const [first = Buffer.alloc(0), second = Buffer.alloc(0)] = serverMessage(TEXT, added, [100]);
  const between = once(client.socket, 'ping');
  raw.write(first);
  raw.write(serverFrame(9, 'c'));
  assert.equal(String((await between)[0]), 'c');
  raw.write(second);
  await client.hears([added]);
});

test('a client that closes is heard upstream, and one that goes too (R10)', async (t) => {
  const upstream = await serving(t);
  const closing = await open(t, upstream, BOOKMARKS);
  const told = once(closing.server, 'close');
  closing.client.socket.close(1000);
  assert.equal((await told)[0], 1000);
  assert.equal(await closing.client.closed, 1000);
  const going = await open(t, upstream, BOOKMARKS);
  const gone = once(going.raw, 'close');
  going.client.socket.terminate();
  await gone;
  await eventually(() => upstream.proxy.logged('stream ended').length === 2, 'both have ended');
});

test('upstream breaks off inside a message: nothing of it, what was swallowed, and an end (R9)', async (t) => {
  const { client, raw, proxy } = await open(t, await serving(t), 'resourceVersion=7');
  const added = message('json', 'ADDED', '8', 'x');
  const noOp = message('json', 'MODIFIED', '9', 'x');
  raw.write(Buffer.concat([serverFrame(TEXT, added), serverFrame(TEXT, noOp)]));
  raw.write(serverFrame(TEXT, message('json', 'MODIFIED', '10', 'y')).subarray(0, 100), () => raw.destroy());
  // Going away: come back.
  assert.equal(await client.closed, 1001);
  await client.hears([added, noOp]);
  assert.equal(await endCause(proxy), 'upstream_error');
});

test('a client that takes nothing is ended in time and in bounds, however often it pings; others do not notice (R11, I6)', async (t) => {
  const upstream = await serving(t, { argv: ['--slow-client-timeout', '200ms'] });
  const { client, server, raw, proxy } = await open(t, upstream, BOOKMARKS);
  const other = await open(t, upstream, BOOKMARKS);
  client.socket.pause();
  const pinging = setInterval(() => client.socket.ping('flood'), 10);
  t.after(() => clearInterval(pinging));
  const over = new AbortController();
  const closed = new Promise<void>((resolve) => raw.once('close', resolve)).then(() => over.abort());
  let written = 0;
  for (let version = 8; !over.signal.aborted && !raw.destroyed; version++) {
    const frame = message('json', 'ADDED', String(version), 'x'.repeat(10_000));
    written += frame.length;
    // Kernel buffers of three connections in this process and Node's own; a flood without bounds passes it at once.
    assert.ok(written < 60_000_000, 'no bound');
    server.send(frame.toString());
    if (raw.writableNeedDrain)
      await Promise.race([new Promise((resolve) => raw.once('drain', resolve)), closed]);
  }
  assert.equal(await endCause(proxy), 'slow_client');
  const scrape = await proxy.scrape();
  const queued = scrape.sum('watchsieve_stream_queue_bytes');
  assert.ok(queued < 1_000_000, `${queued} bytes wait in this process`);
  assert.equal(scrape.sum('watchsieve_streams'), 1);
  const added = message('json', 'ADDED', '8', 'x');
  other.server.send(added.toString());
  await other.client.hears([added]);
  // It finds whole messages when it reads on, and an end.
  clearInterval(pinging);
  client.socket.resume();
  assert.equal(await client.closed, 1001);
  for (const [i, { data }] of client.heard.entries())
    assert.ok(data.equals(message('json', 'ADDED', String(8 + i), 'x'.repeat(10_000))), `message ${i}`);
});

test('a sidecar that is stopped makes the client current and says that it goes away (R31)', async (t) => {
  const { client, server, proxy } = await open(t, await serving(t), BOOKMARKS);
  const added = message('json', 'ADDED', '8', 'x');
  server.send(added.toString());
  server.send(message('json', 'MODIFIED', '9', 'x').toString());
  await client.hears([added]);
  for (let swallowed = 0; swallowed < 1;) swallowed = await verdicts(proxy, 'swallowed');
  const stopped = proxy.app.drain();
  assert.equal(await client.closed, 1001);
  await stopped;
  assert.equal(client.heard.length, 2);
  assert.ok(client.heard[1]?.data.includes('BOOKMARK'));
  assert.equal(await endCause(proxy), 'drain');
});

const tunnels: Readonly<Record<string, { accept?: string; isDeflated?: true }>> = {
  'an encoding that is not read': { accept: 'application/cbor' },
  'messages that are compressed': { isDeflated: true },
};
for (const [name, { accept = '', isDeflated = false }] of Object.entries(tunnels))
  test(`${name}: a tunnel, and everything passes (I1)`, async (t) => {
    const upstream = await serving(t, { perMessageDeflate: isDeflated });
    const { client, server, proxy } = await open(t, upstream, BOOKMARKS, {
      accept,
      perMessageDeflate: isDeflated,
    });
    const all = ['8', '9', '10'].map((version) => message('json', 'MODIFIED', version, 'x'));
    for (const one of all) server.send(one.toString());
    await client.hears(all);
    assert.deepEqual(proxy.logged('stream opened'), []);
    server.close(1000);
    assert.equal(await client.closed, 1000);
  });

test('a frame that breaks the protocol ends it at the client as it would directly (I1)', async (t) => {
  const { client, raw, proxy } = await open(t, await serving(t), BOOKMARKS);
  const added = message('json', 'ADDED', '8', 'x');
  const failed = once(client.socket, 'error').catch((error: unknown) => [error]);
  const sent = Buffer.concat([serverFrame(TEXT, added), Buffer.from([0xf1, 0x00])]);
  raw.write(sent);
  const [error] = (await failed) as [Error];
  assert.equal(error.message, (await hear(sent)).error);
  await client.hears([added]);
  assert.equal((await proxy.scrape()).sum('watchsieve_events_total', { reason: 'verbatim' }), 1);
});

test('what upstream says together with its head is no less sieved', async (t) => {
  const added = message('json', 'ADDED', '8', 'x');
  const change = message('json', 'MODIFIED', '10', 'y');
  const sockets: Duplex[] = [];
  const server = await startApiServer({
    handler: (_req, res) => res.writeHead(200).end(),
    upgrade: (req, socket) => {
      sockets.push(socket);
      socket.on('error', () => undefined);
      const key = String(req.headers['sec-websocket-key']);
      const accept = acceptOf(key);
      const head = `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`;
      const frames = [added, message('json', 'MODIFIED', '9', 'x'), change].map((one) =>
        serverFrame(TEXT, one),
      );
      socket.write(Buffer.concat([Buffer.from(head), ...frames]));
    },
  });
  t.after(() => server[Symbol.asyncDispose]());
  const proxy = await runReady(t, { url: `https://127.0.0.1:${server.port}`, caPem: LOOPBACK.ca });
  const socket = new WebSocket(`${proxy.url.replace('https', 'wss')}/api/v1/nodes?watch=1&${BOOKMARKS}`, {
    ca: proxy.caPem,
  });
  t.after(() => socket.terminate());
  await new Client(socket).hears([added, change]);
});

/** RFC 6455, 4.2.2. */
function acceptOf(key: string): string {
  return createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
}
