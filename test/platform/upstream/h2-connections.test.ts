/** Which connection a request goes by where another one is of no use, or long in coming. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import type { Delivery } from '../../../src/platform/upstream/exchange.ts';
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
  readonly send: (name: string) => void;
} {
  const all = new H2Connections({
    open: async () => (await open()) as unknown as H2Connection,
    onHttp1: () => assert.fail('it speaks HTTP/2'),
    maxWaitMs: 10_000,
    spreadOver: 3,
  });
  const send = (target: string): void => {
    const fail = (): void => assert.fail(`${target} was not sent`);
    all.send({ request: { target }, fail, settle: () => undefined } as unknown as Delivery);
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
