/** How long a tunnel lasts of which one side has gone and the other does not take what is left for it (R10, R27). */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { Duplex, duplexPair } from 'node:stream';
import { mock, test, type TestContext } from 'node:test';
import { ByteBudget } from '../../../src/core/limits/byte-budget.ts';
import { Callers } from '../../../src/serve/proxy/callers.ts';
import { Guests } from '../../../src/serve/proxy/guests.ts';
import { InFlight } from '../../../src/serve/proxy/in-flight.ts';
import { tunnel } from '../../../src/serve/proxy/tunnel.ts';
import { eventually } from '../../support/api-server.ts';
import { PASSING } from '../../support/proxy.ts';
import { loopbackTarget } from '../../support/upstream.ts';

const BUDGET_BYTES = 1024 * 1024;

/** Says nothing, and never takes what is written to it. */
class Deaf extends Duplex {
  written = '';

  override _read(): void {
    // It has nothing to say.
  }

  override _write(chunk: Buffer): void {
    this.written += String(chunk);
  }
}

/** A tunnel between two sides, and who else wants its place. */
async function join(t: TestContext, client: Duplex, upstream: Duplex): Promise<Guests> {
  mock.timers.enable({ apis: ['setTimeout'] });
  t.after(() => mock.timers.reset());
  const guests = new Guests({
    limits: { streams: 1, upgrades: 1, requests: 1, connections: 2 },
    budget: new ByteBudget(BUDGET_BYTES),
    onRefused: () => undefined,
  });
  const head = { statusCode: 101, statusMessage: '', headers: [] };
  const early = Buffer.alloc(0);
  const req = new IncomingMessage(new Socket());
  req.url = '/exec';
  await tunnel(
    {
      upstream: {
        target: loopbackTarget(1),
        send: () => assert.fail('it asks to upgrade'),
        upgrade: () => Promise.resolve({ kind: 'switched', head, socket: upstream, early }),
      },
      sieved: [],
      ...PASSING,
      inFlight: new InFlight(),
      guests,
      callers: new Callers(),
    },
    { req, socket: client, early, leave: () => assert.fail('it is not refused') },
  );
  return guests;
}

/** Whether somebody else gets the place of an upgrade. */
function hasPlace(guests: Guests): boolean {
  const guest = {
    caller: 'stranger',
    kind: 'upgrades',
    canBeRefused: false,
    giveWay: () => undefined,
  } as const;
  const isIn = guests.enter(guest, 1) === undefined;
  guests.leave(guest);
  return isIn;
}

test('a client that has gone leaves its place for 30 s to an upstream that does not read (R10, R27)', async (t) => {
  const [ours, client] = duplexPair();
  const upstream = new Deaf();
  const guests = await join(t, ours, upstream);
  client.resume().end('last words');
  const gone = once(ours, 'close');
  await eventually(() => ours.readableEnded, 'its end is heard');
  assert.equal(upstream.written, 'last words');
  mock.timers.tick(1000);
  await gone;
  assert.equal(hasPlace(guests), false);
  mock.timers.tick(29_999);
  assert.equal(upstream.destroyed, false);
  mock.timers.tick(1);
  assert.equal(upstream.destroyed, true);
  await eventually(() => hasPlace(guests), 'the place is free');
});

test('an upstream that has gone leaves 30 s to a client that does not read (R27)', async (t) => {
  const client = new Deaf();
  const [ours, upstream] = duplexPair();
  const guests = await join(t, client, ours);
  upstream.resume().end('last words');
  const gone = once(ours, 'close');
  await eventually(() => ours.readableEnded, 'its end is heard');
  mock.timers.tick(1000);
  await gone;
  mock.timers.tick(29_999);
  assert.equal(client.destroyed, false);
  assert.equal(hasPlace(guests), false);
  mock.timers.tick(1);
  assert.equal(client.destroyed, true);
  await eventually(() => hasPlace(guests), 'the place is free');
});

test('a tunnel of which one side has gone gives way as a whole, for memory too (R27)', async (t) => {
  const [ours, client] = duplexPair();
  const upstream = new Deaf();
  const guests = await join(t, ours, upstream);
  client.resume().end('last words');
  const gone = once(ours, 'close');
  await eventually(() => ours.readableEnded, 'its end is heard');
  mock.timers.tick(1000);
  await gone;
  const other = {
    caller: 'stranger',
    kind: 'requests',
    canBeRefused: false,
    giveWay: () => undefined,
  } as const;
  assert.equal(guests.enter(other, BUDGET_BYTES), undefined);
  assert.equal(upstream.destroyed, true);
});
