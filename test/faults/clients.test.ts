/** The rows of the fault table about clients, in every variant (R10, R11, R42). */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { describe, test, type TestContext } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { eventually } from '../support/api-server.ts';
import { startSilentServer } from '../support/upstream.ts';
import { story } from './frames.ts';
import { Scene, startProxy, TestClient, type Arrival, type Variant } from './scene.ts';
import { CLIENT_FAULTS, type ClientFault } from './table.ts';
import { VARIANTS, variantName } from './variants.ts';
import { inTurn } from '../support/property-runs.ts';

/** Longest time from the client's going to upstream's knowing (milliseconds; R10). */
const LIMIT_MS = 1000;
/** More than all buffers between upstream and a client that does not read, those of the kernel included. */
const MOST_BYTES = 60_000_000;

type Play = (t: TestContext, variant: Variant) => Promise<void>;

/** A watch that has begun, and a client that does something to it; then upstream hears of its going. */
const leaves =
  (
    row: ClientFault['id'],
    leave: (client: TestClient, upstream: Arrival, variant: Variant) => unknown,
  ): Play =>
  async (t, variant) => {
    const scene = await Scene.start(t, variant);
    const { before, forwarded } = story(variant.encoding);
    const { client, upstream } = await scene.watch('resourceVersion=10');
    upstream.res.write(before);
    await client.has(forwarded.length);
    await leave(client, upstream, variant);
    await hearsOf(upstream);
    const cause = CLIENT_FAULTS.filter(({ id }) => id === row).map(
      (fault) => 'cause' in fault && fault.cause,
    )[0];
    assert.deepEqual(await scene.endedBy(), { [String(cause)]: 1 });
    assert.equal(scene.timers.running, 0);
  };

const PLAYS: Readonly<Record<ClientFault['id'], Play>> = {
  'gone-connecting': async (t, variant) => {
    const silent = await startSilentServer();
    t.after(() => silent[Symbol.asyncDispose]());
    const proxy = await startProxy(t, variant, `https://127.0.0.1:${silent.port}`);
    const client = new TestClient(t, proxy, variant.encoding, 'watch=1');
    for (let turns = 0; turns < 20; turns++) await turn();
    client.leave();
    assert.equal(await client.ended, 'broken');
    const scrape = await proxy.scrape();
    assert.equal(scrape.sum('watchsieve_streams_ended_total'), 0);
    const nextClient = new TestClient(t, proxy, variant.encoding, 'watch=1');
    assert.equal(await nextClient.status, 429);
    assert.equal((await proxy.scrape()).sum('watchsieve_upstream_connections'), 0);
  },
  'gone-headers': async (t, variant) => {
    const scene = await Scene.start(t, variant);
    const { client, upstream } = await scene.ask('watch=1&resourceVersion=10');
    client.leave();
    await hearsOf(upstream);
    assert.deepEqual(await scene.endedBy(), {});
  },
  'gone-idle': leaves('gone-idle', (client) => client.leave()),
  'gone-in-frame': leaves('gone-in-frame', async (client, { res }, { encoding }) => {
    const { next } = story(encoding);
    res.write(next.subarray(0, next.length >> 1));
    for (let turns = 0; turns < 20; turns++) await turn();
    client.leave();
  }),
  'reset-by-client': leaves('reset-by-client', (client) => client.reset()),
  'gone-blocked': leaves('gone-blocked', async (client, upstream, variant) => {
    client.stopReading();
    await flood(upstream, variant);
    client.leave();
  }),
  'not-reading': async (t, variant) => {
    const scene = await Scene.start(t, variant);
    const slow = await scene.watch('resourceVersion=10');
    const other = await scene.watch('resourceVersion=10');
    slow.client.stopReading();
    const written = await flood(slow.upstream, variant);
    // Held up: the other one is not, over the same connection where there is but one.
    const { before, forwarded } = story(variant.encoding);
    other.upstream.res.write(before);
    await other.client.has(forwarded.length);
    assert.ok(other.client.bytes.equals(forwarded));
    assert.ok(written < MOST_BYTES, `no back-pressure after ${written} bytes`);
    slow.client.leave();
    await hearsOf(slow.upstream);
  },
};

for (const [at, row] of CLIENT_FAULTS.entries())
  describe(`R42, R10: a client ${row.fault} (${row.id})`, () => {
    for (const variant of inTurn(VARIANTS, at))
      test(`${row.upstream}: ${variantName(variant)}`, (t) => PLAYS[row.id](t, variant));
  });

/** Waits until upstream's response is closed. */
async function hearsOf({ res }: Arrival): Promise<void> {
  const since = performance.now();
  if (!res.closed) await once(res, 'close');
  assert.ok(performance.now() - since < LIMIT_MS);
}

/** Sends changes until upstream is told to wait, and stays told so. @returns the bytes it could send */
async function flood({ res }: Arrival, { encoding }: Variant): Promise<number> {
  const { before, next } = story(encoding);
  const piece = Buffer.concat(Array.from({ length: 50 }, () => [before, next]).flat());
  let written = 0;
  for (let stoodStill = 0; stoodStill < 200; stoodStill++) {
    while (!res.writableNeedDrain && written < MOST_BYTES) {
      res.write(piece);
      written += piece.length;
      stoodStill = 0;
    }
    await turn();
  }
  await eventually(() => res.writableNeedDrain || written >= MOST_BYTES, 'upstream is held up');
  return written;
}
