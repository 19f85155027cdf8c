/** Clients that list and watch nothing but metadata, beside others that take whole objects (I2, R16). */
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { type ApiResponse, eventually, startApiServer } from '../support/api-server.ts';
import { LOOPBACK } from '../support/certificates.ts';
import { jsonFrame, jsonList, protobufFrame, protobufList } from '../support/encode.ts';
import { BOTH, node, type TestEncoding } from '../support/sieving.ts';
import { runReady, type Running } from './harness.ts';

const WHOLE = { kind: 'Node', apiVersion: 'v1' } as const;
const CUT = { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1' } as const;
type Shape = 'whole' | 'cut';

const TYPES = { json: 'application/json', protobuf: 'application/vnd.kubernetes.protobuf' } as const;
const as = (kind: string): string => `;as=${kind};g=meta.k8s.io;v=v1`;

/** What client-go's typed and metadata clients send. */
const acceptOf = (shape: Shape, encoding: TestEncoding, kind: string): string =>
  shape === 'whole' ? `${TYPES[encoding]}, */*` : `${TYPES[encoding]}${as(kind)},${TYPES.json}${as(kind)}`;

const frameOf = (encoding: TestEncoding) => (encoding === 'json' ? jsonFrame : protobufFrame);
const objectOf = (shape: Shape, resourceVersion: string, labels: object) => {
  const { spec, status, metadata } = node({ metadata: { resourceVersion, labels } });
  return shape === 'whole' ? { ...WHOLE, metadata, spec, status } : { ...CUT, metadata };
};

/** An API server with one Node, which answers in the shape that was asked for. */
async function serving(
  t: TestContext,
  encoding: TestEncoding,
): Promise<{ proxy: Running; watches: ApiResponse[] }> {
  const watches: ApiResponse[] = [];
  const server = await startApiServer({
    handler: (req, res) => {
      const shape: Shape = req.headers.accept?.includes('PartialObjectMetadata') === true ? 'cut' : 'whole';
      if (!req.url.startsWith('/api/v1/nodes')) {
        res.writeHead(200).end();
      } else if (req.url.includes('watch=')) {
        res.writeHead(200, {
          'content-type': encoding === 'json' ? TYPES.json : `${TYPES.protobuf};stream=watch`,
        });
        res.write('');
        watches.push(res);
      } else {
        const typed = shape === 'whole' ? WHOLE : CUT;
        const items = [objectOf(shape, '5', { a: '1' })];
        res.writeHead(200, { 'content-type': TYPES[encoding] });
        res.end((encoding === 'json' ? jsonList : protobufList)('7', items, typed));
      }
    },
  });
  t.after(() => server[Symbol.asyncDispose]());
  const backend = { url: `https://127.0.0.1:${server.port}`, caPem: LOOPBACK.ca };
  return { proxy: await runReady(t, backend), watches };
}

for (const encoding of BOTH) {
  const frame = frameOf(encoding);
  for (const listed of ['whole', 'cut'] as const)
    for (const watched of ['whole', 'cut'] as const)
      test(`${encoding}: a list of ${listed} objects and a watch of ${watched} ones`, async (t) => {
        const { proxy, watches } = await serving(t, encoding);
        const list = await proxy.fetch('/api/v1/nodes', {
          headers: { accept: acceptOf(listed, encoding, 'PartialObjectMetadataList') },
        });
        assert.equal(list.status, 200);
        const client = await proxy.watch('resourceVersion=7&allowWatchBookmarks=true', encoding, {
          accept: acceptOf(watched, encoding, 'PartialObjectMetadata'),
        });
        await eventually(() => watches.length === 1, 'the watch is upstream');
        const first = frame('MODIFIED', objectOf(watched, '8', { a: '1' }));
        const change = frame('MODIFIED', objectOf(watched, '9', { a: '2' }));
        watches[0]?.write(first);
        watches[0]?.write(change);
        // Only a list of the same shape tells what the client holds of it: two others are two states.
        const expected = listed === watched ? [change] : [first, change];
        for (const bytes of expected) assert.deepEqual(await client.take(1), [bytes]);
        assert.equal(proxy.logged('stream opened')[0]?.baseline, listed === watched ? 'list' : 'cold');
        const scrape = await proxy.scrape();
        const swallowed = scrape.sum('watchsieve_events_total', { verdict: 'swallowed' });
        assert.equal(swallowed, listed === watched ? 1 : 0);
      });

  test(`${encoding}: what was swallowed of metadata is made good by a bookmark of its own kind (I4, R17)`, async (t) => {
    const { proxy, watches } = await serving(t, encoding);
    const client = await proxy.watch('resourceVersion=7&allowWatchBookmarks=true', encoding, {
      accept: acceptOf('cut', encoding, 'PartialObjectMetadata'),
    });
    await eventually(() => watches.length === 1, 'the watch is upstream');
    const added = frame('ADDED', objectOf('cut', '8', { a: '1' }));
    watches[0]?.write(added);
    watches[0]?.end(frame('MODIFIED', objectOf('cut', '9', { a: '1' })));
    assert.deepEqual(await client.take(1), [added]);
    const [bookmark] = await client.take(1);
    assert.ok(bookmark?.includes('BOOKMARK') === true && bookmark.includes('PartialObjectMetadata'));
    if (encoding === 'json')
      assert.deepEqual(JSON.parse(bookmark.toString()), {
        type: 'BOOKMARK',
        object: { ...CUT, metadata: { resourceVersion: '9' } },
      });
  });
}
