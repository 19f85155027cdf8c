/** What one connection can make the process do before it is ended. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, IncomingMessage } from 'node:http';
import { type AddressInfo, connect, Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:https';
import { mock, test, type TestContext } from 'node:test';
import { connect as connectTls } from 'node:tls';
import { ConnectionGuard, type GuardHandlers } from '../../../src/platform/listen/connection-guard.ts';
import { GuardedServer } from '../../../src/platform/listen/guarded-server.ts';
import type { ConnectionLimits } from '../../../src/platform/listen/connection-limits.ts';
import { PLAIN_REFUSALS } from '../../../src/platform/listen/refusal.ts';
import { MAX_WRITE_BYTES } from '../../../src/platform/listen/write-in-parts.ts';
import { eventually } from '../../support/api-server.ts';
import { LOOPBACK } from '../../support/certificates.ts';
import { ask } from '../../support/proxy.ts';

const REQUESTS = 'GET / HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(2000);

interface Scene {
  /** The client's. */
  readonly socket: Socket;
  /** The same connection, as it was accepted. */
  readonly raw: Socket;
  readonly bounds: readonly string[];
  /** How many requests the parser has made of what came. */
  readonly made: () => number;
  /** Resolves when the connection is over. */
  readonly over: () => Promise<void>;
}

async function scene(
  t: TestContext,
  limits: Omit<ConnectionLimits, 'maxConnections'>,
  onRequest: GuardHandlers['onRequest'] = () => undefined,
): Promise<Scene> {
  let made = 0;
  const bounds: string[] = [];
  const server = createServer({
    IncomingMessage: class extends IncomingMessage {
      constructor(...args: ConstructorParameters<typeof IncomingMessage>) {
        super(...args);
        made++;
      }
    },
  });
  const guard = new ConnectionGuard(
    server,
    { maxConnections: 10, ...limits },
    { onRequest, refusals: PLAIN_REFUSALS, onBound: (bound) => bounds.push(bound) },
  );
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  // Reset, since not all that is sent is read.
  socket.on('error', () => undefined);
  const [raw] = (await once(server, 'connection')) as [Socket];
  return { socket, raw, bounds, made: () => made, over: () => guard.gone() };
}

test('a chunk full of requests costs no more than those that may wait (R27)', async (t) => {
  const { socket, bounds, made, over } = await scene(t, { headTimeoutMs: 10_000 });
  socket.write(REQUESTS);
  await over();
  assert.ok(made() <= 6, `${made()} requests were made of it`);
  assert.deepEqual(bounds, ['pipelined']);
});

test('heads behind the request under way are read as far as those of ordinary size go (R27)', async (t) => {
  const head = (bytes: number): string => `GET / HTTP/1.1\r\nHost: x\r\nX: ${'x'.repeat(bytes)}\r\n\r\n`;
  const { socket, bounds, made, over } = await scene(t, { headTimeoutMs: 10_000 });
  // The first may be as large as any.
  socket.write(head(15_000));
  await eventually(() => made() === 1, 'it is served');
  for (let more = 0; more < 3; more++) {
    socket.write(head(5000));
    await eventually(() => made() === 2 + more, 'it waits');
  }
  assert.deepEqual(bounds, []);
  socket.write(head(5000));
  await over();
  assert.equal(made(), 4);
  assert.deepEqual(bounds, ['pipelined']);
});

test('requests on a connection that has had its last answer cost no more (R27)', async (t) => {
  const { socket, bounds, made, over } = await scene(t, { headTimeoutMs: 1 });
  assert.match(String((await once(socket, 'data'))[0]), /^HTTP\/1\.1 408 /);
  socket.write(REQUESTS);
  await over();
  assert.ok(made() <= 6, `${made()} requests were made of it`);
  assert.deepEqual(bounds, ['head_time']);
});

test('of a request that was answered before it was whole no more is read, and the answer arrives (R27)', async (t) => {
  const { socket, raw, over } = await scene(t, { headTimeoutMs: 10_000, endsUnread: true }, (_req, res) => {
    res.writeHead(503).end('too much');
  });
  const length = 32 * 1024 * 1024;
  let answer = '';
  socket.on('data', (chunk) => (answer += String(chunk)));
  socket.write(`POST / HTTP/1.1\r\nHost: x\r\nContent-Length: ${length}\r\n\r\n`);
  socket.write(Buffer.alloc(length));
  await over();
  assert.match(answer, /^HTTP\/1\.1 503 [^]*too much/);
  assert.ok(raw.bytesRead < length / 4, `${raw.bytesRead} bytes were read`);
});

test('half a head and the end of its sender leave no descriptor behind, long before the head is late (R27)', async (t) => {
  const { socket, bounds, over } = await scene(t, { headTimeoutMs: 2000 });
  socket.end('GET / HTTP/1.1\r\nX-Half: a');
  await over();
  assert.deepEqual(bounds, []);
});

test('a reset behind half a head, in the midst of a TLS handshake, leaves no descriptor behind (R27)', async (t) => {
  t.after(() => mock.timers.reset());
  // Time stands still: no deadline helps.
  mock.timers.enable({ apis: ['setTimeout'] });
  const server = createTlsServer({ ...LOOPBACK.tls });
  const guard = new ConnectionGuard(
    server,
    { maxConnections: 10, headTimeoutMs: 30_000 },
    { onRequest: () => undefined, refusals: PLAIN_REFUSALS, onBound: () => undefined },
  );
  t.after(() => server.close());
  t.after(() => guard.cut());
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const raw = connect((server.address() as AddressInfo).port, '127.0.0.1');
  const socket = connectTls({ socket: raw, ca: LOOPBACK.ca, host: '127.0.0.1' });
  for (const side of [raw, socket]) side.on('error', () => undefined);
  // The server has read half a head along with the client's last bytes of the handshake, and has its own last ones still to
  // write, the tickets of TLS 1.3. The reset makes that write fail. Node.js then reads an orderly end, and an answer to it
  // neither fails nor comes to its end: whoever waits for it keeps the descriptor (seen with Node 24).
  server.on('secureConnection', (served: Socket) => served.once('data', () => raw.resetAndDestroy()));
  socket.once('secureConnect', () => socket.write('GET / HTTP/1.1\r\nX-Half: a'));
  await once(raw, 'close');
  await eventually(() => guard.connections === 0, 'no connection is left');
});

test('a connection that was reset before it was accepted takes no place (R27)', () => {
  const server = createTlsServer({ ...LOOPBACK.tls });
  const guard = new ConnectionGuard(
    server,
    { maxConnections: 10, headTimeoutMs: 30_000 },
    { onRequest: () => undefined, refusals: PLAIN_REFUSALS, onBound: () => undefined },
  );
  // As Node.js accepts it: the kernel no longer knows a peer.
  const reset = new Socket();
  server.emit('connection', reset);
  assert.ok(reset.destroyed);
  assert.equal(guard.connections, 0);
});

test('what is long goes to a TLS connection in short writes, each byte in its place (I3, R27)', async (t) => {
  const single = t.mock.method(Socket.prototype, '_write');
  const several = t.mock.method(Socket.prototype as Required<Socket>, '_writev');
  const text = ['a', 'b', 'c', 'd'].map((letter, at) =>
    letter.repeat([300_000, 200_000, 1, 70_000][at] ?? 0),
  );
  const server = new GuardedServer({
    tls: LOOPBACK.tls,
    limits: {
      connections: { maxConnections: 10, headTimeoutMs: 10_000 },
      maxHeadBytes: 8192,
      keepAliveMs: 1000,
    },
    handlers: {
      onRequest: (req, res) => {
        const [alone = '', ...together] = text;
        if (req.url === '/alone') {
          // Without a length of its own around it, and not together with the head.
          res.writeHead(200, { 'content-length': alone.length }).flushHeaders();
          setImmediate(() => res.end(Buffer.from(alone)));
          return;
        }
        // The socket is busy with the first one, and has the others all at once behind it.
        res.write(Buffer.from(alone));
        for (const part of together) res.write(part);
        res.end();
      },
      refusals: PLAIN_REFUSALS,
      onBound: () => undefined,
    },
  });
  t.after(() => server.close());
  const { port } = await server.listen('127.0.0.1', 0);
  const { body } = await ask(port, { path: '/' });
  assert.equal(body.toString(), text.join(''));
  assert.equal((await ask(port, { path: '/alone' })).body.toString(), text[0]);
  const sizes = [...single.mock.calls, ...several.mock.calls].map((call) => {
    const [written] = call.arguments as unknown[];
    const parts = Array.isArray(written) ? (written as { chunk: Buffer }[]) : [{ chunk: written as Buffer }];
    return parts.reduce((sum, { chunk }) => sum + chunk.length, 0);
  });
  assert.ok(sizes.length >= 870_000 / MAX_WRITE_BYTES, `${sizes.length} writes`);
  assert.ok(Math.max(...sizes) <= MAX_WRITE_BYTES, `${Math.max(...sizes)} bytes at once`);
});

test('the time that a response was given for its bytes does not end the request behind it', async (t) => {
  const timeouts: (number | undefined)[] = [];
  const { socket } = await scene(t, { headTimeoutMs: 30_000 }, (req, res) => {
    timeouts.push(req.socket.timeout);
    res.setTimeout(1000);
    res.end();
  });
  socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(2));
  await eventually(() => timeouts.length === 2, 'both are served');
  socket.destroy();
  assert.deepEqual(
    timeouts.map((timeout) => timeout ?? 0),
    [0, 0],
  );
});
