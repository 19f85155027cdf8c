/** The end of a list and what was learnt from it: a client that watches right after its list must find it (R16). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { ByteBudget } from '../../../src/core/limits/byte-budget.ts';
import { NODES } from '../../../src/core/resource/node.ts';
import { LiveFilter } from '../../../src/serve/watch/live-filter.ts';
import { SwallowRecord } from '../../../src/serve/watch/swallow-record.ts';
import { Viewers } from '../../../src/serve/watch/viewer.ts';
import { createTapList, DECODER_BYTES } from '../../../src/serve/watch/tap-list.ts';
import { projectionOf } from '../../../src/core/projection/presets.ts';
import { Snapshots } from '../../../src/core/sieve/snapshots.ts';
import type { ListTapping } from '../../../src/serve/proxy/watch-hook.ts';
import type { ListResult } from '../../../src/serve/watch/watch-metrics.ts';

/** So large that decoding takes a while. */
const ANNOTATION = 'x'.repeat(4000);

function listOf(metadata: object, nodes = 500): Buffer {
  const items = Array.from({ length: nodes }, (_, i) => ({
    metadata: { name: `node-${i}`, uid: `uid-${i}`, annotations: { [`a-${i}`]: ANNOTATION } },
  }));
  return Buffer.from(JSON.stringify({ kind: 'NodeList', apiVersion: 'v1', metadata, items }));
}

const LIST = listOf({ resourceVersion: '7' });
const ALL_AND_THE_LIST = 501;

interface Tapping {
  readonly snapshots: Snapshots;
  readonly results: ListResult[];
  readonly tap: ListTapping | undefined;
  /** How often it has said so. */
  caughtUp: number;
  whenCaughtUp: () => void;
}

function tapping(
  contentEncoding: string,
  statusCode = 200,
  contentType = 'application/json',
  budget?: ByteBudget,
): Tapping {
  const now = (): number => 0;
  const snapshots = new Snapshots({ maxObjects: 1000, ttlMs: 1000, now, onReplaced: () => undefined });
  const results: ListResult[] = [];
  const filter = new LiveFilter({
    isHub: false,
    initial: { mode: 'filter', projection: projectionOf('metallb') },
    from: { resource: NODES, preset: '' },
    swallowed: () => 0,
    record: new SwallowRecord([]),
  });
  const tapList = createTapList({
    viewers: new Viewers(true),
    filterOf: () => filter,
    snapshots,
    now,
    passAt: () => Infinity,
    budget,
    onPassed: (result) => results.push(result),
  });
  const headers = ['content-type', contentType, 'content-encoding', contentEncoding];
  const tap = tapList({
    classified: {
      kind: 'filtered-list',
      resource: NODES,
      namespace: '',
      preset: '',
      query: { labelSelector: '', fieldSelector: '' },
    },
    head: { statusCode, statusMessage: '', headers },
    rawRequestHeaders: [],
    caughtUp() {
      made.caughtUp++;
      made.whenCaughtUp();
    },
  });
  const made: Tapping = { snapshots, results, tap, caughtUp: 0, whenCaughtUp: () => undefined };
  return made;
}

interface AtEnd {
  /** Of the snapshots. */
  readonly size: number;
  readonly results: readonly ListResult[];
}

/** Sends the body, and says what there is at the moment at which the client would see the end. */
async function atEnd(contentEncoding: string, body: Buffer, contentType?: string): Promise<AtEnd> {
  const { snapshots, results, tap } = tapping(contentEncoding, 200, contentType);
  assert.ok(tap);
  tap.onData(body);
  await new Promise<void>((resolve) => tap.onEnd(resolve));
  return { size: snapshots.size, results };
}

test('R16: a list ends for the client only when its snapshot is there, also where it had to be decompressed', async () => {
  const learnt = { size: ALL_AND_THE_LIST, results: ['snapshot'] };
  assert.deepEqual(await atEnd('identity', LIST), learnt);
  assert.deepEqual(await atEnd('gzip', gzipSync(LIST)), learnt);
});

test('I1: a list that is not the gzip it claims to be ends all the same, and leaves no snapshot', async () => {
  const nothing = { size: 0, results: ['not_understood'] };
  assert.deepEqual(await atEnd('gzip', LIST), nothing);
  assert.deepEqual(await atEnd('gzip', gzipSync(LIST).subarray(0, 100)), nothing);
});

test('a list that leaves nothing is counted by the reason (R28)', async () => {
  const nothing = (result: ListResult): AtEnd => ({ size: 0, results: [result] });
  assert.deepEqual(
    await atEnd('identity', listOf({ resourceVersion: '7', continue: 'x' }, 1)),
    nothing('page'),
  );
  assert.deepEqual(await atEnd('identity', LIST.subarray(0, -1)), nothing('not_understood'));
  assert.deepEqual(await atEnd('br', LIST), nothing('unread'));
  assert.deepEqual(await atEnd('identity', LIST, 'application/cbor'), nothing('unread'));
  const table = Buffer.from(
    '{"kind":"Table","apiVersion":"meta.k8s.io/v1","metadata":{"resourceVersion":"7"}}',
  );
  assert.deepEqual(await atEnd('identity', table), nothing('not_understood'));
});

test('I6: what decompressing a list takes is drawn for as long as it lasts; without room the list is unread', () => {
  const budget = new ByteBudget(2 * DECODER_BYTES - 1);
  const first = tapping('gzip', 200, undefined, budget);
  assert.equal(budget.held, DECODER_BYTES);
  const second = tapping('gzip', 200, undefined, budget);
  second.tap?.onData(gzipSync(LIST));
  second.tap?.onEnd(() => undefined);
  assert.deepEqual(second.results, ['unread']);
  for (const { tap } of [first, second]) tap?.onGone();
  assert.equal(budget.held, 0);
});

test('an answer with another status is no list, and not counted', () => {
  const { tap, results } = tapping('identity', 410);
  assert.equal(tap, undefined);
  assert.deepEqual(results, []);
});

test('R16, I6: a list that comes faster than it is decompressed has to wait, and none of it is lost', async () => {
  const made = tapping('gzip');
  const { snapshots, results, tap } = made;
  assert.ok(tap);
  // Hardly compressed, so that much has to wait.
  const compressed = gzipSync(LIST, { level: 0 });
  let waits = 0;
  for (let at = 0; at < compressed.length; at += 65_536) {
    const next = new Promise<void>((resolve) => (made.whenCaughtUp = resolve));
    if (tap.onData(compressed.subarray(at, at + 65_536))) continue;
    waits++;
    await next;
  }
  await new Promise<void>((resolve) => tap.onEnd(resolve));
  assert.ok(waits > 0 && waits <= compressed.length / (256 * 1024), `waited ${waits} times`);
  assert.ok(made.caughtUp >= waits);
  assert.deepEqual({ size: snapshots.size, results }, { size: ALL_AND_THE_LIST, results: ['snapshot'] });
});

test('I1: where decompressing fails, whoever waits for it goes on', async () => {
  const made = tapping('gzip');
  const { tap } = made;
  assert.ok(tap);
  const next = new Promise<void>((resolve) => (made.whenCaughtUp = resolve));
  assert.equal(tap.onData(Buffer.alloc(300 * 1024)), false);
  await next;
  await new Promise<void>((resolve) => tap.onEnd(resolve));
  assert.equal(tap.onData(Buffer.alloc(300 * 1024)), true);
  assert.deepEqual(made.results, ['not_understood']);
});
