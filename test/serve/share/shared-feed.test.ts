/** A feed against an upstream that a test plays, with a clock of its own: how it notices what went wrong (I13, I14). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pino } from 'pino';
import { CODECS } from '../../../src/core/codec/codecs.ts';
import { attach } from '../../../src/core/hub/attach.ts';
import { askedOfHub } from '../../../src/core/hub/asked.ts';
import type { Epoch, EpochLimits } from '../../../src/core/hub/epoch.ts';
import { projectionOf } from '../../../src/core/projection/presets.ts';
import { NODES } from '../../../src/core/resource/node.ts';
import type { ResponseHandler } from '../../../src/platform/upstream/exchange.ts';
import { UpstreamError } from '../../../src/platform/upstream/upstream-error.ts';
import { HubAnswer } from '../../../src/serve/share/hub-answer.ts';
import type { Wrapping } from '../../../src/core/codec/wrapping.ts';
import { type ListBody, ListBodies, type WantedList } from '../../../src/serve/share/list-bodies.ts';
import { LONGEST_LIST_MS, MemoryList } from '../../../src/serve/share/memory-list.ts';
import { MemoryWatch } from '../../../src/serve/share/memory-watch.ts';
import type { OwnRequests } from '../../../src/serve/share/own-requests.ts';
import { Readers } from '../../../src/serve/share/readers.ts';
import { LOST_MS, SharedFeed, UNUSED_MS } from '../../../src/serve/share/shared-feed.ts';
import { FEED_LIMITS, SharedFeeds } from '../../../src/serve/share/shared-feeds.ts';
import { SILENT_MS } from '../../../src/serve/share/following.ts';
import { Memos } from '../../../src/core/sieve/memo.ts';
import { FakeTime } from '../../support/fake-time.ts';

const OK = { statusCode: 200, statusMessage: '', headers: ['content-type', 'application/json'] };

function node(name: string, resourceVersion: string, zone: string): string {
  const metadata = { name, uid: `uid-${name}`, resourceVersion, labels: { zone } };
  return JSON.stringify({ metadata });
}

function event(type: string, name: string, resourceVersion: string, zone: string): Buffer {
  const object = {
    kind: 'Node',
    apiVersion: 'v1',
    ...(JSON.parse(node(name, resourceVersion, zone)) as object),
  };
  return Buffer.from(`${JSON.stringify({ type, object })}\n`);
}

interface Played {
  readonly feed: SharedFeed;
  readonly time: FakeTime;
  /** Every request that the feed has made, in order. */
  readonly asked: string[];
  /** Hears the newest request of this kind. */
  readonly hear: (what: 'list' | 'watch' | 'identities') => ResponseHandler;
  newest: string | undefined;
  readonly heard: string[];
}

function play(limits: Partial<EpochLimits> = {}): Played {
  const time = new FakeTime();
  const asked: string[] = [];
  const heard: string[] = [];
  const handlers = new Map<string, ResponseHandler>();
  const ask = (what: string, handler: ResponseHandler) => {
    asked.push(what);
    handlers.set(what.split(' ')[0] ?? '', handler);
    return { abort: () => handlers.delete(what.split(' ')[0] ?? ''), resume: () => undefined };
  };
  const requests: Pick<OwnRequests, 'list' | 'watch' | 'identities' | 'newest'> = {
    list: (_, __, handler) => ask('list', handler),
    watch: (_, __, { resourceVersion }, handler) => ask(`watch ${resourceVersion}`, handler),
    identities: (_, __, at, handler) => ask(`identities ${at}`, handler),
    newest: () => Promise.resolve(played.newest),
  };
  const codec = CODECS.json;
  const wrapping = codec.wrapping(NODES) ?? assert.fail();
  const feed = new SharedFeed({
    reading: {
      ...{ codec, resource: NODES, wrapping, plan: projectionOf('labels').plan },
      passAt: () => Infinity,
    },
    limits: { maxBytes: 1e6, maxAgeMs: 1e6, maxStoreBytes: 1e6, ...limits },
    ...{ maxFrameBytes: 1e6, maxLagMs: 10_000, requests: requests as OwnRequests },
    events: {
      onEpochOver: (why) => heard.push(why),
      onFollowing: (result) => heard.push(result),
      onCompared: (result) => heard.push(result),
    },
    onUnused: () => heard.push('unused'),
    ...{ now: time.now, chance: () => 0, startTimer: time.startTimer },
  });
  const hear = (what: string): ResponseHandler =>
    handlers.get(what) ?? assert.fail(`no ${what} is under way`);
  const played: Played = { feed, time, asked, heard, hear, newest: undefined };
  feed.start();
  return played;
}

/** A LIST is answered: Node a. */
function list(played: Played, at = '10'): void {
  const asked = played.hear('list');
  asked.onResponse(OK);
  const head = { kind: 'NodeList', apiVersion: 'v1', metadata: { resourceVersion: at } };
  asked.onData(Buffer.from(`${JSON.stringify(head).slice(0, -1)},"items":[${node('a', '9', 'x')}]}\n`));
  asked.onEnd([]);
}

/** Node a at 10, and a watch from there. */
function listed(played: Played, at = '10'): void {
  list(played, at);
  played.hear('watch').onResponse(OK);
}

/** A client that takes `room` pieces of what it is sent before it stops reading. */
function client(
  { feed, time }: Played,
  room = Infinity,
): { got: string[]; ended: string[]; watch: MemoryWatch } {
  const epoch = feed.epoch ?? assert.fail('no epoch');
  const begin = { kind: 'initial', atLeast: undefined, isEndMarked: false } as const;
  const reader = attach(epoch, begin, { bookmarks: true, key: undefined });
  if (typeof reader === 'string') assert.fail(reader);
  const got: string[] = [];
  const ended: string[] = [];
  const watch = new MemoryWatch({
    reader,
    readers: feed.readers,
    handler: {
      onResponse: () => undefined,
      onData: (bytes) => {
        const { type, object } = JSON.parse(bytes.toString()) as {
          type: string;
          object: { metadata: { name?: string; resourceVersion: string } };
        };
        got.push(`${type} ${object.metadata.name ?? ''} ${object.metadata.resourceVersion}`);
        return got.length < room;
      },
      onEnd: () => ended.push('end'),
      onError: () => ended.push('broken'),
    },
    head: OK,
    ...{ deadlineMs: 1e9, slowClientMs: 30_000, startTimer: time.startTimer },
    onEnd: (_, why) => ended.push(why),
  });
  watch.begin();
  return { got, ended, watch };
}

/** So says a watch what upstream no longer has. */
const GONE = Buffer.from(`${JSON.stringify({ type: 'ERROR', object: { kind: 'Status', code: 410 } })}\n`);
const UNREACHABLE = new UpstreamError('connect', 'refused');

test('I13: a client that does not read is sent nothing more and ended in its time, and nobody else notices', () => {
  const played = play();
  listed(played);
  const slow = client(played, 1);
  const quick = client(played);
  played.hear('watch').onData(event('MODIFIED', 'a', '11', 'y'));
  played.hear('watch').onData(event('MODIFIED', 'a', '12', 'z'));
  assert.deepEqual(slow.got, ['ADDED a 9', 'BOOKMARK  10']);
  assert.deepEqual(quick.got, ['ADDED a 9', 'BOOKMARK  10', 'MODIFIED a 11', 'MODIFIED a 12']);
  played.time.pass(30_000);
  assert.deepEqual(slow.ended, ['slow_client', 'end']);
  assert.deepEqual(quick.ended, []);
  // It does not even take its end.
  played.time.pass(5 * 60_000);
  assert.deepEqual(slow.ended, ['slow_client', 'end', 'broken']);
  played.feed.close();
  assert.equal(played.time.running > 1, false);
});

test('I4: what was swallowed is told by a bookmark, in its time', () => {
  const played = play();
  listed(played);
  const { got } = client(played);
  played.hear('watch').onData(event('MODIFIED', 'a', '11', 'x'));
  played.hear('watch').onData(event('MODIFIED', 'a', '12', 'x'));
  assert.equal(got.length, 2);
  played.time.pass(10_000);
  assert.deepEqual(got.slice(2), ['BOOKMARK  12']);
  played.feed.close();
});

test('I14: a feed that hears nothing for too long is connected anew where it was left, and compared', () => {
  const played = play();
  listed(played);
  const { ended } = client(played);
  played.time.pass(SILENT_MS - 5000);
  assert.deepEqual(played.heard.includes('silent'), false);
  played.time.pass(10_000);
  assert.ok(played.heard.includes('silent'));
  assert.deepEqual(
    played.asked.filter((what) => !what.startsWith('identities')),
    ['list', 'watch 10', 'watch 10'],
  );
  assert.equal(played.asked.at(-1), 'watch 10');
  played.hear('watch').onResponse(OK);
  assert.equal(played.asked.at(-1), 'identities 10');
  assert.deepEqual(ended, []);
  played.feed.close();
});

test('I14: where upstream is lost for too long, readers are ended and nobody is answered, until it is back', () => {
  const played = play();
  listed(played);
  const { ended } = client(played);
  played.hear('watch').onError(UNREACHABLE);
  played.time.pass(1000);
  assert.ok(played.feed.epoch);
  for (let waited = 1000; waited < LOST_MS + 5000; waited += 1000) {
    played.time.pass(1000);
    if (played.asked.at(-1)?.startsWith('watch') === true && hasWatch(played))
      played.hear('watch').onError(UNREACHABLE);
  }
  assert.deepEqual(ended, ['feed_lost', 'end']);
  assert.equal(played.feed.epoch, undefined);
  played.time.pass(30_000);
  played.hear('watch').onResponse(OK);
  assert.ok(played.feed.epoch);
  assert.equal(played.asked.filter((what) => what === 'list').length, 1);
  played.feed.close();
});

function hasWatch(played: Played): boolean {
  try {
    played.hear('watch');
    return true;
  } catch {
    return false;
  }
}

for (const [what, uid, end] of [
  ['other objects at the same resourceVersion', 'uid-other', true],
  ['the same objects', 'uid-a', false],
] as const)
  test(`I14: ${what} ${end ? 'end the epoch' : 'change nothing'}`, () => {
    const played = play();
    listed(played);
    const { ended } = client(played);
    const wrapping = CODECS.json.wrapping(NODES) ?? assert.fail();
    const list = played.feed.lists.take(played.feed.epoch ?? assert.fail(), wanted(wrapping, undefined, 0));
    if (typeof list === 'string') assert.fail(list);
    list.release();
    const identities = played.hear('identities');
    identities.onResponse(OK);
    const item = { metadata: { name: 'a', uid, resourceVersion: '9' } };
    const head = { kind: 'PartialObjectMetadataList', apiVersion: 'meta.k8s.io/v1' };
    identities.onData(
      Buffer.from(`${JSON.stringify({ ...head, metadata: { resourceVersion: '10' }, items: [item] })}\n`),
    );
    identities.onEnd([]);
    assert.deepEqual(ended, end ? ['epoch', 'end'] : []);
    assert.equal(played.heard.includes(end ? 'differs' : 'same'), true);
    // What was listed of it is given to nobody else.
    assert.equal(played.feed.lists.bytes > 0, !end);
    played.feed.close();
  });

test('I14: a history that is behind what has been read is another one', async () => {
  const played = play();
  listed(played);
  const { ended } = client(played);
  played.hear('watch').onData(event('MODIFIED', 'a', '20', 'y'));
  played.newest = '15';
  const told = await new Promise((resolve) => {
    played.feed.probes.ask(() => undefined);
    played.feed.probes.ask(resolve);
  });
  assert.equal(told, undefined);
  assert.deepEqual(ended, ['epoch', 'end']);
  assert.ok(played.heard.includes('history'));
  played.feed.close();
});

test('I14: so is one that is behind the list of a feed that reaches back', async () => {
  const played = play();
  played.feed.whenBegun('7', () => undefined);
  listed(played);
  played.newest = '8';
  assert.equal(await new Promise((resolve) => played.feed.probes.ask(resolve)), undefined);
  assert.ok(played.heard.includes('history'));
  played.feed.close();
});

test('I15: a feed that begins reaches back to those that wait for it, and where upstream does not, it needs no other LIST', () => {
  for (const isGone of [false, true]) {
    const played = play();
    let begun = 0;
    played.feed.whenBegun('7', () => (begun += 1));
    played.feed.whenBegun('8', () => (begun += 1));
    listed(played);
    assert.equal(begun, 2);
    assert.deepEqual(played.asked.slice(0, 2), ['list', 'watch 7']);
    const first = isGone ? GONE : event('MODIFIED', 'a', '8', 'w');
    // It may come in pieces.
    for (const piece of [first.subarray(0, 20), first.subarray(20)]) played.hear('watch').onData(piece);
    // At once: until then nobody is answered, and it is no failure of the API server.
    if (isGone) assert.equal(played.asked.at(-1), 'watch 10');
    played.time.pass(1000);
    assert.equal(played.asked.at(-1), isGone ? 'watch 10' : 'identities 10');
    assert.equal(played.asked.filter((what) => what === 'list').length, 1);
    played.feed.close();
  }
});

test('a feed goes when nobody has asked for anything for some minutes', () => {
  const played = play();
  listed(played);
  const { watch } = client(played);
  played.time.pass(100_000);
  played.hear('watch').onData(event('MODIFIED', 'a', '11', 'y'));
  played.time.pass(100_000);
  played.hear('watch').onData(event('MODIFIED', 'a', '12', 'z'));
  played.time.pass(100_000);
  assert.equal(played.heard.includes('unused'), false);
  watch.abort();
  played.time.pass(UNUSED_MS);
  assert.ok(played.heard.includes('unused'));
  played.feed.close();
});

test('I13: a client that fell out of the journal is ended, and keeps nothing of it', () => {
  const played = play({ maxBytes: 500 });
  listed(played);
  const slow = client(played, 1);
  for (let at = 11; at < 20; at++) played.hear('watch').onData(event('MODIFIED', 'a', `${at}`, `${at}`));
  assert.deepEqual(slow.ended, ['fallen', 'end']);
  assert.equal(played.feed.readers.size, 0);
  played.feed.close();
});

test('a feed whose objects are too large is listed again at longer and longer intervals, and answers nobody', () => {
  const played = play({ maxStoreBytes: 100 });
  for (let tries = 0; tries < 4; tries++) {
    list(played);
    assert.equal(played.feed.epoch, undefined);
    played.time.pass(1000 * 2 ** tries - 1);
    assert.equal(played.asked.length, tries + 1);
    played.time.pass(1);
    assert.equal(played.asked.length, tries + 2);
  }
  played.feed.close();
});

function wanted(wrapping: Wrapping, atLeast: string | undefined, now: number): WantedList {
  return { wrapping, atLeast, caller: `at ${now}`, now };
}

test('three LISTs are kept at most, each for those that are being sent it; one serves all who ask within a second', () => {
  const played = play();
  listed(played);
  const lists = new ListBodies();
  const wrapping = CODECS.json.wrapping(NODES) ?? assert.fail();
  const epoch = played.feed.epoch ?? assert.fail();
  const take = (caller: string, now: number, atLeast?: string) =>
    lists.take(epoch, { wrapping, atLeast, caller, now });
  const plain = (list: ReturnType<typeof take>) => (typeof list === 'string' ? list : list.plain);
  const first = take('a', 0);
  played.hear('watch').onData(event('MODIFIED', 'a', '11', 'y'));
  assert.equal(plain(take('b', 999)), plain(first));
  assert.equal(take('b', 999, '12'), 'behind');
  const second = take('b', 1000);
  assert.notEqual(plain(second), plain(first));
  played.hear('watch').onData(event('MODIFIED', 'a', '12', 'y'));
  const third = take('c', 2000);
  played.hear('watch').onData(event('MODIFIED', 'a', '13', 'y'));
  assert.equal(take('d', 3000, '13'), 'busy');
  // Those to whom an older state is as good are given what there is.
  assert.equal(plain(take('d', 3000)), plain(third));
  if (typeof second === 'string') assert.fail();
  second.release();
  assert.equal(typeof take('d', 3000, '13'), 'object');
  assert.ok(lists.bytes > 0);
  played.feed.close();
});

test('a request that is given a LIST that is there costs nothing for each object', (t) => {
  const played = play();
  listed(played);
  const lists = new ListBodies();
  const wrapping = CODECS.json.wrapping(NODES) ?? assert.fail();
  const epoch = played.feed.epoch ?? assert.fail();
  const sorted = t.mock.method(epoch.store, 'sorted');
  const take = (caller: string, now: number, atLeast?: string) =>
    typeof lists.take(epoch, { wrapping, atLeast, caller, now });
  const change = (version: number) =>
    played.hear('watch').onData(event('MODIFIED', 'a', `${version}`, `${version}`));
  assert.equal(take('a', 0), 'object');
  // Long ago, but nothing has changed since.
  assert.equal(take('a', 5000), 'object');
  assert.equal(sorted.mock.callCount(), 1);
  change(11);
  assert.equal(take('a', 6000), 'object');
  change(12);
  for (let more = 0; more < 10; more++) assert.equal(take('a', 8000), 'object', 'it has two already');
  assert.equal(take('a', 8000, '12'), 'string', 'busy');
  assert.equal(sorted.mock.callCount(), 2);
  played.feed.close();
});

test('a caller that reads slowly is sent two LISTs at one time, and leaves the third for others (I13)', () => {
  const played = play();
  listed(played);
  const lists = new ListBodies();
  const wrapping = CODECS.json.wrapping(NODES) ?? assert.fail();
  const epoch = played.feed.epoch ?? assert.fail();
  const take = (caller: string, version: number) => {
    played.hear('watch').onData(event('MODIFIED', 'a', `${version}`, 'y'));
    return lists.take(epoch, { wrapping, atLeast: `${version}`, caller, now: version * 1000 });
  };
  const greedy = [11, 12, 13].map((version) => take('greedy', version));
  assert.deepEqual(
    greedy.map((list) => typeof list === 'string' && list),
    [false, false, 'busy'],
  );
  const [, last] = greedy;
  const again = lists.take(epoch, { wrapping, atLeast: undefined, caller: 'greedy', now: 13_500 });
  if (typeof last === 'string' || typeof again === 'string') assert.fail('what it is sent serves it again');
  assert.equal(again.plain, last?.plain);
  again.release();
  // Also of what others have been given: it would keep that from being dropped.
  assert.equal(typeof take('other', 14), 'object');
  assert.equal(lists.take(epoch, { wrapping, atLeast: undefined, caller: 'greedy', now: 14_000 }), 'busy');
  for (const list of greedy) if (typeof list !== 'string') list.release();
  assert.equal(typeof take('greedy', 15), 'object');
  played.feed.close();
});

test('a long LIST is put together once a second at most (I13)', () => {
  const wrapping = CODECS.json.wrapping(NODES) ?? assert.fail();
  for (const [bytes, again] of [
    [5_000_000, 'string'],
    [1_000_000, 'object'],
  ] as const) {
    const epochAt = (storeAt: string) =>
      ({
        ...{ over: undefined, isStoreWhole: true, storeAt },
        store: { sorted: () => [{ body: Buffer.alloc(bytes) }] },
      }) as unknown as Epoch;
    const lists = new ListBodies();
    assert.equal(typeof lists.take(epochAt('10'), wanted(wrapping, '10', 1000)), 'object');
    assert.equal(typeof lists.take(epochAt('11'), wanted(wrapping, '10', 1999)), 'object');
    assert.equal(typeof lists.take(epochAt('11'), wanted(wrapping, '11', 1999)), again);
    assert.equal(typeof lists.take(epochAt('12'), wanted(wrapping, '12', 2000)), 'object');
  }
});

test('a LIST that is being compressed keeps its place, also where nobody waits for it any more (I6)', async () => {
  const played = play();
  listed(played);
  const lists = new ListBodies();
  const wrapping = CODECS.json.wrapping(NODES) ?? assert.fail();
  const epoch = played.feed.epoch ?? assert.fail();
  const given: ListBody[] = [];
  const take = (version: number): ListBody | string => {
    played.hear('watch').onData(event('MODIFIED', 'a', `${version}`, `${version}`.repeat(100_000)));
    return lists.take(epoch, { wrapping, atLeast: `${version}`, caller: `${version}`, now: version * 1000 });
  };
  for (const version of [11, 12, 13]) {
    const body = take(version);
    if (typeof body === 'string') assert.fail(body);
    given.push(body);
  }
  const compressed = given.map((body) => body.gzip() ?? assert.fail('too small to be compressed'));
  for (const body of given) body.release();
  assert.equal(take(14), 'busy');
  await Promise.all(compressed);
  assert.equal(typeof take(15), 'object');
  played.feed.close();
});

test('a LIST from memory is broken off when it has taken too long, however steadily it is read (I13)', () => {
  const time = new FakeTime();
  const told: string[] = [];
  const list = new MemoryList({
    body: Buffer.alloc(100 * 1024 * 1024),
    handler: {
      onResponse: () => undefined,
      onData: () => false,
      onEnd: () => told.push('end'),
      onError: () => told.push('broken'),
    },
    head: OK,
    ...{ slowClientMs: 30_000, onOver: () => told.push('over'), startTimer: time.startTimer },
  });
  list.begin();
  for (let passed = 0; passed < LONGEST_LIST_MS - 20_000; passed += 20_000) {
    time.pass(20_000);
    list.resume();
  }
  assert.deepEqual(told, []);
  time.pass(20_000);
  assert.deepEqual(told, ['broken']);
  list.abort();
  assert.deepEqual(told, ['broken', 'over']);
  assert.equal(time.running, 0);
});

test('I14: a comparison that is never answered does not keep the next one from being made', () => {
  const played = play();
  listed(played);
  const compared = () => played.asked.filter((what) => what.startsWith('identities')).length;
  assert.equal(compared(), 1);
  played.hear('watch').onError(UNREACHABLE);
  played.time.pass(1000);
  played.hear('watch').onResponse(OK);
  assert.equal(compared(), 2);
  played.feed.close();
});

test('I14: a comparison that tells nothing is repeated soon, and then at longer and longer intervals', () => {
  const played = play();
  listed(played);
  const compared = () => played.asked.filter((what) => what.startsWith('identities')).length;
  for (const [restMs, times] of [
    [30_000, 1],
    [60_000, 2],
    [120_000, 3],
    [120_000, 4],
  ] as const) {
    assert.equal(compared(), times);
    played.hear('identities').onError(UNREACHABLE);
    played.hear('watch').onData(CODECS.json.bookmark(NODES, '10', false));
    played.time.pass(restMs - 5000);
    assert.equal(compared(), times);
    played.time.pass(5000);
  }
  const identities = played.hear('identities');
  identities.onResponse(OK);
  const item = { metadata: { name: 'a', uid: 'uid-a', resourceVersion: '9' } };
  const head = { kind: 'PartialObjectMetadataList', apiVersion: 'meta.k8s.io/v1' };
  identities.onData(
    Buffer.from(`${JSON.stringify({ ...head, metadata: { resourceVersion: '10' }, items: [item] })}\n`),
  );
  identities.onEnd([]);
  played.hear('watch').onData(CODECS.json.bookmark(NODES, '10', false));
  played.time.pass(140_000);
  assert.equal(compared(), 5);
  played.feed.close();
});

test('I14: an object that is not understood makes no difference in itself, and one more or less does', () => {
  for (const [others, result] of [
    [['b'], 'same'],
    [[], 'differs'],
    [['b', 'c'], 'differs'],
  ] as const) {
    const played = play();
    const list = played.hear('list');
    list.onResponse(OK);
    const odd = JSON.stringify({ metadata: { name: 'b', uid: 'uid-b', resourceVersion: '8', labels: 'x' } });
    const head = '{"kind":"NodeList","apiVersion":"v1","metadata":{"resourceVersion":"10"}';
    list.onData(Buffer.from(`${head},"items":[${node('a', '9', 'x')},${odd}]}\n`));
    list.onEnd([]);
    played.hear('watch').onResponse(OK);
    const identities = played.hear('identities');
    identities.onResponse(OK);
    const items = ['a', ...others].map((name) => ({
      metadata: { name, uid: `uid-${name}`, resourceVersion: name === 'a' ? '9' : '8' },
    }));
    const meta = '"kind":"PartialObjectMetadataList","apiVersion":"meta.k8s.io/v1"';
    identities.onData(
      Buffer.from(`{${meta},"metadata":{"resourceVersion":"10"},"items":${JSON.stringify(items)}}\n`),
    );
    identities.onEnd([]);
    assert.ok(played.heard.includes(result), `${others.join()}: ${played.heard.join()}`);
    played.feed.close();
  }
});

test('I13: what comes while many readers are being told is told to all of them', async () => {
  const readers = new Readers();
  const told = Array.from({ length: 250 }, () => 0);
  for (const at of told.keys())
    readers.add({ onNews: () => (told[at] = (told[at] ?? 0) + 1), end: () => undefined });
  readers.wake();
  readers.wake();
  for (let turn = 0; turn < 10; turn++) await new Promise(setImmediate);
  assert.deepEqual(new Set(told), new Set([2]));
});

for (const where of ['its head', 'an event'])
  test(`I14: where a watch is told by ${where} that it is too late, the feed lists anew, soon also after a long outage (I15)`, () => {
    const played = play();
    listed(played);
    for (let failures = 0; failures < 6; failures++) {
      played.hear('watch').onError(UNREACHABLE);
      played.time.pass(30_000);
    }
    const late = (): void => {
      played.hear('watch').onResponse(where === 'its head' ? { ...OK, statusCode: 410 } : OK);
      if (where === 'an event') played.hear('watch').onData(GONE);
    };
    const lists = (): number => played.asked.filter((what) => what === 'list').length;
    late();
    assert.equal(lists(), 1);
    played.time.pass(1000);
    assert.equal(lists(), 2);
    assert.ok(played.heard.includes('expired'));
    // Where whatever it lists is too old, too, LISTs do not follow each other.
    for (const [at, restMs] of [2000, 4000, 8000].entries()) {
      list(played);
      late();
      played.time.pass(restMs - 1);
      assert.equal(lists(), 2 + at);
      played.time.pass(1);
      assert.equal(lists(), 3 + at);
    }
    played.feed.close();
  });

test('I15: a feed whose watch is told by its head that it does not reach back is where its list was at once', () => {
  const played = play();
  for (let failures = 0; failures < 6; failures++) {
    played.hear('list').onError(UNREACHABLE);
    played.time.pass(30_000);
  }
  played.feed.whenBegun('7', () => undefined);
  list(played);
  assert.equal(played.asked.at(-1), 'watch 7');
  played.hear('watch').onResponse({ ...OK, statusCode: 410 });
  assert.equal(played.asked.at(-1), 'watch 10');
  played.hear('watch').onResponse(OK);
  assert.equal(played.feed.epoch?.readAt, '10');
  played.feed.close();
});

for (const grant of ['refused', 'unanswered'] as const)
  test(`I10: where a right is ${grant}, the API server is to answer, and no feed begins`, async () => {
    const asked =
      askedOfHub({ method: 'GET', target: '/api/v1/nodes?resourceVersion=0' }, '', NODES) ?? assert.fail();
    const { startTimer, now } = new FakeTime();
    const declined = await new Promise((resolve) => {
      new HubAnswer({
        ...{ asked, headers: [], wrapping: CODECS.json.wrapping(NODES) ?? assert.fail() },
        feed: () => assert.fail('a feed is begun'),
        grants: { ask: () => Promise.resolve(grant), keepAsking: () => assert.fail() },
        handler: { onResponse: resolve, onData: () => true, onEnd: () => resolve('end'), onError: resolve },
        ...{ headOf: () => OK, acceptsGzip: false, waitMs: 500, longestWatchMs: 1000, slowClientMs: 1000 },
        events: {
          onDeclined: (why) => {
            resolve(why);
            return { abort: () => undefined, resume: () => undefined };
          },
          ...{ onAnswered: () => resolve('answered'), onWatchEnd: () => undefined },
        },
        ...{ now, startTimer },
      });
    });
    assert.equal(declined, 'grant');
  });

test('a hub has eight feeds at most', async () => {
  const silent = { abort: () => undefined, resume: () => undefined };
  const time = new FakeTime();
  const feeds = new SharedFeeds({
    requests: { list: () => silent } as unknown as OwnRequests,
    upstream: { close: () => Promise.resolve() },
    ...{ memos: new Memos(1000), passAt: () => Infinity, maxFrameBytes: 1e6, maxLagMs: 10_000 },
    limits: FEED_LIMITS,
    events: { onEpochOver: () => undefined, onFollowing: () => undefined, onCompared: () => undefined },
    log: pino({ level: 'silent' }),
    ...{ now: time.now, chance: () => 0, startTimer: time.startTimer },
  });
  const of = (key: number) => feeds.of(NODES, CODECS.json, { ...projectionOf('labels'), key: `${key}` });
  for (let key = 0; key < 8; key++) assert.ok(of(key));
  assert.equal(of(8), undefined);
  assert.equal(of(7), of(7));
  await feeds.close();
  assert.equal(time.running, 0);
});
