/** What one connection that speaks HTTP/2 can make the process do before it is ended, and when it is asked to go (R27). */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { constants, type ServerHttp2Stream } from 'node:http2';
import { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { mock, test, type TestContext } from 'node:test';
import type { TLSSocket } from 'node:tls';
import type { ConnectionLimits } from '../../../src/platform/listen/connection-limits.ts';
import { LEAVE_MS } from '../../../src/platform/listen/endings.ts';
import { GuardedServer } from '../../../src/platform/listen/guarded-server.ts';
import { H2Response } from '../../../src/platform/listen/h2-response.ts';
import { PLAIN_REFUSALS } from '../../../src/platform/listen/refusal.ts';
import type { ClientRequest, ClientResponse } from '../../../src/platform/listen/served.ts';
import { MAX_WRITE_BYTES } from '../../../src/platform/listen/write-in-parts.ts';
import { WriteRoom } from '../../../src/platform/listen/write-room.ts';
import { eventually } from '../../support/api-server.ts';
import { LOOPBACK } from '../../support/certificates.ts';
import {
  frame,
  GET_ROOT,
  h2Answer,
  h2Settled,
  h2Ask,
  h2Begin,
  type H2Client,
  h2Client,
  POST_ROOT,
  rawH2,
} from '../../support/h2-client.ts';
import { ask, begin, head } from '../../support/proxy.ts';
import { END_HEADERS, END_STREAM, FRAME } from '../../support/raw-http2.ts';

const CONTINUATION = 9;
const KEEP_ALIVE_MS = 120_000;
const HEAD_MS = 30_000;
const MOVE_MS = 300_000;
/** By which each connection has been asked. */
const MOVED_MS = 1.25 * MOVE_MS;

interface Scene {
  readonly port: number;
  readonly server: GuardedServer;
  readonly bounds: readonly string[];
  readonly requests: readonly { readonly req: ClientRequest; readonly res: ClientResponse }[];
}

/** Answers `/now` at once, and leaves the rest to the test. */
async function scene(t: TestContext, limits: Partial<ConnectionLimits> = {}): Promise<Scene> {
  const bounds: string[] = [];
  const requests: { req: ClientRequest; res: ClientResponse }[] = [];
  const onRequest = (req: ClientRequest, res: ClientResponse): void => {
    requests.push({ req, res });
    if (req.url !== '/now') return;
    res.writeHead(200, []);
    res.end('now');
  };
  const server = new GuardedServer({
    tls: LOOPBACK.tls,
    onStream: onRequest,
    limits: {
      connections: { maxConnections: 10, headTimeoutMs: HEAD_MS, ...limits },
      maxHeadBytes: 128 * 1024,
      keepAliveMs: KEEP_ALIVE_MS,
    },
    handlers: { onRequest, refusals: PLAIN_REFUSALS, onBound: (bound) => bounds.push(bound) },
  });
  const { port } = await server.listen('127.0.0.1', 0);
  t.after(() => server.close());
  return { port, server, bounds, requests };
}

function stopTime(t: TestContext): void {
  mock.timers.enable({ apis: ['setTimeout'] });
  t.after(() => mock.timers.reset());
}

/** Resolves when the peer has ended the connection; what it sent is read. */
async function over(socket: TLSSocket): Promise<void> {
  socket.resume();
  if (!socket.closed) await new Promise((resolve) => socket.once('close', resolve));
}

async function closed({ session }: H2Client): Promise<void> {
  if (!session.closed || !session.destroyed) await once(session, 'close');
}

for (const [what, bytes] of [
  ['nothing', Buffer.alloc(0)],
  ['half a head', frame(FRAME.HEADERS, 0, 1, GET_ROOT)],
] as const)
  test(`a connection that sends ${what} is ended when its head is late`, async (t) => {
    stopTime(t);
    const { port, server } = await scene(t);
    const socket = await rawH2(port);
    socket.write(bytes);
    await eventually(() => server.connections === 1, 'it is there');
    mock.timers.tick(HEAD_MS - 1);
    assert.equal(server.connections, 1);
    mock.timers.tick(1);
    mock.timers.tick(LEAVE_MS);
    await over(socket);
    await eventually(() => server.connections === 0, 'it is gone');
  });

test('a connection is kept for another request, and not for ever', async (t) => {
  stopTime(t);
  const { port, server } = await scene(t);
  using client = await h2Client(port);
  for (let i = 0; i < 2; i++) {
    await h2Ask(client, '/now');
    await h2Settled(client);
    mock.timers.tick(KEEP_ALIVE_MS - 1);
  }
  assert.deepEqual(client.goAways, []);
  const ended = closed(client);
  mock.timers.tick(1);
  await ended;
  assert.deepEqual(client.goAways, [constants.NGHTTP2_NO_ERROR]);
  await eventually(() => server.connections === 0, 'it is gone');
});

test('an old connection is asked to move on: what runs comes to its end, and what comes later is not taken', async (t) => {
  stopTime(t);
  const { port, requests, server } = await scene(t, { moveAfterMs: MOVE_MS });
  using client = await h2Client(port);
  const running = h2Begin(client, { ':path': '/runs' });
  await eventually(() => requests.length === 1, 'it runs');
  const raw = await rawH2(port);
  let came = Buffer.alloc(0);
  raw.on('data', (chunk: Buffer) => (came = Buffer.concat([came, chunk])));
  raw.write(frame(FRAME.HEADERS, END_HEADERS | END_STREAM, 1, GET_ROOT));
  await eventually(() => requests.length === 2, 'a second one runs');
  mock.timers.tick(0.75 * MOVE_MS - 1);
  await h2Ask(client, '/now');
  assert.deepEqual(client.goAways, []);
  const goAway = once(client.session, 'goaway');
  mock.timers.tick(MOVED_MS);
  await goAway;
  assert.deepEqual(client.goAways, [constants.NGHTTP2_NO_ERROR]);
  // The last stream that is served, so that whoever sent another one knows that nobody has seen it; NO_ERROR.
  const said = frame(FRAME.GOAWAY, 0, 0, Buffer.from([0, 0, 0, 1, 0, 0, 0, 0]));
  await eventually(() => came.includes(said), 'the other one is asked too');
  raw.write(frame(FRAME.HEADERS, END_HEADERS | END_STREAM, 3, GET_ROOT));
  raw.write(frame(FRAME.PING, 0, 0, Buffer.from('pingping')));
  await eventually(() => came.includes('pingping'), 'that was read');
  assert.equal(requests.length, 3);
  for (const { req, res } of requests) {
    if (req.url === '/now') continue;
    res.writeHead(200, []);
    res.end('whole');
  }
  let text = '';
  for await (const chunk of running) text += String(chunk);
  assert.equal(text, 'whole');
  await closed(client);
  await over(raw);
  assert.ok(came.includes('whole'));
  await eventually(() => server.connections === 0, 'both are gone');
});

test('an old connection without a request is closed', async (t) => {
  stopTime(t);
  const { port, server } = await scene(t, { moveAfterMs: KEEP_ALIVE_MS / 2 });
  using client = await h2Client(port);
  await h2Ask(client, '/now');
  await h2Settled(client);
  const ended = closed(client);
  mock.timers.tick(KEEP_ALIVE_MS - 1);
  await ended;
  assert.deepEqual(client.goAways, [constants.NGHTTP2_NO_ERROR]);
  await eventually(() => server.connections === 0, 'it is gone');
});

test('an old connection of HTTP/1.1 ends with its next answer, and says so', async (t) => {
  stopTime(t);
  const { port } = await scene(t, { moveAfterMs: MOVE_MS });
  const { Agent } = await import('node:https');
  const agent = new Agent({ keepAlive: true, maxSockets: 1, ca: LOOPBACK.ca });
  t.after(() => agent.destroy());
  const said = async (): Promise<string | undefined> => {
    const req = begin(port, { path: '/now', agent });
    const answered = head(req);
    req.end();
    const res = await answered;
    const ended = once(res, 'end');
    res.resume();
    await ended;
    return res.headers.connection;
  };
  assert.equal(await said(), 'keep-alive');
  mock.timers.tick(MOVED_MS);
  assert.equal(await said(), 'close');
  assert.equal(await said(), 'keep-alive');
});

const FLOODS: readonly (readonly [what: string, frames: (at: number) => Buffer])[] = [
  [
    'requests that are aborted at once',
    (at) =>
      Buffer.concat([
        frame(FRAME.HEADERS, END_HEADERS | END_STREAM, 2 * at + 1, GET_ROOT),
        frame(FRAME.RST_STREAM, 0, 2 * at + 1, Buffer.from([0, 0, 0, 8])),
      ]),
  ],
  [
    'requests that it makes the server abort',
    (at) =>
      Buffer.concat([
        frame(FRAME.HEADERS, END_HEADERS | END_STREAM, 2 * at + 1, GET_ROOT),
        // Wider than a window may be: an error of the stream (CVE-2025-8671).
        frame(FRAME.WINDOW_UPDATE, 0, 2 * at + 1, Buffer.from([0x7f, 0xff, 0xff, 0xff])),
      ]),
  ],
  ['PINGs', () => frame(FRAME.PING, 0, 0, Buffer.alloc(8))],
  ['SETTINGS', () => frame(FRAME.SETTINGS, 0, 0)],
];
for (const [what, frames] of FLOODS)
  test(`a connection that sends a flood of ${what} is ended, and others notice nothing`, async (t) => {
    const { port, requests, bounds } = await scene(t);
    using other = await h2Client(port);
    await h2Ask(other, '/now');
    const socket = await rawH2(port);
    socket.write(Buffer.concat(Array.from({ length: 20_000 }, (_, at) => frames(at))));
    await over(socket);
    await h2Ask(other, '/now');
    // What is reset in the same chunk is not served at all (CVE-2023-44487).
    assert.ok(requests.length <= 30, `${requests.length} requests were served for it`);
    assert.ok(bounds.length <= 1 && bounds.every((bound) => bound === 'flood'), bounds.join());
  });

// Node.js and nghttp2 end a connection for what comes in one piece, but not for what is read and answered bit by bit.
for (const [what, frames] of FLOODS.slice(2))
  test(`a connection that sends ${what} without end, and reads all answers, is ended too`, async (t) => {
    const { port, bounds } = await scene(t);
    const socket = await rawH2(port);
    let came = Buffer.alloc(0);
    socket.on('data', (chunk: Buffer) => (came = Buffer.concat([came, chunk])));
    for (let round = 0; round < 20 && !socket.destroyed; round++) {
      const mark = Buffer.from(`round ${10 + round}`);
      const batch = Array.from({ length: 50 }, (_, i) => frames(50 * round + i));
      socket.write(Buffer.concat([...batch, frame(FRAME.PING, 0, 0, mark)]));
      await eventually(() => socket.destroyed || came.includes(mark), 'it is read');
    }
    await over(socket);
    assert.deepEqual(bounds, ['flood']);
  });

test('a head without an end is cut off', async (t) => {
  const { port, requests, server } = await scene(t);
  const socket = await rawH2(port);
  socket.write(frame(FRAME.HEADERS, 0, 1, GET_ROOT));
  // A literal field without indexing, `a: b`.
  const fields = Buffer.alloc(5 * 3000, Buffer.from([0, 1, 97, 1, 98]));
  for (let i = 0; i < 1000; i++) socket.write(frame(CONTINUATION, 0, 1, fields));
  await over(socket);
  assert.ok(socket.bytesWritten > 0);
  assert.equal(requests.length, 0);
  await eventually(() => server.connections === 0, 'it is gone');
});

test('a head of 64 KiB is served, and one of more fields than may be costs its stream alone', async (t) => {
  const { port, requests } = await scene(t);
  using client = await h2Client(port, { maxSendHeaderBlockLength: 2 ** 20 });
  const large = h2Begin(client, { ':path': '/now', x: 'x'.repeat(64 * 1024) });
  assert.equal((await h2Answer(large)).status, 200);
  const many = Object.fromEntries(Array.from({ length: 1001 }, (_, i) => [`x-${i}`, 'x']));
  await assert.rejects(h2Answer(h2Begin(client, { ':path': '/now', ...many })), /ENHANCE_YOUR_CALM/);
  await h2Ask(client, '/now');
  assert.equal(requests.length, 2);
});

test('what a head of few bytes stands for counts: beyond 160 KiB it costs its stream alone (HPACK, RFC 7541)', async (t) => {
  const { port, requests } = await scene(t);
  const socket = await rawH2(port);
  // A literal field with indexing, `a: ` and 3,900 bytes, then the newest entry of the table again and again.
  const entry = Buffer.concat([Buffer.from([0x40, 1, 97, 127, 0xbd, 0x1d]), Buffer.alloc(3900, 'x')]);
  const headOf = (times: number): Buffer =>
    Buffer.concat([GET_ROOT, entry, Buffer.alloc(times - 1, Buffer.from([0xbe]))]);
  let came = Buffer.alloc(0);
  socket.on('data', (chunk: Buffer) => (came = Buffer.concat([came, chunk])));
  const reset = frame(FRAME.RST_STREAM, 0, 3).subarray(3);
  const flags = END_HEADERS | END_STREAM;
  socket.write(frame(FRAME.HEADERS, flags, 1, headOf(30)));
  socket.write(frame(FRAME.HEADERS, flags, 3, headOf(45)));
  socket.write(frame(FRAME.HEADERS, flags, 5, headOf(30)));
  await eventually(() => requests.length === 2 && came.includes(reset), 'two are served, and one is reset');
  const bytes = requests.map(({ req }) => req.rawHeaders.join('').length);
  assert.ok(bytes.every((count) => count > 30 * 3900));
  socket.destroy();
});

test('of a connection as many requests are served at a time as it was told', async (t) => {
  const { port, requests } = await scene(t);
  const socket = await rawH2(port);
  socket.resume();
  for (let at = 0; at < 300; at++)
    socket.write(frame(FRAME.HEADERS, END_HEADERS | END_STREAM, 2 * at + 1, GET_ROOT));
  await eventually(() => requests.length >= 250, 'they are served');
  using other = await h2Client(port);
  await h2Ask(other, '/now');
  assert.equal(requests.filter(({ req }) => req.url !== '/now').length, 250);
  socket.destroy();
});

test('where all places are taken a connection without a request makes room, and none with one', async (t) => {
  const { port, bounds, server, requests } = await scene(t, { maxConnections: 2 });
  using idle = await h2Client(port);
  await h2Ask(idle, '/now');
  using busy = await h2Client(port);
  h2Begin(busy, { ':path': '/runs' }).on('error', () => undefined);
  await eventually(() => requests.length === 2, 'it runs');
  const third = await h2Client(port);
  h2Begin(third, { ':path': '/runs' }).on('error', () => undefined);
  await closed(idle);
  await eventually(() => requests.length === 3, 'the third one runs too');
  await assert.rejects(ask(port, { path: '/now' }));
  assert.deepEqual(bounds, ['idle', 'connections']);
  const gone = closed(third);
  third.session.destroy();
  await gone;
  await eventually(() => server.connections === 1, 'its place is free');
  assert.equal(String((await ask(port, { path: '/now' })).body), 'now');
});

test('where all have a request, one whose answers are all written makes room', async (t) => {
  const { port, bounds, requests } = await scene(t, { maxConnections: 1 });
  // No window: nothing of an answer is taken.
  using slow = await h2Client(port, { settings: { initialWindowSize: 0 } });
  h2Begin(slow, { ':path': '/now' }).on('error', () => undefined);
  await eventually(() => requests.length === 1, 'it is answered');
  assert.equal(String((await ask(port, { path: '/now' })).body), 'now');
  assert.deepEqual(bounds, ['idle']);
});

test('an upload that goes on behind its answer is ended', async (t) => {
  stopTime(t);
  const { port, requests } = await scene(t);
  const socket = await rawH2(port);
  let came = Buffer.alloc(0);
  socket.on('data', (chunk: Buffer) => (came = Buffer.concat([came, chunk])));
  socket.write(frame(FRAME.HEADERS, END_HEADERS, 1, POST_ROOT));
  await eventually(() => requests.length === 1, 'it is served');
  requests[0]?.req.resume();
  requests[0]?.res.writeHead(200, []);
  requests[0]?.res.end('enough');
  await eventually(() => came.includes(frame(FRAME.DATA, END_STREAM, 1)), 'it is answered');
  const reset = frame(FRAME.RST_STREAM, 0, 1, Buffer.from([0, 0, 0, constants.NGHTTP2_NO_ERROR]));
  assert.ok(!came.includes(reset));
  mock.timers.tick(LEAVE_MS);
  await eventually(() => came.includes(reset), 'its sender is told to stop');
  socket.destroy();
});

test('a client that takes nothing of one response is found out, however much it takes of another', async (t) => {
  const { port, requests } = await scene(t);
  using client = await h2Client(port, { settings: { initialWindowSize: 1000 } });
  const [slow, quick] = ['/slow', '/quick'].map((path) => h2Begin(client, { ':path': path }));
  slow?.on('error', () => undefined);
  let taken = 0;
  quick?.on('data', (chunk: Buffer) => (taken += chunk.length));
  await eventually(() => requests.length === 2, 'both are served');
  const late: string[] = [];
  for (const { req, res } of requests) {
    res.setTimeout(req.url === '/slow' ? 100 : 60_000);
    res.on('timeout', () => late.push(req.url ?? ''));
    res.writeHead(200, []);
    const more = (): void => {
      while (late.length === 0 && res.write(Buffer.alloc(10_000)));
    };
    res.on('drain', more);
    more();
  }
  await eventually(() => late.length > 0, 'it is found out');
  assert.deepEqual(late, ['/slow']);
  assert.ok(taken > 0);
});

/** What an H2Response uses of a stream; takes a write when it is told so. */
class FakeStream extends Duplex {
  readonly endAfterHeaders = true;
  readonly sizes: number[] = [];
  readonly text: string[] = [];
  readonly heads: unknown[] = [];
  release: () => void = () => undefined;

  respond(headers: unknown): void {
    this.heads.push(headers);
  }

  /** Takes what was written. */
  letGo(): void {
    const { release } = this;
    this.release = () => undefined;
    release();
  }

  override _read(): void {
    this.push(null);
  }

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this._writev([{ chunk }], done);
  }

  override _writev(chunks: { chunk: Buffer }[], done: () => void): void {
    this.sizes.push(chunks.reduce((sum, { chunk }) => sum + chunk.length, 0));
    for (const { chunk } of chunks) this.text.push(chunk.toString());
    this.release = done;
  }
}

function responseOn(stream: FakeStream, room = new WriteRoom()): H2Response {
  const asked = {} as unknown as ClientRequest;
  return new H2Response(stream as unknown as ServerHttp2Stream, asked, new Socket(), room);
}

// Node.js 24 takes another form too, so no other test sees a difference there.
test('a head has the form that Node.js takes before 22.20 too, each field with all of its values', () => {
  const stream = new FakeStream();
  const res = responseOn(stream);
  res.writeHead(200, 'OK', ['X-Twice', '1', 'etag', 'a', 'x-twice', '2']);
  assert.deepEqual(stream.heads, [{ 'x-twice': ['1', '2'], etag: ['a'], ':status': 200 }]);
});

test('what is long goes to a stream in short writes, the next when the one before is taken, each byte in its place', async () => {
  const stream = new FakeStream();
  stream.resume();
  const res = responseOn(stream);
  const text = [300_000, 200_000, 1, 70_000, 10, 20].map((bytes, at) => 'abcdef'.charAt(at).repeat(bytes));
  res.writeHead(200, []);
  for (const part of text) res.write(part);
  res.end();
  let writes = 0;
  while (!stream.writableFinished) {
    await eventually(() => stream.sizes.length > writes || stream.writableFinished, 'something is written');
    writes = stream.sizes.length;
    // All that is written before it is taken.
    assert.ok(stream.writableLength <= MAX_WRITE_BYTES, `${stream.writableLength} bytes`);
    stream.letGo();
  }
  assert.equal(stream.text.join(''), text.join(''));
  // Short ones behind each other are one.
  assert.ok(stream.sizes.length < 12, `${stream.sizes.length} writes`);
});

test('the streams of a connection write little at once together, and none waits for another', async () => {
  const room = new WriteRoom();
  const streams = Array.from({ length: 250 }, () => new FakeStream());
  const stuck = new Set(streams.slice(0, 20));
  const text = Array.from('abcdef', (letter) => letter.repeat(30_000)).join('');
  const responses = streams.map((stream) => {
    stream.on('error', () => undefined).resume();
    const res = responseOn(stream, room);
    res.writeHead(200, []);
    for (let at = 0; at < text.length; at += 70_000) res.write(text.slice(at, at + 70_000));
    res.end();
    return res;
  });
  const isLeft = (): boolean => streams.some((stream) => !stuck.has(stream) && !stream.writableFinished);
  const given = (): number => streams.reduce((sum, { writableLength }) => sum + writableLength, 0);
  while (isLeft()) {
    assert.ok(given() <= 4 * MAX_WRITE_BYTES + 250 * 2048, `${given()} bytes`);
    for (const stream of streams) if (!stuck.has(stream)) stream.letGo();
    await new Promise(setImmediate);
  }
  for (const stream of streams) if (!stuck.has(stream)) assert.equal(stream.text.join(''), text);
  assert.equal(room.given, given());
  for (const res of responses) res.destroy();
  assert.equal(room.given, 0);
});
