/** A hub's clients by HTTP/2: they get what those by HTTP/1.1 get, and can do no more harm. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { constants } from 'node:http2';
import { connect as connectTls } from 'node:tls';
import { Agent, request } from 'undici';
import { type ApiRequest, type ApiResponse, eventually } from '../../support/api-server.ts';
import { LOOPBACK } from '../../support/certificates.ts';
import { frame, h2Answer, h2Ask, h2Begin, h2Client, POST_ROOT, rawH2 } from '../../support/h2-client.ts';
import { END_HEADERS, FRAME } from '../../support/raw-http2.ts';
import { ask, startBoth, type ProxySetup } from '../../support/proxy.ts';
import type { ApiServerOptions } from '../../support/api-server.ts';

type Handler = ApiServerOptions['handler'];

function behindHub(
  handler: Handler,
  setup: ProxySetup = {},
  http1Only = false,
): ReturnType<typeof startBoth> {
  return startBoth({ handler, http1Only }, { isHub: true, ...setup });
}

/** Answers with what it was asked, as JSON. */
function mirror(req: ApiRequest, res: ApiResponse): void {
  let bodyLength = 0;
  req.on('data', (chunk: Buffer) => (bodyLength += chunk.length));
  req.on('end', () => {
    res.end(JSON.stringify({ method: req.method, url: req.url, headers: req.rawHeaders, bodyLength }));
  });
}

interface Mirrored {
  readonly method: string;
  readonly url: string;
  readonly headers: readonly string[];
  readonly bodyLength: number;
}

function mirrored(body: Buffer): Mirrored {
  return JSON.parse(String(body)) as Mirrored;
}

function valuesIn({ headers }: Mirrored, name: string): string[] {
  return headers.filter((_, at) => at % 2 === 1 && headers[at - 1]?.toLowerCase() === name);
}

test('only a hub offers HTTP/2, and HTTP/1.1 beside it', async () => {
  for (const [isHub, offered, expected] of [
    [true, ['h2', 'http/1.1'], 'h2'],
    [true, ['http/1.1'], 'http/1.1'],
    [false, ['h2', 'http/1.1'], 'http/1.1'],
  ] as const) {
    await using both = await startBoth({ handler: mirror }, { isHub });
    const socket = connectTls({
      host: '127.0.0.1',
      port: both.port,
      ca: LOOPBACK.ca,
      ALPNProtocols: [...offered],
    });
    await once(socket, 'secureConnect');
    assert.equal(socket.alpnProtocol, expected);
    socket.destroy();
  }
});

for (const http1Only of [false, true]) {
  const by = http1Only ? 'HTTP/1.1' : 'HTTP/2';

  test(`a request over HTTP/2 reaches an upstream on ${by} as it is, less what is the connection's (R2, R3)`, async () => {
    await using both = await behindHub(mirror, {}, http1Only);
    using client = await h2Client(both.port);
    const stream = h2Begin(client, {
      ':path': '//a%2Fb?x=%zz&&y',
      authorization: 'Bearer t',
      'x-twice': ['1', '2'],
      te: 'trailers',
    });
    const { status, body } = await h2Answer(stream);
    assert.equal(status, 200);
    const seen = mirrored(body);
    assert.deepEqual([seen.method, seen.url, seen.bodyLength], ['GET', '//a%2Fb?x=%zz&&y', 0]);
    assert.deepEqual(valuesIn(seen, 'authorization'), ['Bearer t']);
    assert.deepEqual(valuesIn(seen, 'x-twice').join(',').replaceAll(' ', ''), '1,2');
    for (const name of ['te', 'transfer-encoding', 'content-length'])
      assert.deepEqual(valuesIn(seen, name), []);
  });

  test(`bodies over HTTP/2 reach an upstream on ${by} whole, with a length and without`, async () => {
    await using both = await behindHub(mirror, {}, http1Only);
    using client = await h2Client(both.port);
    for (const length of [undefined, '200000']) {
      const stream = h2Begin(client, { ':method': 'POST', ':path': '/', 'content-length': length }, false);
      const answered = h2Answer(stream);
      stream.end(Buffer.alloc(200_000, 'x'));
      const seen = mirrored((await answered).body);
      assert.deepEqual([seen.method, seen.bodyLength], ['POST', 200_000]);
      assert.deepEqual(valuesIn(seen, 'content-length'), length === undefined ? [] : [length]);
    }
  });

  for (const [what, code] of [
    ['CANCEL', constants.NGHTTP2_CANCEL],
    ['NO_ERROR', constants.NGHTTP2_NO_ERROR],
  ] as const)
    test(`an upload that its client resets with ${what} never looks whole to an upstream on ${by}`, async () => {
      const seen: string[] = [];
      await using both = await behindHub(
        (req) => {
          req.on('data', () => seen.push('data'));
          req.on('end', () => seen.push(req.complete && !req.aborted ? 'whole' : 'broken'));
          req.on('close', () => seen.push('closed'));
        },
        {},
        http1Only,
      );
      // Node's own client ends a stream before it resets it.
      const socket = await rawH2(both.port);
      socket.write(frame(FRAME.HEADERS, END_HEADERS, 1, POST_ROOT));
      socket.write(frame(FRAME.DATA, 0, 1, Buffer.from('half')));
      await eventually(() => seen.includes('data'), 'upstream has some of it');
      socket.write(frame(FRAME.RST_STREAM, 0, 1, Buffer.from([0, 0, 0, code])));
      await eventually(() => seen.includes('closed'), 'upstream has heard of its end');
      assert.ok(!seen.includes('whole'), seen.join());
      socket.destroy();
    });
}

test('responses come as they are: statuses, repeated and unusual fields, trailers, and none of the connection', async () => {
  await using both = await behindHub((req, res) => {
    if (req.url === '/trailers') {
      res.writeHead(200, { trailer: 'X-Sum' });
      res.write('body');
      res.addTrailers({ 'X-Sum': '4' });
      res.end();
    } else if (req.url === '/204') res.writeHead(204).end();
    else {
      res.setHeader('x-twice', ['1', '2']);
      res.setHeader('x-latin', 'caf\xe9');
      res.setHeader('content-length', '4');
      res.writeHead(req.url === '/404' ? 404 : 200);
      res.end('body');
    }
  });
  using client = await h2Client(both.port);
  const usual = await h2Ask(client, '/');
  assert.equal(String(usual.body), 'body');
  assert.equal(usual.headers['content-length'], '4');
  assert.equal(usual.headers['x-twice'], '1, 2');
  assert.equal(usual.headers['x-latin'], 'caf\xe9');
  assert.equal(usual.rawHeaders.filter((name) => name === 'date').length, 1);
  assert.equal((await h2Ask(client, '/404')).status, 404);
  const trailed = await h2Ask(client, '/trailers');
  assert.deepEqual([String(trailed.body), trailed.trailers['x-sum']], ['body', '4']);
  const empty = await h2Ask(client, '/204');
  assert.deepEqual([empty.status, empty.body.length], [204, 0]);
  const headOnly = await h2Answer(h2Begin(client, { ':method': 'HEAD', ':path': '/' }));
  assert.deepEqual(
    [headOnly.status, headOnly.headers['content-length'], headOnly.body.length],
    [200, '4', 0],
  );
});

test('a watch comes chunk by chunk, its head at once, beside other requests of the same connection', async () => {
  const open: ApiResponse[] = [];
  await using both = await behindHub((req, res) => {
    if (req.url === '/other') res.end('other');
    else {
      res.writeHead(200).write('');
      open.push(res);
    }
  });
  using client = await h2Client(both.port);
  const stream = h2Begin(client, { ':path': '/api/v1/pods?watch=1' });
  const [headers] = (await once(stream, 'response')) as [Record<string, unknown>];
  assert.equal(headers[':status'], 200);
  for (const event of ['one\n', 'two\n', `${'x'.repeat(300_000)}\n`]) {
    open[0]?.write(event);
    let came = '';
    while (came.length < event.length) came += String((await once(stream, 'data'))[0]);
    assert.equal(came, event);
    assert.equal(String((await h2Ask(client, '/other')).body), 'other');
  }
  const ended = once(stream, 'end');
  open[0]?.end();
  await ended;
  assert.equal(stream.rstCode, 0);
});

test('an answer that breaks off upstream breaks off for its client, and the connection goes on', async () => {
  await using both = await behindHub((req, res) => {
    if (req.url === '/other') res.end('other');
    else {
      res.writeHead(200);
      res.write('half', () => res.stream.close(constants.NGHTTP2_INTERNAL_ERROR));
    }
  });
  using client = await h2Client(both.port);
  await assert.rejects(h2Ask(client, '/'), /NGHTTP2_INTERNAL_ERROR/);
  assert.equal(String((await h2Ask(client, '/other')).body), 'other');
});

test('trailers that HTTP/2 cannot carry break their answer off, and nothing else', async () => {
  await using both = await behindHub(
    (req, res) => {
      res.writeHead(200, req.url === '/other' ? {} : { trailer: 'Connection' });
      res.write('body');
      if (req.url !== '/other') res.addTrailers({ Connection: 'x' });
      res.end();
    },
    {},
    true,
  );
  using client = await h2Client(both.port);
  await assert.rejects(h2Ask(client, '/'), /NGHTTP2_INTERNAL_ERROR/);
  assert.equal(String((await h2Ask(client, '/other')).body), 'body');
});

test('when a client resets its stream the request upstream is aborted, and the others are not (R10)', async () => {
  const closed: string[] = [];
  const open: string[] = [];
  await using both = await behindHub((req, res) => {
    open.push(req.url);
    res.on('close', () => closed.push(req.url));
    res.writeHead(200).write('x');
  });
  using client = await h2Client(both.port);
  const streams = ['/1', '/2'].map((path) => h2Begin(client, { ':path': path }));
  await Promise.all(streams.map((stream) => once(stream, 'response')));
  streams[0]?.close(constants.NGHTTP2_CANCEL);
  await eventually(() => closed.length > 0, 'one is aborted');
  assert.deepEqual(closed, ['/1']);
});

test('a stream that is not read is held up, upstream too, and no other is', async () => {
  let sent = 0;
  await using both = await behindHub((req, res) => {
    if (req.url === '/other') {
      res.end(Buffer.alloc(1_000_000));
      return;
    }
    res.writeHead(200);
    const chunk = Buffer.alloc(64 * 1024);
    const more = (): void => {
      while (!res.destroyed) {
        sent += chunk.length;
        if (!res.write(chunk)) break;
      }
    };
    res.on('drain', more);
    more();
  });
  using client = await h2Client(both.port, { settings: { initialWindowSize: 1_000_000 } });
  client.session.setLocalWindowSize(8_000_000);
  const slow = h2Begin(client, { ':path': '/api/v1/pods?watch=1' });
  await once(slow, 'response');
  slow.pause();
  for (let round = 0; round < 20; round++)
    assert.equal((await h2Ask(client, '/other')).body.length, 1_000_000);
  // Windows of both connections, and the queues between: nothing that grows.
  assert.ok(sent < 8 * 1024 * 1024, `${sent} bytes were sent upstream`);
});

test('undici speaks HTTP/2 to a hub', async () => {
  await using both = await behindHub(mirror);
  const agent = new Agent({ allowH2: true, connect: { ca: LOOPBACK.ca } });
  try {
    const bodies = Array.from({ length: 20 }, async (_, i) => {
      const { body } = await request(`https://127.0.0.1:${both.port}/${i}`, { dispatcher: agent });
      return mirrored(Buffer.from(await body.arrayBuffer())).url;
    });
    assert.deepEqual(
      await Promise.all(bodies),
      Array.from({ length: 20 }, (_, i) => `/${i}`),
    );
    assert.ok(both.running.proxy.connections <= 2, `${both.running.proxy.connections} connections`);
  } finally {
    await agent.close();
  }
});

test('what is refused without upstream is refused over HTTP/2 too', async () => {
  let isDraining = false;
  await using both = await behindHub(mirror, { isDraining: () => isDraining });
  using client = await h2Client(both.port);
  const expecting = await h2Answer(h2Begin(client, { ':path': '/', expect: 'the-unexpected' }));
  assert.equal(expecting.status, 417);
  const asterisk = await h2Answer(h2Begin(client, { ':method': 'OPTIONS', ':path': '*' }));
  assert.equal(asterisk.status, 400);
  const connecting = await h2Answer(client.session.request({ ':method': 'CONNECT', ':authority': 'x' }));
  assert.equal(connecting.status, 400);
  isDraining = true;
  assert.equal((await h2Ask(client, '/api/v1/nodes')).status, 503);
  const watch = await h2Ask(client, '/api/v1/nodes?watch=1');
  assert.deepEqual([watch.status, watch.headers['retry-after']], [429, '1']);
});

test('100-continue is answered, and the body comes', async () => {
  await using both = await behindHub(mirror);
  using client = await h2Client(both.port);
  const stream = h2Begin(client, { ':method': 'POST', ':path': '/', expect: '100-continue' }, false);
  const answered = h2Answer(stream);
  await once(stream, 'continue');
  stream.end('body');
  assert.equal(mirrored((await answered).body).bodyLength, 4);
});

test('a drain asks the clients of a hub to go elsewhere, and running watches go on', async () => {
  const open: ApiResponse[] = [];
  await using both = await behindHub((_req, res) => {
    res.writeHead(200).write('begun');
    open.push(res);
  });
  using client = await h2Client(both.port);
  const stream = h2Begin(client, { ':path': '/api/v1/pods?watch=1' });
  await once(stream, 'data');
  const goAway = once(client.session, 'goaway');
  const drained = both.running.proxy.drain();
  await goAway;
  await drained;
  assert.deepEqual(client.goAways, [constants.NGHTTP2_NO_ERROR]);
  const more = once(stream, 'data');
  open[0]?.write('more');
  assert.equal(String((await more)[0]), 'more');
  const closed = once(client.session, 'close');
  open[0]?.end();
  await closed;
});

test('a watch over HTTP/1.1 tells a client of a hub that its connection ends with it; of a sidecar it does not', async () => {
  const handler: Handler = (_req, res) => void res.end('whole');
  for (const isHub of [true, false]) {
    await using both = await startBoth({ handler }, { isHub });
    const watch = await ask(both.port, {
      path: '/api/v1/pods?watch=1',
      headers: { connection: 'keep-alive' },
    });
    assert.equal(watch.res.headers.connection, isHub ? 'close' : 'keep-alive');
    const other = await ask(both.port, { path: '/version', headers: { connection: 'keep-alive' } });
    assert.equal(other.res.headers.connection, 'keep-alive');
  }
});

test('a write that its client sent behind a last response over HTTP/1.1 never reaches upstream: it is sent again (R5)', async () => {
  const seen: string[] = [];
  const open: ApiResponse[] = [];
  await using both = await behindHub((req, res) => {
    seen.push(`${req.method} ${req.url}`);
    if (req.url === '/other') res.end('other');
    else {
      res.writeHead(200).write('begun');
      open.push(res);
    }
  });
  const socket = connectTls({ host: '127.0.0.1', port: both.port, ca: LOOPBACK.ca });
  await once(socket, 'secureConnect');
  let came = '';
  socket.on('data', (chunk: Buffer) => (came += String(chunk)));
  const watch = 'GET /api/v1/pods?watch=1 HTTP/1.1\r\nHost: x\r\n\r\n';
  socket.write(`${watch}POST /written HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n`);
  await eventually(() => came.includes('begun'), 'the watch runs');
  const closed = once(socket, 'close');
  open[0]?.end('ended');
  await closed;
  assert.match(came, /Connection: close/);
  assert.match(came, /ended\r\n0\r\n\r\n$/);
  await ask(both.port, { path: '/other' });
  assert.deepEqual(seen, ['GET /api/v1/pods?watch=1', 'GET /other']);
});
