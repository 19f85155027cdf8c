/** A hub that hangs with its connections open, as a process that is stopped does: the kernel answers for it (I15). */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { test, type TestContext } from 'node:test';
import { textAt } from '../support/json-value.ts';
import { withHub } from './hub-setting.ts';

/** It is asked every five seconds and has five to answer (src/serve/hub-link.ts). */
const NOTICED_MS = 10_000;

interface Relay {
  readonly port: number;
  /** From now on nothing passes, and no connection ends. */
  readonly hang: () => void;
}

async function startRelay(t: TestContext, to: number): Promise<Relay> {
  const sockets = new Set<Socket>();
  const server = createServer((near) => {
    const far = connect(to, '127.0.0.1');
    for (const socket of [near, far]) sockets.add(socket.on('error', () => undefined));
    near.pipe(far);
    far.pipe(near);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  t.after(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  const address = server.address();
  assert.ok(typeof address === 'object' && address !== null);
  const hang = (): void => {
    for (const socket of sockets) socket.unpipe().pause();
    server.removeAllListeners('connection');
  };
  return { port: address.port, hang };
}

for (const http of ['auto', '1.1'])
  test(`a watch at a hub that hangs ends within ${NOTICED_MS / 1000} s, and its client resumes, --upstream-http=${http}`, async (t) => {
    const relays: Relay[] = [];
    const { simulator, proxy } = await withHub(t, {
      argv: ['--upstream-http', http],
      before: async (port) => {
        const relay = await startRelay(t, port);
        relays.push(relay);
        return relay.port;
      },
    });
    const { body } = await proxy.fetch('/api/v1/nodes?resourceVersion=0');
    const listed = textAt(JSON.parse(body.toString()), 'metadata', 'resourceVersion');
    const watch = await proxy.watch(`allowWatchBookmarks=true&resourceVersion=${listed}`);
    simulator.cluster.setLabel('node-0000', 'zone', 'a');
    const [seen = ''] = await watch.takeNames(1);
    relays[0]?.hang();
    const hungAt = performance.now();
    assert.deepEqual(await watch.takeAll(), []);
    const tookMs = performance.now() - hungAt;
    assert.ok(tookMs < NOTICED_MS + 5000, `after ${tookMs} ms`);
    simulator.cluster.setLabel('node-0001', 'zone', 'b');
    const again = await proxy.watch(`allowWatchBookmarks=true&resourceVersion=${seen.split(' ')[2] ?? ''}`);
    assert.match((await again.takeNames(1)).join(), /^MODIFIED node-0001 /);
  });
