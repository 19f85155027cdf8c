/** Objects in protobuf as the analysis reads them, against the JSON that the same API server sent of them. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { LEASES } from '../../../src/core/resource/lease.ts';
import { NODES } from '../../../src/core/resource/node.ts';
import { PRESETS, projectionOf } from '../../../src/core/projection/presets.ts';
import {
  acceptOf,
  type FrameReader,
  readerFor,
  readersOf,
} from '../../../src/install/analyze/frame-reader.ts';
import { Redactor } from '../../../src/install/analyze/redactor.ts';
import { Survey } from '../../../src/install/analyze/survey.ts';
import { fixture, jsonFrames, protobufFrames } from '../../support/fixtures.ts';
import { textAt } from '../../support/json-value.ts';

const [PROTOBUF, JSON_FRAMES] = readersOf(NODES);
assert.ok(PROTOBUF !== undefined && JSON_FRAMES !== undefined);
/** Maps of quantities are read as the bytes they are, and some messages not at all. */
const NOT_READ: ReadonlySet<string> = new Set([
  ...['capacity', 'allocatable', 'swap', 'runtimeHandlers', 'features', 'volumesAttached', 'config'],
]);

/** As protobuf says it: a bool is a number, and what is not read is there. */
function asRead(value: unknown, name = ''): unknown {
  if (NOT_READ.has(name)) return 'there';
  if (typeof value === 'boolean') return Number(value);
  if (Array.isArray(value)) return value.map((one) => asRead(one));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, child]) => [key, asRead(child, key)]));
}

/** But for bookmarks, which are of each watch its own, by type, resourceVersion and name. */
function objects(reader: FrameReader, frames: readonly Buffer[]): ReadonlyMap<string, unknown> {
  const found = new Map<string, unknown>();
  for (const frame of frames) {
    if (reader.values.typeOf(frame) === 'BOOKMARK') continue;
    const object = reader.values.objectOf(frame);
    const metadata = ['resourceVersion', 'name'].map((name) => textAt(object, 'metadata', name));
    found.set([reader.values.typeOf(frame), ...metadata].join(' '), asRead(object));
  }
  return found;
}

/** Of how many both have, each is the same. */
function judged(json: FrameReader, protobuf: FrameReader, name: string): number {
  const expected = objects(json, jsonFrames(fixture(`${name}.json`)));
  const found = objects(protobuf, protobufFrames(fixture(`${name}.pb`)));
  const both = [...found.keys()].filter((key) => expected.has(key));
  for (const key of both) assert.deepEqual(found.get(key), expected.get(key), key);
  return both.length;
}

describe('objects in protobuf (R50)', () => {
  for (const name of ['watch', 'watchlist'])
    test(`are what the same ones are in JSON, fields, times and managers: ${name}`, () => {
      assert.ok(judged(JSON_FRAMES, PROTOBUF, name) > 20);
    });

  test('give the same analysis: what happens, by whom, and what presets swallow', () => {
    const findings = (reader: FrameReader, frames: readonly Buffer[]) => {
      const survey = new Survey({
        ...{ resource: 'nodes', isCountOnly: false, phase: 'until-not-added', reader },
        ...{ projections: PRESETS.map(projectionOf), redactor: new Redactor(false) },
      });
      for (const frame of frames) survey.frame(frame, 0, frame.length, 0);
      const { kinds, fields, objects: names, byType, presets } = survey.findings(1);
      const counted = (all: readonly { readonly events: number; readonly bytes?: number }[]) =>
        all.map(({ bytes: _bytes, ...one }) => one);
      return { kinds: counted(kinds), fields, names: counted(names), byType, presets: counted(presets) };
    };
    const json = jsonFrames(fixture('watch.json'));
    const known = new Set(json.map((frame) => versionOf(JSON_FRAMES, frame)));
    const protobuf = protobufFrames(fixture('watch.pb')).filter((frame) =>
      known.has(versionOf(PROTOBUF, frame)),
    );
    const same = new Set(protobuf.map((frame) => versionOf(PROTOBUF, frame)));
    const expected = findings(
      JSON_FRAMES,
      json.filter((frame) => same.has(versionOf(JSON_FRAMES, frame))),
    );
    assert.deepEqual(findings(PROTOBUF, protobuf), expected);
    assert.ok(expected.kinds.length >= 3);
  });

  test('are not read where they are of another kind, broken, or cut anywhere', () => {
    const frame = protobufFrames(fixture('watch.pb'))[0] ?? assert.fail();
    assert.equal(readersOf(LEASES)[0]?.values.objectOf(frame), undefined);
    for (let length = 0; length < frame.length; length += 7) {
      const cut = frame.subarray(0, length);
      assert.ok(PROTOBUF.values.objectOf(cut) === undefined || length > frame.length - 8, `${length}`);
      PROTOBUF.values.typeOf(cut);
    }
    for (let at = 0; at < frame.length; at += 3) {
      const broken = Buffer.from(frame);
      broken[at] = (broken[at] ?? 0) ^ 0xff;
      PROTOBUF.values.objectOf(broken);
    }
    assert.equal(PROTOBUF.values.typeOf(Buffer.from('hello')), '');
  });

  test('of Leases have times to the microsecond', () => {
    const [protobuf] = readersOf(LEASES);
    assert.ok(protobuf !== undefined);
    const both = judged(JSON_FRAMES, protobuf, 'leases/watch');
    assert.ok(both > 5, `${both}`);
  });
});

test('protobuf is asked for where a schema is known, and JSON taken where that comes', () => {
  assert.equal(
    acceptOf(readersOf(NODES)),
    'application/vnd.kubernetes.protobuf;stream=watch,application/json',
  );
  const other = { ...NODES, plural: 'widgets' };
  assert.equal(acceptOf(readersOf(other)), 'application/json');
  assert.equal(acceptOf(readersOf({ ...NODES, version: 'v2' })), 'application/json');
  const encoding = (...headers: readonly string[]) => readerFor(readersOf(NODES), headers).codec.name;
  assert.equal(
    encoding('date', 'x', 'Content-Type', 'application/vnd.kubernetes.protobuf;stream=watch'),
    'protobuf',
  );
  assert.equal(encoding('content-type', 'application/json'), 'json');
  assert.equal(encoding(), 'json');
});

function versionOf(reader: FrameReader, frame: Buffer): string {
  return textAt(reader.values.objectOf(frame), 'metadata', 'resourceVersion');
}
