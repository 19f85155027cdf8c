import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { NODES } from '../../../src/core/resource/node.ts';
import { planOf } from '../../../src/core/projection/presets.ts';
import { JsonScanner } from '../../../src/core/codec/json/scanner.ts';
import { ProtobufScanner } from '../../../src/core/codec/protobuf/scanner.ts';
import { WatchEvent } from '../../../src/core/codec/watch-event.ts';
import { fixture, gunzipped, jsonFrames, protobufFrames, truth, WATCHES } from '../../support/fixtures.ts';
import { counted, sieveChunks } from '../../support/frame-sieves.ts';
import { BOTH, reasonFor, sieveOf, type TestEncoding } from '../../support/sieving.ts';

const framesOf = (encoding: TestEncoding, bytes: Buffer): Buffer[] =>
  encoding === 'json' ? jsonFrames(bytes) : protobufFrames(bytes);
const scannerOf = (encoding: TestEncoding) =>
  encoding === 'json'
    ? new JsonScanner(NODES, planOf('metallb'))
    : new ProtobufScanner(NODES, planOf('metallb'));

for (const encoding of BOTH)
  describe(`what a real API server sent, ${encoding}`, () => {
    const stream = fixture(encoding === 'json' ? 'watch.json' : 'watch.pb');

    test('each event is read as an ordinary decoder read it: type, name, order', () => {
      const scanner = scannerOf(encoding);
      const event = new WatchEvent();
      const read = framesOf(encoding, stream).flatMap((bytes) => {
        scanner.scan(bytes, 0, bytes.length, event);
        return event.type === 'BOOKMARK' ? [] : [`${event.type} ${event.key} ${event.understanding}`];
      });
      assert.deepEqual(
        read,
        truth().map(({ type, name }) => `${type} ${name} projected`),
      );
    });

    test('from the list on, exactly the heartbeats are swallowed: 29 of 43 MODIFIED (R14, R16)', () => {
      const sieve = sieveOf(encoding, 'metallb');
      // What the client got by its LIST, as events; a snapshot will do this.
      for (const bytes of initialState(encoding)) reasonFor(sieve, bytes);
      const verdicts = framesOf(encoding, stream)
        .map((bytes) => reasonFor(sieve, bytes))
        .filter((reason) => reason !== 'bookmark');
      const expected = truth().map(({ type, heartbeat }) => {
        if (type !== 'MODIFIED') return type.toLowerCase();
        return heartbeat ? 'unchanged' : 'changed';
      });
      assert.deepEqual(verdicts, expected);
      assert.equal(verdicts.filter((reason) => reason === 'unchanged').length, 29);
    });
  });

/** The ADDED frames with which a watch-list of the same moment began. */
function initialState(encoding: TestEncoding): Buffer[] {
  const frames = framesOf(encoding, fixture(encoding === 'json' ? 'watchlist.json' : 'watchlist.pb'));
  return frames.slice(0, 16);
}

describe('every recorded stream passes through whole or as a subsequence (I1, I3)', () => {
  for (const encoding of BOTH)
    for (const name of WATCHES[encoding])
      test(name, () => {
        const bytes = fixture(name);
        const { output, tally, torn } = sieveChunks([bytes], { encoding });
        assert.equal(torn, false);
        const passed = framesOf(encoding, output);
        for (const frame of framesOf(encoding, bytes)) if (passed[0]?.equals(frame) === true) passed.shift();
        assert.equal(passed.length, 0);
        assert.doesNotMatch(counted(tally), /undecodable|verbatim|unknown_type|oversize/);
      });

  const allForeign = ['watch-table.json', 'watch-metadata.json', 'watch-metadata.pb'];
  for (const name of allForeign)
    test(`${name}: representations other than a full Node are not looked into (R8)`, () => {
      const encoding = name.endsWith('.pb') ? 'protobuf' : 'json';
      const { output, tally } = sieveChunks([fixture(name)], { encoding });
      assert.ok(output.equals(fixture(name)));
      assert.match(counted(tally), /MODIFIED forwarded foreign_kind 43/);
    });

  test('the decoded bytes of a compressed watch-list are the plain one, frame by frame', () => {
    for (const [name, encoding] of [
      ['watchlist-gzip.json.gz', 'json'],
      ['watchlist-gzip.pb.gz', 'protobuf'],
    ] as const) {
      const { tally } = sieveChunks([gunzipped(name)], { encoding, phase: 'until-bookmark' });
      assert.match(counted(tally), /ADDED forwarded initial 16/);
      assert.ok(tally.eventsOf('swallowed') > 0);
    }
  });

  test('answers that are no streams pass as they are (R8)', () => {
    for (const name of [
      'watch-406.json',
      'forbidden.json',
      'unauthorized.json',
      'list.json',
      'watch-badrv.json',
    ])
      assert.ok(sieveChunks([fixture(name)]).output.equals(fixture(name)), name);
  });
});

describe('the vectors of the protobuf envelope', () => {
  // Made from the generated Marshal functions of apimachinery; the bookmark and the 410 were also seen on the wire.
  const VECTORS = {
    bookmark:
      '000000630a08424f4f4b4d41524b12570a556b3873000a0a0a02763112044e6f6465123f0a130a0012001a0022002a0032033132333800420012080a0012001a0020001a1e1a0032040a0208003a140a0012001a0022002a0032003a0042004a0052001a002200',
    end: '000000860a08424f4f4b4d41524b127a0a786b3873000a0a0a02763112044e6f646512620a360a0012001a0022002a0032033132333800420062210a196b38732e696f2f696e697469616c2d6576656e74732d656e6412047472756512080a0012001a0020001a1e1a0032040a0208003a140a0012001a0022002a0032003a0042004a0052001a002200',
    error:
      '000000610a054552524f5212580a566b3873000a0c0a0276311206537461747573123e0a060a0012001a0012074661696c7572651a1f746f6f206f6c64207265736f757263652076657273696f6e3a203120283529220745787069726564309a031a002200',
    modified:
      '000000940a084d4f4449464945441287010a84016b3873000a0a0a02763112044e6f6465126e0a1d0a026e3112001a0022002a003203313234380042005a060a016112013112080a0012001a0020001a431a0022230a124e6574776f726b556e617661696c61626c65120546616c73651a0022002a00320032040a0208003a140a0012001a0022002a0032003a0042004a0052001a002200',
  };
  const scan = (hex: string): WatchEvent => {
    const event = new WatchEvent();
    const bytes = Buffer.from(hex, 'hex');
    scannerOf('protobuf').scan(bytes, 0, bytes.length, event);
    return event;
  };
  const ends = (hex: string): boolean => {
    const bytes = Buffer.from(hex, 'hex');
    return scannerOf('protobuf').endsInitialEvents(bytes, 0, bytes.length);
  };

  test('a bookmark, with and without the mark of the end of initial events (R20)', () => {
    assert.equal(scan(VECTORS.bookmark).type, 'BOOKMARK');
    assert.equal(ends(VECTORS.bookmark), false);
    assert.equal(ends(VECTORS.end), true);
  });

  test('an ERROR with a Status, and a MODIFIED Node', () => {
    assert.deepEqual([scan(VECTORS.error).type, scan(VECTORS.error).understanding], ['ERROR', 'foreign']);
    const modified = scan(VECTORS.modified);
    assert.deepEqual([modified.type, modified.key, modified.understanding], ['MODIFIED', 'n1', 'projected']);
  });
});
