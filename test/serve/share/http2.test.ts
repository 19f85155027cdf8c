/** The whole program with `--share` before clients that speak HTTP/2. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { constants } from 'node:http2';
import { test, type TestContext } from 'node:test';
import { eventually } from '../../support/api-server.ts';
import {
  frame,
  GET_ROOT,
  h2Answer,
  h2Begin,
  type H2Client,
  h2Client,
  rawH2,
} from '../../support/h2-client.ts';
import { END_HEADERS, END_STREAM, FRAME } from '../../support/raw-http2.ts';
import { AS_SIDECAR, listed, startHub } from './hub-harness.ts';

const LIST = '/api/v1/nodes?resourceVersion=0';
const WATCH = '/api/v1/nodes?watch=1&resourceVersion=';

async function clientOf(t: TestContext, url: string): Promise<H2Client> {
  const client = await h2Client(Number(new URL(url).port), { rejectUnauthorized: false });
  t.after(() => client.session.destroy());
  return client;
}

function as(who: string, path: string): Record<string, string> {
  return { ':path': path, authorization: `Bearer ${who}`, ...AS_SIDECAR };
}

test('LISTs and watches from memory are the same over both versions, and share a connection', async (t) => {
  const { cluster, allowed, get, ofCallers, hub } = await startHub(t, { nodes: 60 });
  allowed.add('a');
  const client = await clientOf(t, hub.url);
  const plain = await get('a', LIST, AS_SIDECAR);
  const list = await h2Answer(h2Begin(client, as('a', LIST)));
  assert.deepEqual([list.status, list.body], [200, plain.body]);
  const gzip = await h2Answer(h2Begin(client, { ...as('a', LIST), 'accept-encoding': 'gzip' }));
  assert.equal(gzip.headers['content-encoding'], 'gzip');
  const { resourceVersion } = listed(plain);
  const watches = Array.from({ length: 15 }, () => h2Begin(client, as('a', WATCH + resourceVersion)));
  const texts = watches.map(() => '');
  for (const [at, watch] of watches.entries())
    watch.on('data', (chunk) => (texts[at] = (texts[at] ?? '') + String(chunk)));
  await Promise.all(watches.map((watch) => once(watch, 'response')));
  cluster.heartbeat('node-0001');
  const changed = cluster.setLabel('node-0000', 'zone', 'a').metadata.resourceVersion;
  await eventually(() => texts.every((text) => text.endsWith('\n')), 'the change has come');
  for (const text of texts) {
    const events = text.trim().split('\n');
    assert.equal(events.length, 1);
    assert.match(text, new RegExp(`"resourceVersion":"${changed}"`));
  }
  assert.equal(new Set(texts).size, 1);
  assert.deepEqual(ofCallers(), []);
  assert.equal((await hub.scrape()).sum('watchsieve_hub_readers'), 15);
  const readers = async (): Promise<number> => (await hub.scrape()).sum('watchsieve_hub_readers');
  watches[0]?.close(constants.NGHTTP2_CANCEL);
  while ((await readers()) > 14);
  assert.equal(await readers(), 14);
});

test('a client that takes nothing for --slow-client-timeout is ended, and nobody else is (I13)', async (t) => {
  const { allowed, get, watch, hub, time } = await startHub(t, {
    nodes: 60,
    argv: ['--slow-client-timeout', '7s'],
  });
  allowed.add('a');
  await get('a', LIST, AS_SIDECAR);
  const other = await watch('a', 'resourceVersion=0');
  await other.take(60);
  const client = await h2Client(Number(new URL(hub.url).port), {
    rejectUnauthorized: false,
    settings: { initialWindowSize: 0 },
  });
  t.after(() => client.session.destroy());
  const stuck = h2Begin(client, as('a', `${WATCH}0`)).on('error', () => undefined);
  await once(stuck, 'response');
  const ended = async (): Promise<number> =>
    (await hub.scrape()).sum('watchsieve_hub_readers_ended_total', { cause: 'slow_client' });
  time.pass(6_999);
  assert.equal(await ended(), 0);
  time.pass(1);
  assert.equal(await ended(), 1);
  assert.equal((await hub.scrape()).sum('watchsieve_hub_readers'), 1);
});

test('callers of different rights on one connection get each what it may (I10)', async (t) => {
  const { allowed, hub } = await startHub(t);
  allowed.add('a');
  const client = await clientOf(t, hub.url);
  const [may, mayNot, unknown, again] = await Promise.all(
    ['a', 'stranger', 'nobody', 'a'].map((who) =>
      h2Answer(h2Begin(client, { ':path': LIST, authorization: `Bearer ${who}` })),
    ),
  );
  assert.deepEqual([may?.status, mayNot?.status, unknown?.status, again?.status], [200, 403, 401, 200]);
  assert.match(String(mayNot?.body), /by the API server/);
  assert.match(String(unknown?.body), /by the API server/);
});

test('at the end of the program watches over HTTP/2 end cleanly, and their client is asked to go', async (t) => {
  const { allowed, get, hub } = await startHub(t);
  allowed.add('a');
  const client = await clientOf(t, hub.url);
  const { resourceVersion } = listed(await get('a', LIST, AS_SIDECAR));
  const watch = h2Begin(client, as('a', WATCH + resourceVersion));
  await once(watch, 'response');
  const ended = once(watch.resume(), 'end');
  const goAway = once(client.session, 'goaway');
  await Promise.all([hub.app.drain(), ended, goAway]);
  assert.equal(watch.rstCode, constants.NGHTTP2_NO_ERROR);
  assert.deepEqual(client.goAways, [constants.NGHTTP2_NO_ERROR]);
});

test('floods of requests that are aborted at once end their connections, and not the process', async (t) => {
  const { allowed, hub } = await startHub(t);
  allowed.add('a');
  const bystander = await clientOf(t, hub.url);
  const requests = Array.from({ length: 20_000 }, (_, at) => [
    frame(FRAME.HEADERS, END_HEADERS | END_STREAM, 2 * at + 1, GET_ROOT),
    frame(FRAME.RST_STREAM, 0, 2 * at + 1, Buffer.from([0, 0, 0, constants.NGHTTP2_CANCEL])),
  ]);
  const flood = Buffer.concat(requests.flat());
  for (let i = 0; i < 5; i++) {
    const socket = await rawH2(Number(new URL(hub.url).port), { rejectUnauthorized: false });
    socket.resume().write(flood);
    if (!socket.closed) await once(socket, 'close');
  }
  assert.equal((await h2Answer(h2Begin(bystander, as('a', LIST)))).status, 200);
});
