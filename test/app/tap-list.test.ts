/** The end of a list and what was learnt from it: a client that watches right after its list must find it (R16). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { createTapList } from '../../src/app/tap-list.ts';
import { projectionOf } from '../../src/sieve/presets.ts';
import { Snapshots } from '../../src/sieve/snapshots.ts';
import { type ListTapping } from '../../src/proxy/watch-hook.ts';

const LIST = JSON.stringify({
  kind: 'NodeList',
  apiVersion: 'v1',
  metadata: { resourceVersion: '7' },
  items: Array.from({ length: 500 }, (_, i) => ({ metadata: { name: `node-${i}`, uid: `uid-${i}` } })),
});

function tapping(contentEncoding: string): { readonly snapshots: Snapshots; readonly tap: ListTapping } {
  const now = (): number => 0;
  const snapshots = new Snapshots({ maxObjects: 1000, ttlMs: 1000, now });
  const tapList = createTapList({
    filter: { current: { mode: 'filter', projection: projectionOf('metallb') } },
    snapshots,
    now,
    passAt: () => Infinity,
  });
  const headers = ['content-type', 'application/json', 'content-encoding', contentEncoding];
  const tap = tapList({
    classified: { kind: 'filtered-list', resource: 'nodes', query: { labelSelector: '', fieldSelector: '' } },
    head: { statusCode: 200, statusMessage: 'OK', headers },
  });
  assert.ok(tap);
  return { snapshots, tap };
}

/** Sends the body, and the snapshots' size at the moment at which the client would see the end. */
async function sizeAtEnd(contentEncoding: string, body: Buffer): Promise<number> {
  const { snapshots, tap } = tapping(contentEncoding);
  tap.onData(body);
  await new Promise<void>((resolve) => tap.onEnd(resolve));
  return snapshots.size;
}

test('R16: a list ends for the client only when its snapshot is there, also where it had to be decompressed', async () => {
  assert.equal(await sizeAtEnd('identity', Buffer.from(LIST)), 501);
  assert.equal(await sizeAtEnd('gzip', gzipSync(LIST)), 501);
});

test('I1: a list that is not the gzip it claims to be ends all the same, and leaves no snapshot', async () => {
  assert.equal(await sizeAtEnd('gzip', Buffer.from(LIST)), 0);
  assert.equal(await sizeAtEnd('gzip', gzipSync(LIST).subarray(0, 100)), 0);
});
