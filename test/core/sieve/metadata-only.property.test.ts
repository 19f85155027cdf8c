/** Objects of which a client gets the metadata only: what counts is the projection's part of it (R14, R15). */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { CODECS } from '../../../src/core/codec/codecs.ts';
import { differences } from '../../../src/core/codec/differences.ts';
import { WatchEvent } from '../../../src/core/codec/watch-event.ts';
import { planOf, PRESETS, type PresetName } from '../../../src/core/projection/presets.ts';
import { metadataOnly } from '../../../src/core/resource/metadata-only.ts';
import { NODES } from '../../../src/core/resource/node.ts';
import { ListScan } from '../../../src/core/sieve/list-scan.ts';
import { Memos } from '../../../src/core/sieve/memo.ts';
import { arbitraryChange, type TestNode } from '../../support/arbitrary-node.ts';
import { jsonFrame, jsonList, protobufFrame, protobufList } from '../../support/encode.ts';
import { fixture, jsonFrames, protobufFrames } from '../../support/fixtures.ts';
import { project } from '../../support/projections.ts';
import { often, runs } from '../../support/property-runs.ts';
import { BOTH, node, reasonFor, TestSieve, type TestEncoding } from '../../support/sieving.ts';

const METADATA = metadataOnly(NODES);
const TYPED = { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1' } as const;
const RUNS = runs(400);

/** What the API server sends of a Node. */
const cut = ({ metadata }: TestNode) => ({ ...TYPED, metadata });
/** For the oracle: a Node that has nothing else. */
const bare = ({ metadata }: TestNode): TestNode => ({
  kind: 'Node',
  apiVersion: 'v1',
  metadata,
  spec: {},
  status: {},
});
const frame = (encoding: TestEncoding, type: string, object: TestNode): Buffer =>
  encoding === 'json' ? jsonFrame(type, cut(object)) : protobufFrame(type, cut(object));
const sieveOf = (encoding: TestEncoding, preset: PresetName): TestSieve =>
  new TestSieve({ encoding, resource: METADATA, plan: planOf(preset) });
const framesOf = (encoding: TestEncoding, bytes: Buffer): Buffer[] =>
  encoding === 'json' ? jsonFrames(bytes) : protobufFrames(bytes);

for (const encoding of BOTH) {
  for (const preset of PRESETS)
    test(`${preset}, ${encoding}: a MODIFIED is swallowed exactly when nothing of the metadata that counts has changed`, () => {
      let swallowed = 0;
      fc.assert(
        fc.property(arbitraryChange, ([before, after]) => {
          const sieve = sieveOf(encoding, preset);
          assert.equal(reasonFor(sieve, frame(encoding, 'ADDED', before)), 'added');
          const same = project(preset, bare(before)) === project(preset, bare(after));
          if (same) swallowed++;
          assert.equal(reasonFor(sieve, frame(encoding, 'MODIFIED', after)), same ? 'unchanged' : 'changed');
        }),
        RUNS,
      );
      assert.ok(often(swallowed, RUNS, 1 / 14), `the generator must make no-ops too, not ${swallowed}`);
    });

  describe(`metadata only, ${encoding}`, () => {
    const CHANGES: Readonly<Record<string, object>> = {
      uid: { uid: 'u2' },
      deletionTimestamp: { deletionTimestamp: '2026-01-01T00:00:00Z' },
      finalizers: { finalizers: ['a/b'] },
      ownerReferences: { ownerReferences: [{ apiVersion: 'v1', kind: 'Pod', name: 'p', uid: 'u' }] },
      'a label': { labels: { a: '2', b: '2' } },
      'a label more': { labels: { a: '1', b: '2', c: '' } },
      'a label less': { labels: { a: '1' } },
    };
    const NOISE: Readonly<Record<string, object>> = {
      annotations: { annotations: { 'kilo.squat.ai/last-seen': '2' } },
      managedFields: { managedFields: [{ manager: 'kubelet', fieldsV1: { 'f:labels': {} } }] },
      resourceVersion: { resourceVersion: '2' },
    };

    test('each field that counts is forwarded, and noise is swallowed', () => {
      for (const preset of ['labels', 'metallb', 'metallb-upstream'] as const)
        for (const [change, reason] of [
          ...Object.values(CHANGES).map((metadata) => [metadata, 'changed'] as const),
          ...Object.values(NOISE).map((metadata) => [metadata, 'unchanged'] as const),
        ]) {
          const sieve = sieveOf(encoding, preset);
          reasonFor(sieve, frame(encoding, 'ADDED', node()));
          assert.equal(
            reasonFor(sieve, frame(encoding, 'MODIFIED', node({ metadata: change }))),
            reason,
            `${preset} ${JSON.stringify(change)}`,
          );
        }
    });

    test('an annotation counts where annotations do', () => {
      const sieve = sieveOf(encoding, 'heartbeat');
      reasonFor(sieve, frame(encoding, 'ADDED', node()));
      assert.equal(
        reasonFor(sieve, frame(encoding, 'MODIFIED', node({ metadata: NOISE['annotations'] ?? {} }))),
        'changed',
      );
    });

    test('a whole object among them is foreign, and so is metadata among whole objects (I1)', () => {
      const whole = encoding === 'json' ? jsonFrame('MODIFIED', node()) : protobufFrame('MODIFIED', node());
      assert.equal(reasonFor(sieveOf(encoding, 'labels'), whole), 'foreign_kind');
      const ofNodes = new TestSieve({ encoding, plan: planOf('labels') });
      assert.equal(reasonFor(ofNodes, frame(encoding, 'MODIFIED', node())), 'foreign_kind');
    });

    test('what a real API server sent: as an ordinary decoder tells changes from noise', () => {
      const decoded = jsonFrames(fixture('watch-metadata.json')).map(
        (bytes) => JSON.parse(bytes.toString()) as { type: string; object: TestNode },
      );
      const held = new Map<string, string>();
      const expected = decoded.map(({ type, object }) => {
        const { name } = object.metadata;
        const before = held.get(name);
        const now = project('labels', bare(object));
        if (type === 'DELETED') held.delete(name);
        else if (type !== 'BOOKMARK') held.set(name, now);
        if (type !== 'MODIFIED') return type.toLowerCase();
        return before === undefined ? 'first_seen' : before === now ? 'unchanged' : 'changed';
      });
      const sieve = sieveOf(encoding, 'labels');
      const bytes = fixture(encoding === 'json' ? 'watch-metadata.json' : 'watch-metadata.pb');
      const reasons = framesOf(encoding, bytes).map((one) => reasonFor(sieve, one));
      assert.deepEqual(
        reasons.filter((reason) => reason !== 'bookmark'),
        expected.filter((reason) => reason !== 'bookmark'),
      );
      const count = (wanted: string) => expected.filter((reason) => reason === wanted).length;
      assert.ok(count('unchanged') > 10 && count('changed') > 2, expected.join());
    });

    test('a synthesised bookmark is byte for byte what a real API server sends (R17)', () => {
      const bytes = fixture(encoding === 'json' ? 'watch-metadata.json' : 'watch-metadata.pb');
      const scanner = CODECS[encoding].scanner(METADATA, planOf('labels'));
      const event = new WatchEvent();
      let bookmarks = 0;
      for (const one of framesOf(encoding, bytes)) {
        scanner.scan(one, 0, one.length, event);
        if (event.type !== 'BOOKMARK') continue;
        bookmarks++;
        assert.match(event.resourceVersion, /^\d+$/);
        assert.deepEqual(CODECS[encoding].bookmark(METADATA, event.resourceVersion), one);
      }
      assert.ok(bookmarks > 0);
    });

    test('a list is read by its own kind, and by no other (R16)', () => {
      const read = (resource: typeof NODES, body: Buffer): string[] | undefined => {
        const names: string[] = [];
        const scan = new ListScan(
          { codec: CODECS[encoding], resource, plan: planOf('metallb') },
          {
            onObject: ({ key }) => names.push(key),
            onUnclear: () => assert.fail(),
          },
        );
        scan.push(body);
        return scan.finish()?.resourceVersion === '7' ? names : undefined;
      };
      const list = (typed: { kind: string; apiVersion: string }): Buffer => {
        const items = [{ ...typed, metadata: { name: 'node-1', labels: { a: '1' } } }];
        return encoding === 'json' ? jsonList('7', items, typed) : protobufList('7', items, typed);
      };
      assert.deepEqual(read(METADATA, list(TYPED)), ['node-1']);
      assert.deepEqual(read(NODES, list({ kind: 'Node', apiVersion: 'v1' })), ['node-1']);
      assert.equal(read(METADATA, list({ kind: 'Node', apiVersion: 'v1' })), undefined);
      assert.equal(read(NODES, list(TYPED)), undefined);
    });

    test('memos of whole objects and of metadata are apart', () => {
      const memos = new Memos(64 * 1024);
      // In either order: what is asked for first must not answer for the other.
      assert.equal(memos.of(CODECS[encoding], METADATA, planOf('metallb')), undefined);
      assert.notEqual(memos.of(CODECS[encoding], NODES, planOf('metallb')), undefined);
      assert.equal(memos.of(CODECS[encoding], METADATA, planOf('metallb')), undefined);
    });

    test('what differs is told by its path', () => {
      const plan = planOf('metallb');
      const scanner = CODECS[encoding].scanner(METADATA, plan);
      const form = (object: TestNode): Buffer => {
        const event = new WatchEvent();
        const bytes = frame(encoding, 'MODIFIED', object);
        scanner.scan(bytes, 0, bytes.length, event);
        return Buffer.from(event.canonical.view());
      };
      assert.deepEqual(
        differences(
          CODECS[encoding].legend(METADATA, plan),
          form(node()),
          form(node({ metadata: { labels: { a: '9', b: '2' } } })),
        ).paths,
        [{ path: 'metadata.labels["a"]', change: 'changed' }],
      );
    });
  });
}

test('items of a JSON list say themselves what they are, and are believed only where it is that', () => {
  const scan = (item: object): string | undefined => {
    const read = new ListScan(
      { codec: CODECS.json, resource: METADATA, plan: planOf('labels') },
      {
        onObject: () => undefined,
        onUnclear: () => undefined,
      },
    );
    const list = { kind: 'PartialObjectMetadataList', apiVersion: 'meta.k8s.io/v1' };
    read.push(Buffer.from(JSON.stringify({ ...list, metadata: { resourceVersion: '7' }, items: [item] })));
    return read.finish()?.resourceVersion;
  };
  const metadata = { name: 'node-1' };
  assert.equal(scan({ ...TYPED, metadata }), '7');
  assert.equal(scan({ kind: 'Node', apiVersion: 'v1', metadata }), undefined);
});
