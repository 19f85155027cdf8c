/** What one connection can make the process do before it is ended. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, IncomingMessage } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { test, type TestContext } from 'node:test';
import { ConnectionGuard, type GuardHandlers } from '../../../src/platform/listen/connection-guard.ts';
import type { ConnectionLimits } from '../../../src/platform/listen/connection-limits.ts';
import { eventually } from '../../support/api-server.ts';
import { PLAIN_REFUSALS } from '../../../src/platform/listen/refusal.ts';

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
