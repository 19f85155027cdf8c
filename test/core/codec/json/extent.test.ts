/** Where an object ends is the same in any pieces, and what the tokenizer says of it whole. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { JsonCursor, MALFORMED } from '../../../../src/core/codec/json/cursor.ts';
import { JsonExtent } from '../../../../src/core/codec/json/extent.ts';
import { cutAt } from '../../../support/frame-sieves.ts';
import { positions, runs } from '../../../support/property-runs.ts';

/** What stands before and behind an object here; read as part of it, it would change where that ends. */
const BEFORE = '"\\';
const BEHIND = ',{"]}\\';
/** How many bytes are looked at at a time (json-extent.ts). */
const WINDOW = 4096;

/** Where the object ends that begins with the first piece, counted over all of them; -1: in none. */
function endIn(pieces: readonly Buffer[]): number | 'malformed' {
  const extent = new JsonExtent();
  extent.begin();
  let before = 0;
  for (const piece of pieces) {
    const padded = Buffer.concat([Buffer.from(BEFORE), piece]);
    try {
      const end = extent.end(padded, BEFORE.length);
      if (end !== -1) return before + end - BEFORE.length;
    } catch (error) {
      assert.equal(error, MALFORMED);
      return 'malformed';
    }
    before += piece.length;
  }
  return -1;
}

function skipped(bytes: Buffer): number | 'malformed' {
  const cursor = new JsonCursor();
  cursor.reset(bytes, 0, bytes.length);
  try {
    cursor.skip();
    return cursor.at;
  } catch {
    return 'malformed';
  }
}

function byteByByte(bytes: Buffer): Buffer[] {
  return cutAt(
    bytes,
    Array.from(bytes, (_byte, at) => at),
  );
}

describe('where a JSON object ends', () => {
  test('strings of quotes, backslashes and brackets, cut anywhere twice', () => {
    for (const content of ['', '"', '\\', '\\"', '"\\', '\\\\""', '}', ']}{"', '\\u0022', 'ü}"\\', 'x\\\\'])
      for (const text of [
        JSON.stringify({ [content]: [content, { a: content }] }),
        `{"a":"${'\\\\'.repeat(3)}"}`,
      ]) {
        const bytes = Buffer.from(text + BEHIND);
        const end = Buffer.byteLength(text);
        for (let first = 0; first <= bytes.length; first++)
          for (const second of positions(bytes.length))
            assert.equal(endIn(cutAt(bytes, [first, second])), end, `${text} cut at ${first} and ${second}`);
        assert.equal(endIn(byteByByte(bytes)), end, text);
      }
  });

  test('strings and escapes over the bytes looked at at a time', () => {
    for (const special of ['\\\\', '\\"', '\\\\\\"', '"', '{', '}'])
      for (let at = WINDOW - 12; at <= WINDOW + 12; at++) {
        const text = special === '"' ? `{"${'x'.repeat(at)}":{}}` : `{"${'x'.repeat(at)}${special}":1}`;
        const bytes = Buffer.from(text + BEHIND);
        assert.equal(endIn([bytes]), text.length, `${special} at ${at}`);
        assert.equal(endIn(cutAt(bytes, [1, at, at + 3])), text.length, `${special} at ${at}, in pieces`);
      }
    const backslashes = `{"a":"${'\\\\'.repeat(3 * WINDOW)}","b":"${'\\"'.repeat(3 * WINDOW)}"}`;
    for (const cut of [0, 1, 2]) {
      const bytes = Buffer.from(`${' '.repeat(cut)}${backslashes}${BEHIND}`).subarray(cut);
      assert.equal(endIn(cutAt(bytes, [7 + cut])), backslashes.length);
    }
  });

  test('any object, cut anywhere', () => {
    const object = fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue({ stringUnit: 'binary' }));
    const cuts = fc.array(fc.nat({ max: 400 }), { maxLength: 6 });
    fc.assert(
      fc.property(object, cuts, (value, at) => {
        const text = Buffer.from(JSON.stringify(value));
        const bytes = Buffer.concat([text, Buffer.from(BEHIND)]);
        const within = at.map((position) => Math.min(position, bytes.length));
        assert.equal(endIn(cutAt(bytes, within)), text.length);
        assert.equal(
          endIn(
            cutAt(
              text.subarray(0, -1),
              within.map((p) => Math.min(p, text.length - 1)),
            ),
          ),
          -1,
        );
      }),
      runs(2000),
    );
  });

  test('what is no JSON ends where the tokenizer says, if anywhere', () => {
    const soup = fc.string({ unit: fc.constantFrom('"', '\\', '{', '}', '[', ']', ',', 'x') });
    fc.assert(
      fc.property(soup, fc.nat({ max: 20 }), (text, cut) => {
        const bytes = Buffer.from(`{${text}`);
        const whole = skipped(bytes);
        const found = endIn(cutAt(bytes, [Math.min(cut, bytes.length)]));
        assert.equal(found === -1 ? 'malformed' : found, whole);
      }),
      runs(5000),
    );
  });

  test('at any depth; deeper than 512 brackets are counted alone', () => {
    const nested = (depth: number, inside = ''): Buffer =>
      Buffer.from(`${'['.repeat(depth)}${inside}${']'.repeat(depth)}`);
    assert.equal(endIn([nested(512)]), 1024);
    for (const depth of [513, 5000]) {
      assert.equal(endIn([nested(depth)]), 2 * depth);
      assert.equal(endIn(byteByByte(nested(depth))), 2 * depth);
    }
    assert.equal(endIn([nested(511, '{]')]), 'malformed');
    assert.equal(endIn([nested(512, '{]')]), 1026);
    assert.equal(endIn([Buffer.from(`${'['.repeat(600)}${']'.repeat(599)}}`)]), 'malformed');
  });

  test('is asked again for the next object, whatever became of the one before', () => {
    const extent = new JsonExtent();
    for (const unfinished of ['{"a', '{"a\\', '{{[']) {
      extent.begin();
      assert.equal(extent.end(Buffer.from(unfinished), 0), -1);
      extent.begin();
      assert.equal(extent.end(Buffer.from('x{"b":1}'), 1), 8);
    }
  });
});
