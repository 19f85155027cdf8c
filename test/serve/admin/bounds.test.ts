/** What callers may take of the listeners for operators, which may be reached from the whole cluster (R27). */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { test, type TestContext } from 'node:test';
import {
  listenMetrics,
  type MetricsListenerOptions,
  type OperatorListener,
} from '../../../src/platform/health/metrics-listener.ts';
import { listenAdmin } from '../../../src/serve/admin/admin.ts';
import { Health } from '../../../src/platform/health/health.ts';
import { eventually } from '../../support/api-server.ts';
import { sampleExplained, sampleStatus } from '../../support/sample-status.ts';

const DEBUG = {
  config: () => ({}),
  streams: () => [],
  hub: () => ({}),
  explain: () => sampleExplained(),
  status: () => sampleStatus(),
};
const AT = { host: '127.0.0.1', port: 0 };

interface Scene {
  readonly listener: OperatorListener;
  readonly bounds: string[];
  renderings: number;
}

async function scene(
  t: TestContext,
  listen: (options: MetricsListenerOptions) => Promise<OperatorListener>,
): Promise<Scene> {
  const bounds: string[] = [];
  const counted = { renderings: 0 };
  const listener = await listen({
    health: new Health(),
    metricsText: () => {
      counted.renderings++;
      return Promise.resolve({ contentType: 'text/plain', body: `up ${counted.renderings}\n` });
    },
    onConnectionBound: (bound) => bounds.push(bound),
  });
  t.after(() => listener.close());
  return Object.assign(counted, { listener, bounds });
}

async function connected(t: TestContext, port: number): Promise<Socket> {
  const socket = connect({ host: '127.0.0.1', port });
  t.after(() => socket.destroy());
  socket.on('error', () => socket.destroy());
  await once(socket, 'connect');
  return socket.resume();
}

for (const [name, listen] of [
  ['admin', (options: MetricsListenerOptions) => listenAdmin(AT, options, DEBUG)],
  ['metrics', (options: MetricsListenerOptions) => listenMetrics(AT, options)],
] as const) {
  test(`${name}: 2,000 pipelined requests end their connection, after few renderings (R27)`, async (t) => {
    const at = await scene(t, listen);
    const socket = await connected(t, at.listener.port);
    socket.write('GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(2000));
    await eventually(() => socket.closed, 'it is closed');
    assert.ok(at.renderings <= 1, `${at.renderings} renderings`);
    assert.deepEqual(at.bounds, ['pipelined']);
    assert.equal((await fetch(`http://127.0.0.1:${at.listener.port}/livez`)).status, 200);
  });

  test(`${name}: idle connections are let in up to a bound, and keep nobody out (R27)`, async (t) => {
    const at = await scene(t, listen);
    const sockets: Socket[] = [];
    for (let count = 0; count < 200; count++) sockets.push(await connected(t, at.listener.port));
    assert.equal((await fetch(`http://127.0.0.1:${at.listener.port}/livez`)).status, 200);
    await eventually(() => sockets.filter(({ closed }) => !closed).length < 64, 'the others are closed');
    // It is the newest that are left.
    assert.ok(sockets.slice(-50).every(({ closed }) => !closed));
    assert.deepEqual(new Set(at.bounds), new Set(['idle']));
  });
}

test('metrics are made once for all who ask at one moment, and are never older than the question (R27)', async (t) => {
  const at = await scene(t, (options) => listenMetrics(AT, options));
  const ask = async () => (await fetch(`http://127.0.0.1:${at.listener.port}/metrics`)).text();
  assert.equal(await ask(), 'up 1\n');
  const before = at.renderings;
  const texts = await Promise.all(Array.from({ length: 40 }, ask));
  assert.ok(at.renderings - before <= 10, `${at.renderings - before} renderings`);
  assert.ok(texts.every((text) => text !== 'up 1\n'));
});
