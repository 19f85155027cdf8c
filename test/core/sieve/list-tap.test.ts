import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { CODECS } from '../../../src/core/codec/codecs.ts';
import { NODES } from '../../../src/core/resource/node.ts';
import { Forms } from '../../../src/core/sieve/forms.ts';
import { ListTap } from '../../../src/core/sieve/list-tap.ts';
import { planOf, PRESETS, type PresetName } from '../../../src/core/projection/presets.ts';
import { fixture, jsonFrames, protobufFrames, truth } from '../../support/fixtures.ts';
import { cutAt } from '../../support/frame-sieves.ts';
import { some } from '../../support/property-runs.ts';
import { BOTH, reasonFor, type TestEncoding, TestSieve } from '../../support/sieving.ts';

const LIST = { json: 'list.json', protobuf: 'list.pb' } as const;
const WATCH = { json: 'watch.json', protobuf: 'watch.pb' } as const;

function tapped(encoding: TestEncoding, chunks: readonly Buffer[], preset: PresetName = 'metallb') {
  const tap = new ListTap(
    {
      codec: CODECS[encoding],
      resource: NODES,
      plan: planOf(preset),
    },
    { passAt: () => Infinity },
  );
  for (const chunk of chunks) {
    const borrowed = Buffer.from(chunk);
    tap.push(borrowed, 0);
    borrowed.fill(0);
  }
  return tap.finish();
}

for (const encoding of BOTH)
  describe(`a real LIST, ${encoding} (R16)`, () => {
    const list = fixture(LIST[encoding]);

    test('is the snapshot from which a watch swallows exactly the heartbeats, from the first event on', () => {
      const left = tapped(encoding, [list]) ?? assert.fail('not understood');
      assert.equal(left.resourceVersion, '245');
      assert.equal(left.snapshot.held.size, 16);
      assert.equal(left.snapshot.source, 'list');
      const sieve = new TestSieve({ encoding, plan: planOf('metallb'), ...left });
      const frames =
        encoding === 'json' ? jsonFrames(fixture(WATCH.json)) : protobufFrames(fixture(WATCH.protobuf));
      const reasons = frames
        .map((frame) => reasonFor(sieve, frame))
        .filter((reason) => reason !== 'bookmark');
      assert.deepEqual(
        reasons,
        truth().map(({ type, heartbeat }) =>
          type !== 'MODIFIED' ? type.toLowerCase() : heartbeat ? 'unchanged' : 'changed',
        ),
      );
    });

    test('gives fingerprints equal to those of the same objects in a watch, for every preset', () => {
      const initial = fixture(encoding === 'json' ? 'watchlist.json' : 'watchlist.pb');
      const frames = (encoding === 'json' ? jsonFrames(initial) : protobufFrames(initial)).slice(0, 16);
      for (const preset of PRESETS) {
        const left = tapped(encoding, [list], preset) ?? assert.fail('not understood');
        const watch = new TestSieve({ encoding, plan: planOf(preset), phase: 'until-bookmark' });
        for (const frame of frames) reasonFor(watch, frame);
        const fingerprints = (held: ReadonlyMap<string, { fingerprint: string }>): string[] =>
          [...held].map(([name, { fingerprint }]) => `${name} ${fingerprint}`);
        assert.deepEqual(fingerprints(left.snapshot.held), fingerprints(watch.held()));
      }
    });

    test('is the same in any chunks', () => {
      const whole = tapped(encoding, [list]);
      for (const size of some([16_384, 1000, 7, 1])) {
        const cuts = Array.from({ length: Math.floor(list.length / size) }, (_, i) => i * size);
        // Small chunks only where the list begins and ends: between there is item after item.
        const atTheEdges = [...cuts.slice(0, 300), ...cuts.slice(-300)];
        assert.deepEqual(
          tapped(encoding, cutAt(list, size < 100 ? atTheEdges : cuts)),
          whole,
          `chunks of ${size}`,
        );
      }
    });

    test('cut short it is no snapshot', () => {
      for (const end of [0, 10, 200, 5000, list.length - 30, list.length - 5])
        assert.equal(tapped(encoding, [list.subarray(0, end)]), undefined, `ended at ${end}`);
    });
  });

test('a LIST that was compressed is the same once decoded', () => {
  const json = tapped('json', [gunzipSync(fixture('list.json.gz'))]);
  const protobuf = tapped('protobuf', [gunzipSync(fixture('list.pb.gz'))]);
  assert.equal(json?.snapshot.held.size, 24);
  assert.deepEqual([...(protobuf?.snapshot.held.keys() ?? [])], [...json.snapshot.held.keys()]);
});

/** Taps a list of Nodes with these labels. @returns the names of those whose forms are kept after it */
function namesKept(forms: Forms, labels: readonly string[]): string[] {
  const head = { kind: 'NodeList', apiVersion: 'v1', metadata: { resourceVersion: '7' } };
  const items = labels.map((i, at) => ({ metadata: { name: `n-${at}`, labels: { i } } }));
  const tap = new ListTap(
    { codec: CODECS.json, resource: NODES, plan: planOf('metallb') },
    { passAt: () => Infinity, forms },
  );
  tap.push(Buffer.from(JSON.stringify({ ...head, items })), 0);
  const { snapshot } = tap.finish() ?? assert.fail('not understood');
  assert.equal(snapshot.held.size, labels.length);
  return [...snapshot.held].flatMap(([name, { fingerprint }]) => (forms.of(fingerprint) ? [name] : []));
}

test('a list with more forms than are kept leaves those of its first objects, and the next list finds them there', () => {
  const count = 100;
  const labels = Array.from({ length: count }, (_, i) => `${i}`);
  const forms = new Forms(10_000);
  const first = namesKept(forms, labels);
  assert.ok(first.length > 20 && first.length < count, `${first.length}`);
  assert.deepEqual(
    first,
    labels.slice(0, first.length).map((i) => `n-${i}`),
  );
  assert.ok(forms.bytes <= 0.8 * forms.maxBytes, 'there is room for what changes');
  assert.deepEqual(namesKept(forms, labels), first);
});

test('a list whose objects share their forms leaves all of them, as long as there is room', () => {
  const labels = Array.from({ length: 100 }, (_, i) => (i < 90 ? 'same' : `${i}`));
  assert.equal(namesKept(new Forms(10_000), labels).length, labels.length);
});

describe('what is no snapshot', () => {
  const list = JSON.parse(fixture('list.json').toString()) as {
    metadata: object;
    items: { metadata: object }[];
  };
  const spelled = (object: object): Buffer => Buffer.from(JSON.stringify(object));

  test('one page of several', () => {
    assert.equal(
      tapped('json', [spelled({ ...list, metadata: { ...list.metadata, continue: 'abc' } })]),
      undefined,
    );
  });

  test('another kind, and an answer that is no list', () => {
    assert.equal(tapped('json', [spelled({ ...list, kind: 'PodList' })]), undefined);
    for (const name of ['forbidden.json', 'unauthorized.json', 'watch.json'])
      assert.equal(tapped('json', [fixture(name)]), undefined, name);
    for (const name of ['forbidden.pb', 'watch.pb'])
      assert.equal(tapped('protobuf', [fixture(name)]), undefined, name);
  });

  test('a list with an item that is not understood, and no one knows which it is', () => {
    const [first, ...others] = list.items;
    const odd = { ...first, metadata: { ...first?.metadata, name: 5 } };
    assert.equal(tapped('json', [spelled({ ...list, items: [...others, odd] })]), undefined);
  });

  test('but one whose name is known is left out alone', () => {
    const [first, ...others] = list.items;
    const odd = { ...first, metadata: { ...first?.metadata, labels: 5 } };
    const left = tapped('json', [spelled({ ...list, items: [...others, odd] })]);
    assert.equal(left?.snapshot.held.size, others.length);
  });

  test('garbage, without an exception', () => {
    for (const encoding of BOTH)
      for (const bytes of [
        Buffer.alloc(0),
        Buffer.alloc(500, 0xff),
        Buffer.from('k8s\0\xff\xff\xff\xff\xff\xff', 'latin1'),
        Buffer.from('[1,2,3]'),
      ])
        assert.equal(tapped(encoding, [bytes]), undefined);
  });
});

describe('a LIST in JSON whose items end where they do not seem to', () => {
  const item = (name: string, images: string, managedFields = '[]'): string =>
    `{"metadata":{"name":"${name}","labels":{"l":"${name}"},"managedFields":${managedFields}},` +
    `"spec":{"a":1},"status":{"images":${images}}}`;
  const list = (...items: readonly string[]): Buffer =>
    Buffer.from(
      `{"kind":"NodeList","apiVersion":"v1","metadata":{"resourceVersion":"7"},"items":[${items.join(',')}]}`,
    );
  const USUAL = '[{"names":["a"]}]';
  const held = (body: Buffer, size: number): readonly string[] | undefined => {
    const cuts = Array.from({ length: Math.floor(body.length / size) }, (_, i) => (i + 1) * size);
    const left = tapped('json', cutAt(body, cuts));
    return left && [...left.snapshot.held].map(([key, { fingerprint }]) => `${key} ${fingerprint}`);
  };

  for (const images of [
    '[{"names":["a"]} ]',
    '[{"names":["a"]},1]',
    '[{"names":["}]}},{\\"metadata\\":{"]}]',
    '[{"names":[{"a":[{}]}],"x":1},{"y":[{}]}]',
    '[{}\n,{}]',
    '[]',
    'null',
  ])
    test(`holds every one of them, as each by itself: ${JSON.stringify(images)}`, () => {
      const names = ['n-1', 'n-2', 'n-3', 'n-4'];
      const body = list(...names.map((name, i) => item(name, i % 2 === 0 ? images : USUAL)));
      const each = names.map((name) => held(list(item(name, '[]')), 1000)?.join(' '));
      for (const size of [body.length, 500, 50, 3]) assert.deepEqual(held(body, size), each, `${size}`);
    });

  for (const managedFields of ['null', '{}', '"[]"', '1', '[[]]'])
    test(`gives no item what belongs to the next: managedFields ${managedFields}`, () => {
      const next =
        '{"metadata":{"name":"n-2","finalizers":["f"]},"spec":{"unschedulable":true},"status":{"images":null}}';
      const body = list(item('n-1', 'null', managedFields), next, item('n-3', USUAL));
      const each = held(body, 1);
      assert.equal(each?.length, 3);
      for (const size of [body.length, 500, 50]) assert.deepEqual(held(body, size), each, `${size}`);
    });

  test('is no snapshot of less than it holds where one ends too early', () => {
    const early = '[{"a":{"b":[]},"spec":{"c":1}},{"metadata":{"name":"n-9"}}]';
    const body = list(item('n-1', USUAL), item('n-2', USUAL, early), item('n-3', USUAL));
    for (const size of [body.length, 100, 3]) {
      const names = held(body, size)?.map((one) => one.split(' ')[0]);
      assert.ok(names === undefined || names.length === 3, `${size}: ${String(names)}`);
    }
  });
});
