import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  resourceVersionTooLarge,
  resourceVersionTooOld,
  unauthorized,
} from '../../../src/lab/simulator/api-error.ts';
import { ENCODERS } from '../../../src/lab/simulator/encoding.ts';
import type { EventType } from '../../../src/lab/simulator/encoding.ts';
import { bookmarkOf, NODE } from '../../../src/lab/simulator/kind.ts';
import type { StatusObject } from '../../../src/lab/simulator/api-object.ts';
import type { NodeObject } from '../../../src/lab/simulator/node-object.ts';
import { encodeWatchFrame } from '../../../src/lab/simulator/protobuf-body.ts';
import { fixture, jsonFrames, protobufFrames } from '../../support/fixtures.ts';

/** Test vectors of the wire (see the fixtures for recorded ones). */
const BOOKMARK_123 =
  '000000630a08424f4f4b4d41524b12570a556b3873000a0a0a02763112044e6f6465123f0a130a0012001a0022002a0032033132333800420012080a0012001a0020001a1e1a0032040a0208003a140a0012001a0022002a0032003a0042004a0052001a002200';
const INITIAL_EVENTS_END_123 =
  '000000860a08424f4f4b4d41524b127a0a786b3873000a0a0a02763112044e6f646512620a360a0012001a0022002a0032033132333800420062210a196b38732e696f2f696e697469616c2d6576656e74732d656e6412047472756512080a0012001a0020001a1e1a0032040a0208003a140a0012001a0022002a0032003a0042004a0052001a002200';
const ERROR_410 =
  '000000610a054552524f5212580a566b3873000a0c0a0276311206537461747573123e0a060a0012001a0012074661696c7572651a1f746f6f206f6c64207265736f757263652076657273696f6e3a203120283529220745787069726564309a031a002200';
const MODIFIED_N1 =
  '000000940a084d4f4449464945441287010a84016b3873000a0a0a02763112044e6f6465126e0a1d0a026e3112001a0022002a003203313234380042005a060a016112013112080a0012001a0020001a431a0022230a124e6574776f726b556e617661696c61626c65120546616c73651a0022002a00320032040a0208003a140a0012001a0022002a0032003a0042004a0052001a002200';

interface RecordedEvent {
  readonly type: EventType;
  readonly object: NodeObject;
}

function parseEvent(line: Buffer): { type: EventType; node: NodeObject } {
  const { type, object } = JSON.parse(line.toString()) as RecordedEvent;
  const { metadata, spec, status } = object;
  return { type, node: { metadata, spec, status } };
}

describe('encoders against what a real kube-apiserver sent', () => {
  for (const name of ['watch', 'watchlist']) {
    test(`make every frame of ${name}.json and ${name}.pb again, byte for byte`, () => {
      const lines = jsonFrames(fixture(`${name}.json`));
      // Both were recorded from one run; only where the bookmarks fell may differ.
      const recorded = new Set(protobufFrames(fixture(`${name}.pb`)).map((frame) => frame.toString('hex')));
      assert.ok(lines.length > 40);
      for (const line of lines) {
        const { type, node } = parseEvent(line);
        assert.deepEqual(ENCODERS.json.frame(type, node).toString(), line.toString());
        const frame = ENCODERS.protobuf.frame(type, node);
        assert.ok(recorded.has(frame.toString('hex')), `${type} at ${node.metadata.resourceVersion ?? '-'}`);
      }
    });
  }

  test('make list.json and list.pb again, byte for byte', () => {
    const list = JSON.parse(fixture('list.json').toString()) as {
      metadata: { resourceVersion: string };
      items: NodeObject[];
    };
    const { resourceVersion } = list.metadata;
    assert.ok(ENCODERS.json.list(resourceVersion, list.items).equals(fixture('list.json')));
    assert.ok(ENCODERS.protobuf.list(resourceVersion, list.items).equals(fixture('list.pb')));
  });

  test('make the recorded 410 events again, byte for byte', () => {
    const { status } = resourceVersionTooOld(5, 332);
    assert.equal(ENCODERS.json.statusFrame(status).toString(), fixture('watch-410.json').toString());
    assert.ok(ENCODERS.protobuf.statusFrame(status).equals(fixture('watch-410.pb')));
  });

  test('make the recorded 401, 403 and 504 bodies again, byte for byte', () => {
    const forbidden = JSON.parse(fixture('forbidden.json').toString()) as StatusObject;
    assert.equal(ENCODERS.json.status(forbidden).toString(), fixture('forbidden.json').toString());
    assert.ok(ENCODERS.protobuf.status(forbidden).equals(fixture('forbidden.pb')));
    assert.equal(
      ENCODERS.json.status(unauthorized().status).toString(),
      fixture('unauthorized.json').toString(),
    );
    assert.equal(
      ENCODERS.json.status(resourceVersionTooLarge(99999999, 327).status).toString(),
      fixture('list-future.json').toString(),
    );
  });
});

describe('encoders against the test vectors', () => {
  test('bookmarks, with and without the end of initial events', () => {
    assert.equal(
      ENCODERS.protobuf.frame('BOOKMARK', bookmarkOf(NODE, 123, false)).toString('hex'),
      BOOKMARK_123,
    );
    assert.equal(
      ENCODERS.protobuf.frame('BOOKMARK', bookmarkOf(NODE, 123, true)).toString('hex'),
      INITIAL_EVENTS_END_123,
    );
  });

  test('ERROR 410', () => {
    const { status } = resourceVersionTooOld(1, 5);
    assert.equal(ENCODERS.protobuf.statusFrame(status).toString('hex'), ERROR_410);
  });

  test('a Node of one label and one condition without times', () => {
    const { status, spec } = bookmarkOf(NODE, 0, false);
    const node: NodeObject = {
      metadata: { name: 'n1', resourceVersion: '124', labels: { a: '1' } },
      spec,
      status: { ...status, conditions: [{ type: 'NetworkUnavailable', status: 'False' }] },
    };
    assert.equal(encodeWatchFrame('MODIFIED', ENCODERS.protobuf.object(node)).toString('hex'), MODIFIED_N1);
  });
});

test('JSON escapes what Go escapes', () => {
  const { status } = unauthorized();
  const body = ENCODERS.json.status({ ...status, message: '<a href="x">&</a>\u2028' }).toString();
  assert.ok(body.includes('"message":"\\u003ca href=\\"x\\"\\u003e\\u0026\\u003c/a\\u003e\\u2028"'), body);
});

test('protobuf sorts the keys of maps whatever their order', () => {
  const { status, spec } = bookmarkOf(NODE, 0, false);
  const encode = (labels: Record<string, string>): string =>
    ENCODERS.protobuf.object({ metadata: { labels }, spec, status }).toString('hex');
  assert.equal(
    encode({ b: '1', a: '2', '10': '3', '9': '4' }),
    encode({ '9': '4', a: '2', '10': '3', b: '1' }),
  );
});
