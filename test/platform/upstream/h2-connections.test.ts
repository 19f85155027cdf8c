/** Which connection a request goes by where another one is of no use, or long in coming. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import type { Delivery, Exchange } from '../../../src/platform/upstream/exchange.ts';
import type { H2Connection } from '../../../src/platform/upstream/h2-connection.ts';
import { H2Connections } from '../../../src/platform/upstream/h2-connections.ts';

/** A connection of which the test says what runs on it. */
class Stub {
  hasRoom = true;
  isHindered = false;
  isIdle = false;
  usable = true;
  readonly started: string[] = [];

  start(delivery: Delivery): { abort(): void; resume(): void } {
    this.started.push(delivery.request.target);
    return { abort: () => undefined, resume: () => undefined };
  }

  retire(): void {
    this.usable = false;
  }

  destroy(): void {
    this.usable = false;
  }
}

function stubs(open: () => Promise<Stub>): {
  readonly all: H2Connections;
  readonly send: (name: string) => Exchange;
} {
  const all = new H2Connections({
    open: async () => (await open()) as unknown as H2Connection,
    onHttp1: () => assert.fail('it speaks HTTP/2'),
    maxWaitMs: 10_000,
    spreadOver: 3,
    maxConnections: 16,
  });
  const send = (target: string): Exchange => {
    const fail = (): void => assert.fail(`${target} was not sent`);
    return all.send({ request: { target }, fail, settle: () => undefined } as unknown as Delivery);
  };
  return { all, send };
}

test('R43: where another connection allows no stream, a request goes beside the long answer', async () => {
  const first = new Stub();
  const useless = new Stub();
  useless.hasRoom = false;
  const opened = [first, useless];
  const { send } = stubs(() => Promise.resolve(opened.shift() ?? assert.fail('one more')));
  send('a');
  await turn();
  first.isHindered = true;
  send('b');
  await turn();
  assert.deepEqual(first.started, ['a', 'b']);
  assert.equal(useless.usable, false);
});

test('R43: a connection that is long in coming holds up no later request either', async (t) => {
  const first = new Stub();
  const opened = [Promise.resolve(first), new Promise<Stub>(() => undefined)];
  const { all, send } = stubs(() => opened.shift() ?? assert.fail('one more'));
  send('a');
  await turn();
  first.isHindered = true;
  t.mock.timers.enable({ apis: ['setTimeout'] });
  send('b');
  t.mock.timers.tick(1000);
  assert.deepEqual(first.started, ['a', 'b']);
  first.isHindered = false;
  all.makeRoom();
  first.isHindered = true;
  send('c');
  assert.deepEqual(first.started, ['a', 'b', 'c']);
});

test('R43: of idle connections one is kept, though the oldest has a long answer', async () => {
  const three = [new Stub(), new Stub(), new Stub()];
  const opened = [...three];
  const { all, send } = stubs(() => Promise.resolve(opened.shift() ?? assert.fail('one more')));
  for (const name of ['a', 'b', 'c']) {
    for (const connection of three) connection.isHindered = true;
    send(name);
    await turn();
  }
  const [, second, third] = three;
  for (const connection of three.slice(1)) {
    connection.isHindered = false;
    connection.isIdle = true;
  }
  all.makeRoom();
  assert.deepEqual([second?.usable, third?.usable], [true, false]);
});

/** Milliseconds of CPU for so many requests that wait for a stream, of which every other one gives up, the newest first. */
async function cpuOfWaiting(count: number): Promise<number> {
  const only = new Stub();
  const opened = [Promise.resolve(only)];
  const { all, send } = stubs(() => opened.shift() ?? new Promise(() => undefined));
  send('first');
  await turn();
  only.hasRoom = false;
  const before = process.threadCpuUsage();
  const waiting = Array.from({ length: count }, (_, at) => send(`${at}`));
  for (let at = count - 1; at >= 0; at -= 2) waiting[at]?.abort();
  only.hasRoom = true;
  all.makeRoom();
  const { user, system } = process.threadCpuUsage(before);
  assert.equal(only.started.length, 1 + count / 2);
  all.close();
  return (user + system) / 1000;
}

test('requests that wait for a stream, and those that give up, cost the same each, however many they are (R27)', async () => {
  await cpuOfWaiting(5000);
  const few = await cpuOfWaiting(5000);
  const many = await cpuOfWaiting(50_000);
  // What is quadratic takes a hundred times as much; the collector may double what is linear.
  assert.ok(many < 30 * few + 100, `${few} ms for 5,000 and ${many} ms for 50,000`);
});
