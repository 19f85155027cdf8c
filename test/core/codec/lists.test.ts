/** The readers of a LIST on lists small enough to be cut everywhere (R16). */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { JsonListReader } from '../../../src/core/codec/json/list.ts';
import type { ListItem, ListMeta, ListReader } from '../../../src/core/codec/list-reader.ts';
import { MAX_PART_BYTES } from '../../../src/core/codec/list-parts.ts';
import { NODES } from '../../../src/core/resource/node.ts';
import type { Resource } from '../../../src/core/resource/resource.ts';
import { MAGIC } from '../../../src/core/resource/envelope.ts';
import { ProtobufListReader } from '../../../src/core/codec/protobuf/list.ts';
import { bytesField, stringField, varintField } from '../../support/encode.ts';
import { cutAt } from '../../support/frame-sieves.ts';
import { inTurn, positions } from '../../support/property-runs.ts';

type ReaderOf = new (resource: Resource, item: ListItem) => ListReader;

interface Read {
  readonly items: string[];
  readonly meta: ListMeta | undefined;
}

function read(Reader: ReaderOf, chunks: readonly Buffer[]): Read {
  const items: string[] = [];
  const reader = new Reader(NODES, (bytes, start, end) => items.push(bytes.toString('latin1', start, end)));
  for (const chunk of chunks) {
    const borrowed = Buffer.from(chunk);
    reader.push(borrowed);
    borrowed.fill(0x5d);
  }
  return { items, meta: reader.finish() };
}

/** Reads it whole, cut anywhere once, and cut anywhere twice: all must agree. */
function inAnyChunks(Reader: ReaderOf, bytes: Buffer): Read {
  const whole = read(Reader, [bytes]);
  for (let first = 0; first <= bytes.length; first++)
    assert.deepEqual(read(Reader, cutAt(bytes, [first])), whole, `cut at ${first}`);
  for (const first of positions(bytes.length))
    for (const second of positions(bytes.length)) {
      if (second < first) continue;
      assert.deepEqual(read(Reader, cutAt(bytes, [first, second])), whole, `cut at ${first} and ${second}`);
    }
  assert.deepEqual(
    read(
      Reader,
      Array.from(bytes, (byte) => Buffer.from([byte])),
    ),
    whole,
    'byte by byte',
  );
  return whole;
}

describe('a NodeList in JSON', () => {
  const json = (text: string): Read => inAnyChunks(JsonListReader, Buffer.from(text));
  const HEAD = '"kind":"NodeList","apiVersion":"v1"';
  const whole = { resourceVersion: '7', next: '' };

  test('gives each item, and what it says of itself', () => {
    assert.deepEqual(json(`{${HEAD},"metadata":{"resourceVersion":"7"},"items":[{"a":"]}"},{},{"b":[1]}]}`), {
      items: ['{"a":"]}"}', '{}', '{"b":[1]}'],
      meta: whole,
    });
    assert.deepEqual(json(`{"metadata":{"resourceVersion":"7","continue":""},${HEAD},"items":[]}`), {
      items: [],
      meta: whole,
    });
  });

  test('as Go writes it: each item ends where it ends, whatever its strings hold', () => {
    const hostile = JSON.stringify('}},{"metadata":{"name":"x"}}]}');
    const items = [
      '{"spec":{},"metadata":{"name":"d"}}',
      `{"metadata":{"name":"a","annotations":{"k":${hostile}}},"spec":{},"status":{"images":[]}}`,
      '{"metadata":{"name":"b"},"status":{"x":{"y":{}}}}',
      '{"metadata":{"name":"c"},"status":{"l":[{"m":{}}]}}',
      `{"metadata":{"name":${hostile}},"status":{}}`,
      '{"metadata":{"name":"e"}}',
    ];
    for (let count = 1; count <= items.length; count++)
      for (const end of inTurn(['', '\n', ' \n'], count))
        assert.deepEqual(
          json(
            `{${HEAD},"metadata":{"resourceVersion":"7"},"items":[${items.slice(-count).join(',')}]}${end}`,
          ),
          { items: items.slice(-count), meta: whole },
        );
  });

  test('is whole where its last items are shorter and shorter', () => {
    const items = [60, 30, 1].map((length) => `{"metadata":{"name":"${'n'.repeat(length)}"}}`);
    assert.deepEqual(json(`{${HEAD},"metadata":{"resourceVersion":"7"},"items":[${items.join(',')}]}\n`), {
      items,
      meta: whole,
    });
  });

  test('in whatever chunks it comes, brackets are matched in its last item alone', () => {
    const items = Array.from(
      { length: 40 },
      (_, i) => `{"metadata":{"name":"${String(1000 + i)}"},"spec":{}}`,
    );
    const [{ length }] = items as [string];
    const bytes = Buffer.from(`{${HEAD},"metadata":{"resourceVersion":"7"},"items":[${items.join(',')}]}\n`);
    for (let size = 1; size <= bytes.length; size++) {
      const found: string[] = [];
      let matched = 0;
      const reader = new JsonListReader(
        NODES,
        (from, start, end) => {
          matched++;
          found.push(from.toString('latin1', start, end));
        },
        (from, start, limit) => {
          const end = start + length;
          if (end + ',{"metadata":{"name":"'.length > limit || from[end] !== 0x2c) return -1;
          found.push(from.toString('latin1', start, end));
          return end;
        },
      );
      for (let at = 0; at < bytes.length; at += size) reader.push(bytes.subarray(at, at + size));
      assert.deepEqual(reader.finish(), whole);
      assert.deepEqual(found, items, `chunks of ${size}`);
      assert.equal(matched, 1, `chunks of ${size}`);
    }
  });

  test('as Go writes it, but not to its end, is none', () => {
    const list = `{${HEAD},"metadata":{"resourceVersion":"7"},"items":[{"metadata":{"name":"a"}},{"metadata":{"name":"b","z":[{"z":{}}]}}]}`;
    for (const length of positions(list.length - 1))
      assert.equal(json(list.slice(0, length)).meta, undefined, list.slice(0, length));
  });

  test('may be spelled with white space', () => {
    const spaced =
      ' { "kind" : "NodeList" , "apiVersion":"v1", "metadata": {"resourceVersion":"7"} , "items" : [ {} , {} ] } \n';
    assert.deepEqual(json(spaced), { items: ['{}', '{}'], meta: whole });
  });

  test('is one page of several where it says how to go on', () => {
    assert.equal(
      json(`{${HEAD},"metadata":{"resourceVersion":"7","continue":"x"},"items":[]}`).meta?.next,
      'x',
    );
  });

  test('is none with another kind or version, or without a resourceVersion: not an item of it is read', () => {
    const items = '"items":[{}]}';
    for (const text of [
      `{"kind":"PodList","apiVersion":"v1","metadata":{"resourceVersion":"7"},${items}`,
      `{"kind":"NodeList","apiVersion":"v2","metadata":{"resourceVersion":"7"},${items}`,
      `{"kind":"NodeList","metadata":{"resourceVersion":"7"},${items}`,
      `{"apiVersion":"v1","metadata":{"resourceVersion":"7"},${items}`,
      `{${HEAD},"metadata":{},${items}`,
      `{${HEAD},"metadata":{"resourceVersion":7},${items}`,
      `{${HEAD},"metadata":null,${items}`,
      `{${HEAD},"metadata":"7",${items}`,
      `{${HEAD},${items}`,
      `{${items}`,
    ])
      assert.deepEqual(json(text), { items: [], meta: undefined }, text);
  });

  test('is none where its form is another', () => {
    const head = `${HEAD},"metadata":{"resourceVersion":"7"}`;
    for (const text of [
      `{${head},"items":null}`,
      `{${head},"items":{}}`,
      `{${head}}`,
      `{${head} "items":[]}`,
      `[${head},"items":[]}`,
      `{${HEAD},"metadata":{bad},"items":[]}`,
    ])
      assert.deepEqual(json(text), { items: [], meta: undefined }, text);
    assert.equal(json(`{${head},"items":[}`).meta, undefined);
    for (const items of [
      '{]}',
      '{}{"a":[}]}',
      '{},\0{},{}',
      '{}\0',
      '1',
      '"{}"',
      'null',
      'true',
      '[]',
      '{},1',
    ])
      assert.equal(json(`{${head},"items":[${items}]}`).meta, undefined, items);
    for (const twice of [`"kind":"NodeList",${head}`, `${head},"metadata":{"resourceVersion":"7"}`])
      assert.deepEqual(json(`{${twice},"items":[{}]}`), { items: [], meta: undefined }, twice);
    assert.equal(
      json(`{${HEAD},"metadata":{"resourceVersion":"7","continue":1},"items":[]}`).meta,
      undefined,
    );
    for (const tail of ['', ']', ']}}', '],"more":1}', '] x}'])
      assert.equal(json(`{${head},"items":[{}${tail}`).meta, undefined, tail);
  });
});

test('what began as something else is no list any more, whatever follows (R16)', () => {
  const list = (kind: string): Buffer =>
    Buffer.from(`{"kind":"${kind}","apiVersion":"v1","metadata":{"resourceVersion":"7"},"items":[{}]}`);
  assert.deepEqual(read(JsonListReader, [list('PodList'), list('NodeList')]), { items: [], meta: undefined });
});

describe('a NodeList in protobuf', () => {
  const typeMeta = (kind = 'NodeList', apiVersion = 'v1'): Buffer =>
    bytesField(1, Buffer.concat([stringField(1, apiVersion), stringField(2, kind)]));
  const meta = (...fields: Buffer[]): Buffer => bytesField(1, Buffer.concat(fields));
  const META = meta(stringField(1, ''), stringField(2, '7'), stringField(3, ''));
  const item = (text: string): Buffer => stringField(2, text);
  const list = (...fields: Buffer[]): Buffer => bytesField(2, Buffer.concat(fields));
  const protobuf = (...parts: Buffer[]): Read =>
    inAnyChunks(ProtobufListReader, Buffer.concat([MAGIC, ...parts]));
  const TAIL = Buffer.concat([bytesField(3, Buffer.alloc(0)), bytesField(4, Buffer.alloc(0))]);
  const NONE = { items: [], meta: undefined };

  test('gives each item, and what it says of itself', () => {
    const long = 'x'.repeat(200);
    assert.deepEqual(protobuf(typeMeta(), list(META, item('a'), item(''), item(long)), TAIL), {
      items: ['a', '', long],
      meta: { resourceVersion: '7', next: '' },
    });
    assert.deepEqual(protobuf(typeMeta(), list(META)), {
      items: [],
      meta: { resourceVersion: '7', next: '' },
    });
  });

  test('is whole also with a remainingItemCount, and one page of several where it says how to go on', () => {
    const counted = meta(stringField(2, '7'), stringField(3, ''), varintField(4, 300));
    assert.deepEqual(protobuf(typeMeta(), list(counted)).meta, { resourceVersion: '7', next: '' });
    const paged = meta(stringField(2, '7'), stringField(3, 'x'));
    assert.deepEqual(protobuf(typeMeta(), list(paged)).meta, { resourceVersion: '7', next: 'x' });
    assert.deepEqual(protobuf(typeMeta(), list(meta())).meta, { resourceVersion: '', next: '' });
  });

  test('is none with another kind or version, or another order: not an item of it is read', () => {
    for (const parts of [
      [typeMeta('PodList'), list(META, item('a'))],
      [typeMeta('NodeList', 'v2'), list(META, item('a'))],
      [bytesField(3, typeMeta().subarray(2)), list(META, item('a'))],
      [list(META, item('a')), typeMeta()],
      [typeMeta(), bytesField(3, Buffer.concat([META, item('a')]))],
      [typeMeta(), varintField(2, 5), list(META, item('a'))],
    ])
      assert.deepEqual(protobuf(...parts), NONE);
    assert.deepEqual(
      inAnyChunks(ProtobufListReader, Buffer.concat([Buffer.from('k8s\x01'), typeMeta(), list(META)])),
      NONE,
    );
  });

  test('is none without its end, without metadata, or with anything else in it', () => {
    assert.equal(protobuf(typeMeta(), list(META, item('abc')).subarray(0, -1)).meta, undefined);
    assert.equal(protobuf(typeMeta(), list()).meta, undefined);
    for (const tail of [stringField(3, 'gzip'), stringField(4, 'x'), stringField(5, ''), varintField(3, 0)])
      assert.equal(protobuf(typeMeta(), list(META), tail).meta, undefined);
    assert.equal(protobuf(typeMeta(), list(META, META)).meta, undefined, 'metadata twice');
    assert.equal(protobuf(typeMeta(), list(meta(stringField(2, '7'), stringField(2, '8')))).meta, undefined);
    assert.equal(protobuf(typeMeta(), list(meta(Buffer.from([0x12, 9, 1])))).meta, undefined, 'damaged');
    const twice = Buffer.concat([
      stringField(1, 'v1'),
      stringField(2, 'NodeList'),
      stringField(2, 'NodeList'),
    ]);
    assert.equal(protobuf(bytesField(1, twice), list(META)).meta, undefined);
    assert.equal(protobuf(typeMeta(), list(META), TAIL, Buffer.from([0x1a])).meta, undefined);
    assert.equal(protobuf(typeMeta(), list(item('a'))).meta, undefined);
    assert.equal(protobuf(typeMeta(), list(META, stringField(3, 'a'))).meta, undefined);
    assert.equal(protobuf(typeMeta(), list(META, varintField(2, 1))).meta, undefined);
    assert.equal(protobuf(typeMeta(), list(META, stringField(16, 'a'))).meta, undefined);
    // An item that reaches beyond the list.
    assert.equal(
      protobuf(typeMeta(), Buffer.from([0x12, META.length + 3]), META, item('abc')).meta,
      undefined,
    );
    assert.equal(protobuf(typeMeta(), Buffer.from([0x12, 0xff, 0xff, 0xff, 0xff, 0xff, 1])).meta, undefined);
  });
});

describe('what is not waited for (I6)', () => {
  test('json: more than 4 MiB that do not end, here behind the last item', () => {
    const list = '{"kind":"NodeList","apiVersion":"v1","metadata":{"resourceVersion":"7"},"items":[]';
    const withTail = (bytes: number): Read =>
      read(JsonListReader, [Buffer.from(list), Buffer.from(`${' '.repeat(bytes - 1)}}`)]);
    assert.equal(MAX_PART_BYTES, 4 * 1024 * 1024);
    assert.equal(withTail(MAX_PART_BYTES).meta?.resourceVersion, '7');
    assert.deepEqual(withTail(MAX_PART_BYTES + 1), { items: [], meta: undefined });
  });

  test('protobuf: more than 4 MiB of one object', () => {
    const listOf = (bytes: number): Read => {
      const typeMeta = bytesField(1, Buffer.concat([stringField(1, 'v1'), stringField(2, 'NodeList')]));
      const large = bytesField(2, Buffer.alloc(bytes - 5));
      assert.equal(large.length, bytes);
      const list = Buffer.concat([bytesField(1, stringField(2, '7')), large]);
      const body = Buffer.concat([MAGIC, typeMeta, bytesField(2, list)]);
      return read(ProtobufListReader, [body.subarray(0, -bytes), large.subarray(0, -1), large.subarray(-1)]);
    };
    assert.equal(listOf(MAX_PART_BYTES).meta?.resourceVersion, '7');
    assert.deepEqual(listOf(MAX_PART_BYTES + 1), { items: [], meta: undefined });
  });

  test('an answer that is no list at all: nothing is read of it, however long it is', () => {
    for (const Reader of [JsonListReader, ProtobufListReader]) {
      const chunks = Array.from({ length: 50 }, () => Buffer.alloc(100_000, 0x7b));
      assert.deepEqual(read(Reader, chunks), { items: [], meta: undefined });
    }
  });
});
