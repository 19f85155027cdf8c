/** What one connection may take of a listener with short answers, each bound driven to its limit (R27). */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { mock, test, type TestContext } from 'node:test';
import type { ServerResponse } from 'node:http';
import { GuardedServer, type ServerLimits } from '../../../src/platform/listen/guarded-server.ts';
import { PLAIN_REFUSALS } from '../../../src/platform/listen/refusal.ts';
import { SHORT_ANSWERS } from '../../../src/platform/listen/short-answers.ts';
import { eventually } from '../../support/api-server.ts';

const GET = 'GET / HTTP/1.1\r\nHost: x\r\n\r\n';
const fine = (res: ServerResponse): void => void res.end('fine');

interface Scene {
  readonly socket: Socket;
  readonly bounds: readonly string[];
  readonly server: GuardedServer;
  /** All that has come so far. */
  readonly text: () => string;
}

/** One connection to such a listener. */
async function scene(
  t: TestContext,
  answer: (res: ServerResponse) => void = fine,
  limits: Partial<ServerLimits> = {},
): Promise<Scene> {
  const bounds: string[] = [];
  const server = new GuardedServer({
    limits: { ...SHORT_ANSWERS, ...limits },
    handlers: {
      refusals: PLAIN_REFUSALS,
      onRequest: (_req, res) => answer(res),
      onBound: (bound) => bounds.push(bound),
    },
  });
  const { port } = await server.listen('127.0.0.1', 0);
  t.after(() => server.close());
  const socket = connect(port, '127.0.0.1');
  t.after(() => socket.destroy());
  socket.on('error', () => undefined);
  let text = '';
  socket.on('data', (chunk) => (text += String(chunk)));
  await once(socket, 'connect');
  await eventually(() => server.connections === 1, 'it is accepted');
  return { socket, bounds, server, text: () => text };
}

test('a head has 10 s, then it is answered 408 (R27)', async (t) => {
  mock.timers.enable({ apis: ['setTimeout'] });
  t.after(() => mock.timers.reset());
  const { bounds, server, text } = await scene(t);
  mock.timers.tick(9_999);
  assert.deepEqual(bounds, []);
  assert.equal(server.connections, 1);
  mock.timers.tick(1);
  assert.deepEqual(bounds, ['head_time']);
  await eventually(() => text().startsWith('HTTP/1.1 408 '), 'it is answered');
  await eventually(() => server.connections === 0, 'it is closed');
});

test('a request and its answer have 10 s, then the connection is closed (R27)', async (t) => {
  let asked = 0;
  mock.timers.enable({ apis: ['setTimeout'] });
  t.after(() => mock.timers.reset());
  const { socket, bounds, server, text } = await scene(t, () => {
    asked++;
  });
  socket.write(GET);
  await eventually(() => asked === 1, 'it is asked');
  mock.timers.tick(9_999);
  assert.equal(server.connections, 1);
  mock.timers.tick(1);
  assert.deepEqual(bounds, ['request_time']);
  await eventually(() => server.connections === 0 && socket.closed, 'it is closed');
  assert.equal(text(), '');
});

test('a head of 16 KiB is served, a larger one answered 431 (R27)', async (t) => {
  const withHead = (bytes: number): string => {
    const rest = 'GET / HTTP/1.1\r\nHost: x\r\nX: \r\n\r\n'.length;
    return `GET / HTTP/1.1\r\nHost: x\r\nX: ${'x'.repeat(bytes - rest)}\r\n\r\n`;
  };
  const served = await scene(t);
  // The parser leaves the signs between fields out of its count, so it is not told to the byte.
  served.socket.write(withHead(16 * 1024));
  await eventually(() => served.text().startsWith('HTTP/1.1 200 '), 'it is served');
  const refused = await scene(t);
  refused.socket.write(withHead(16 * 1024 + 64));
  await eventually(() => refused.text().startsWith('HTTP/1.1 431 '), 'it is refused');
});

test('a connection that had a request is kept for as long as it is said, and then closed (R27)', async (t) => {
  const { socket, bounds, text } = await scene(t, fine, { keepAliveMs: 1 });
  socket.write(GET);
  await eventually(() => text().endsWith('fine'), 'it is answered');
  await once(socket, 'close');
  assert.deepEqual(bounds, []);
});

test('a request whose body is still coming when the answer before it has left is served', async (t) => {
  const bodies: string[] = [];
  const server = new GuardedServer({
    limits: SHORT_ANSWERS,
    handlers: {
      refusals: PLAIN_REFUSALS,
      onRequest: (req, res) => {
        req.toArray().then((chunks: readonly Buffer[]) => {
          bodies.push(Buffer.concat(chunks).toString());
          res.end('fine');
        }, assert.ifError);
      },
      onBound: (bound) => assert.fail(bound),
    },
  });
  const { port } = await server.listen('127.0.0.1', 0);
  t.after(() => server.close());
  const socket = connect(port, '127.0.0.1');
  t.after(() => socket.destroy());
  let text = '';
  socket.on('data', (chunk) => (text += String(chunk)));
  const post = 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\n';
  // As a client that asks again at once: the end of the answer is noticed here after the next request has come.
  socket.write(`${post}body${post}an`);
  await eventually(() => text.endsWith('fine'), 'the first is answered');
  socket.write('d!');
  await eventually(() => text.split('fine').length === 3 || socket.closed, 'the second is answered');
  assert.deepEqual(bodies, ['body', 'and!']);
});

test('a request that is not whole keeps nobody out: the one that has been so for longest makes room (R27)', async (t) => {
  const bounds: string[] = [];
  const whole: string[] = [];
  let asked = 0;
  const server = new GuardedServer({
    limits: { ...SHORT_ANSWERS, connections: { ...SHORT_ANSWERS.connections, maxConnections: 3 } },
    handlers: {
      refusals: PLAIN_REFUSALS,
      onRequest: (req) => {
        asked++;
        req.on('error', () => undefined).resume();
        req.once('end', () => whole.push(req.url ?? ''));
      },
      onBound: (bound) => bounds.push(bound),
    },
  });
  const { port } = await server.listen('127.0.0.1', 0);
  t.after(() => server.close());
  const open = (text: string): Socket => {
    const socket = connect(port, '127.0.0.1').on('error', () => undefined);
    t.after(() => socket.destroy());
    socket.resume().write(text);
    return socket;
  };
  const ask = async (path: string, body = ''): Promise<Socket> => {
    const before = asked;
    const socket = open(`POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\n${body}`);
    await eventually(() => asked === before + 1, `${path} is asked`);
    return socket;
  };
  const worked = await ask('/worked', 'x');
  const slow = await ask('/slow');
  const slower = await ask('/slower');
  const first = await ask('/first', 'x');
  await eventually(() => slow.closed, 'the one that is not whole for longest has made room');
  // Whole by now, so it stays.
  slower.write('x');
  await eventually(() => whole.includes('/slower'), 'it is whole');
  const late = open('');
  await eventually(() => late.closed, 'where each has a request to be answered, one more is closed');
  assert.deepEqual(bounds, ['idle', 'connections']);
  assert.deepEqual(whole, ['/worked', '/first', '/slower']);
  assert.deepEqual(
    [worked, slower, first].map(({ closed }) => closed),
    [false, false, false],
  );
});
