import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect as connectTcp } from 'node:net';
import type { Duplex } from 'node:stream';
import { mock, test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { eventually, startApiServer, type ApiResponse } from '../../support/api-server.ts';
import { LOOPBACK } from '../../support/certificates.ts';
import {
  ask,
  rawConnection,
  rawExchange,
  startBoth,
  startProxy,
  type ProxySetup,
} from '../../support/proxy.ts';
import { loopbackTarget } from '../../support/upstream.ts';

interface Seen {
  readonly url: string | undefined;
  readonly headers: readonly string[];
}

/** Switches to the protocol asked for and echoes. */
function echo(seen: Seen[], open: Duplex[] = []) {
  return (
    req: { url?: string | undefined; rawHeaders: string[]; headers: { upgrade?: string | undefined } },
    socket: Duplex,
    early: Buffer,
  ) => {
    seen.push({ url: req.url, headers: req.rawHeaders });
    open.push(socket);
    socket.on('error', () => undefined);
    const protocol = req.headers.upgrade ?? '';
    socket.write(
      `HTTP/1.1 101 Switching\r\nConnection: Upgrade\r\nUpgrade: ${protocol}\r\nX-Stream-Protocol-Version: v4\r\n\r\nhello `,
    );
    socket.write(early);
    socket.pipe(socket);
  };
}

const NEVER = (): void => assert.fail('not a plain request');

for (const protocol of ['SPDY/3.1', 'websocket']) {
  test(`R3: an upgrade to ${protocol} is tunnelled both ways, early bytes included`, async () => {
    const seen: Seen[] = [];
    await using both = await startBoth({ handler: NEVER, upgrade: echo(seen) });
    const socket = await rawConnection(both.port);
    let text = '';
    socket.on('data', (chunk: Buffer) => (text += chunk.toString('latin1')));
    socket.write(
      `POST /api/v1/namespaces/a/pods/..%2Fb/exec?command=x HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, X-Hop\r\n` +
        `X-Hop: 1\r\nUpgrade: ${protocol}\r\nAuthorization: Bearer t\r\nX-Stream-Protocol-Version: v4\r\n` +
        `Content-Length: 0\r\n\r\nearly `,
    );
    await eventually(() => text.includes('hello early '), 'early bytes');
    assert.match(text, /^HTTP\/1\.1 101 Switching\r\n/);
    assert.match(text, new RegExp(`\r\nUpgrade: ${protocol}\r\n`));
    assert.match(text, /\r\nX-Stream-Protocol-Version: v4\r\n/);
    socket.write('ping');
    await eventually(() => text.endsWith('ping'), 'echo');
    assert.equal(seen[0]?.url, '/api/v1/namespaces/a/pods/..%2Fb/exec?command=x');
    assert.ok(seen[0].headers.includes('Bearer t'));
    assert.ok(!seen[0].headers.includes('X-Hop'));
    assert.equal(both.running.watched.upstream.connections, 1);
    socket.end();
    await once(socket, 'close');
    await eventually(() => both.running.watched.upstream.connections === 0, 'upstream connection closed');
  });
}

test('R3: either side breaking off ends the tunnel on the other', async () => {
  const open: Duplex[] = [];
  await using both = await startBoth({ handler: NEVER, upgrade: echo([], open) });
  const ask = 'GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n';
  const first = await rawConnection(both.port);
  first.write(ask);
  await once(first, 'data');
  open[0]?.destroy();
  if (!first.closed) await once(first.resume(), 'close');
  const second = await rawConnection(both.port);
  second.write(ask);
  await once(second, 'data');
  const gone = once(open[1] ?? assert.fail(), 'close');
  second.destroy();
  await gone;
});

test('a client that says it sends no more leaves no tunnel behind, though upstream goes on (R10)', async () => {
  // Upstream goes on, as a command does that does not read.
  const open: Duplex[] = [];
  const silent = (_req: unknown, socket: Duplex): void => {
    socket.allowHalfOpen = true;
    open.push(socket.on('error', () => undefined).resume());
    socket.write('HTTP/1.1 101 Switching\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
  };
  await using both = await startBoth({ handler: NEVER, upgrade: silent });
  const client = await rawConnection(both.port);
  client.write('GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
  await once(client, 'data');
  client.end();
  const { proxy, watched } = both.running;
  await eventually(() => proxy.connections === 0 && watched.upstream.connections === 0, 'it is over');
  open[0]?.destroy();
});

test('what has been said is still delivered when either side ends, whichever is read last', async () => {
  const text = 'x'.repeat(4 * 1024 * 1024);
  await using both = await startBoth({
    handler: NEVER,
    upgrade: (_req, socket) => {
      socket.on('error', () => undefined).resume();
      socket.write('HTTP/1.1 101 Switching\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
      socket.end(text);
    },
  });
  const socket = await rawConnection(both.port);
  let received = '';
  socket.on('data', (chunk: Buffer) => (received += chunk.toString('latin1')));
  socket.write('GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
  await once(socket, 'close');
  assert.equal(received.slice(received.indexOf('\r\n\r\n') + 4).length, text.length);
});

test('a tunnel warns of no leak of listeners', async (t) => {
  const warnings: string[] = [];
  const onWarning = ({ name }: Error): void => {
    warnings.push(name);
  };
  process.on('warning', onWarning);
  t.after(() => process.off('warning', onWarning));
  await using both = await startBoth({ handler: NEVER, upgrade: echo([]) });
  const socket = await rawConnection(both.port);
  socket.write('GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
  await once(socket, 'data');
  socket.end();
  await once(socket, 'close');
  await setImmediate();
  assert.deepEqual(warnings, []);
});

test('R3: a refused upgrade is relayed with its status, headers and body', async () => {
  await using both = await startBoth({
    handler: NEVER,
    upgrade: (_req, socket) => {
      socket.end(
        'HTTP/1.1 403 Forbidden\r\nContent-Type: application/json\r\nAudit-Id: a\r\nTransfer-Encoding: chunked\r\n\r\n' +
          '9\r\n{"no":1}\n\r\n0\r\n\r\n',
      );
    },
  });
  const answer = await rawExchange(
    both.port,
    'POST /exec HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\n\r\n',
  );
  assert.match(answer, /^HTTP\/1\.1 403 Forbidden\r\n/);
  assert.match(answer, /\r\nAudit-Id: a\r\n/);
  assert.match(answer, /\{"no":1\}\n/);
  assert.match(answer, /0\r\n\r\n$/);
});

test('R5: an upgrade that cannot be asked for gets a Status', async () => {
  await using unreachable = await startProxy(loopbackTarget(1));
  const ask = (target: string) =>
    rawExchange(
      unreachable.port,
      `GET ${target} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n`,
    );
  assert.match(await ask('/exec'), /^HTTP\/1\.1 503 [^]*Retry-After: 1\r\n[^]*connection refused/);
  assert.match(await ask('/api/v1/nodes?watch=1'), /^HTTP\/1\.1 429 [^]*"reason":"TooManyRequests"/);
  assert.match(await ask('http://evil/'), /^HTTP\/1\.1 400 /);
});

/** Sends an upgrade and reads its answer, but does not close its own side. */
async function lingering(port: number, target: string, code: number): Promise<TLSSocket> {
  const raw = connectTcp({ host: '127.0.0.1', port, allowHalfOpen: true });
  const socket = connectTls({ socket: raw, ca: LOOPBACK.ca, host: '127.0.0.1' });
  let answer = '';
  socket.on('error', () => undefined).on('data', (chunk) => (answer += String(chunk)));
  socket.write(`GET ${target} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n`);
  await once(socket, 'end');
  assert.match(answer, new RegExp(`^HTTP/1\\.1 ${code} `));
  return socket;
}

for (const [refusal, code, target, setup, upstreamPort] of [
  ['for its target', 400, 'http://x/y', {}, undefined],
  ['over --max-upgrades', 503, '/exec', { limits: { maxUpgrades: 0 } }, undefined],
  ['while draining', 503, '/exec', { isDraining: () => true }, undefined],
  ['where upstream cannot be reached', 503, '/exec', {}, 1],
  ['by upstream', 403, '/exec', {}, undefined],
] satisfies [string, number, string, ProxySetup, number | undefined][])
  test(`a refused upgrade gives its connection back: refused ${refusal} (R27)`, async (t) => {
    const bounds: string[] = [];
    const forbid = (_req: unknown, socket: Duplex): void => {
      socket.on('error', () => undefined).end('HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno');
    };
    await using server = await startApiServer({
      handler: (_req: unknown, res: ApiResponse) => void res.end('hello'),
      upgrade: forbid,
    });
    await using running = await startProxy(loopbackTarget(upstreamPort ?? server.port), {
      ...setup,
      limits: { maxConnections: 5, ...('limits' in setup ? setup.limits : {}) },
      onConnectionBound: (bound) => bounds.push(bound),
    });
    const { port, proxy } = running;
    mock.timers.enable({ apis: ['setTimeout'] });
    t.after(() => mock.timers.reset());
    const held: TLSSocket[] = [];
    for (let count = 0; count < 5; count++) held.push(await lingering(port, target, code));
    assert.equal(proxy.connections, 5);
    // All places are taken, and whoever comes gets one all the same.
    assert.ok((await ask(port, { path: '/' })).res.statusCode);
    assert.deepEqual(bounds, ['idle']);
    mock.timers.tick(1000);
    await eventually(() => proxy.connections === 0, 'the others are gone too');
    for (const socket of held) socket.destroy();
  });

test('R31: no tunnel is opened while draining', async () => {
  await using draining = await startProxy(loopbackTarget(1), { isDraining: () => true });
  const answer = await rawExchange(
    draining.port,
    'GET /exec HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n',
  );
  assert.match(answer, /^HTTP\/1\.1 503 [^]*shutting down/);
});

test('R3: an upgrade to h2c, or with a body, is served as if it had not been asked for', async () => {
  await using both = await startBoth({ handler: (req, res) => req.pipe(res), upgrade: NEVER });
  const send = (headers: string) =>
    rawExchange(both.port, `POST / HTTP/1.1\r\nHost: x\r\nConnection: close, Upgrade\r\n${headers}`);
  assert.match(await send('Upgrade: h2c\r\nContent-Length: 2\r\n\r\nhi'), /^HTTP\/1\.1 200 [^]*hi/);
  assert.match(await send('Upgrade: websocket\r\nContent-Length: 2\r\n\r\nho'), /^HTTP\/1\.1 200 [^]*ho/);
  assert.match(await send('Upgrade: h2c\r\n\r\n'), /^HTTP\/1\.1 200 /);
});

test('R10: a client that goes before upstream has answered its upgrade ends it', async () => {
  const open: Duplex[] = [];
  await using both = await startBoth({ handler: NEVER, upgrade: (_req, socket) => open.push(socket) });
  const client = await rawConnection(both.port);
  client.write('GET /exec HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
  await eventually(() => open.length === 1, 'asked');
  const gone = once((open[0] ?? assert.fail()).on('error', () => undefined).resume(), 'close');
  client.destroy();
  await gone;
});

test('R23: the listener speaks TLS with HTTP/1.1 only, and closing cuts what is open', async () => {
  await using both = await startBoth({ handler: NEVER, upgrade: echo([]) });
  const client = await rawConnection(both.port);
  assert.equal(client.alpnProtocol, false);
  client.write('GET /exec HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
  await once(client, 'data');
  assert.equal(both.running.proxy.connections, 1);
  await both.running.proxy.close();
  if (!client.closed) await once(client.resume(), 'close');
});

test('a hub passes nothing on by an upgrade that only a front proxy may say (I10)', async (t) => {
  const upgrades: string[][] = [];
  await using both = await startBoth(
    {
      handler: (_req, res) => void res.end(),
      upgrade: (req) => void upgrades.push(Object.keys(req.headers)),
    },
    { isHub: true },
  );
  const socket = await rawConnection(both.port);
  t.after(() => socket.destroy());
  const head = ['GET /exec HTTP/1.1', 'Host: x', 'Connection: Upgrade', 'Upgrade: SPDY/3.1'];
  socket.write([...head, 'X-Remote-User: admin', 'X-Other: a', '', ''].join('\r\n'));
  await eventually(() => upgrades.length === 1, 'it is upstream');
  const [names = []] = upgrades;
  assert.ok(names.includes('x-other'));
  assert.deepEqual(
    names.filter((name) => name.startsWith('x-remote-')),
    [],
  );
});
