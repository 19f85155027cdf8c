import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import {
  CLOSE_BRACE,
  CLOSE_BRACKET,
  COLON,
  COMMA,
  JsonCursor,
  MALFORMED,
  OPEN_BRACE,
  OPEN_BRACKET,
} from '../../../../src/core/codec/json/cursor.ts';
import { respelled } from '../../../support/encode.ts';
import { runs } from '../../../support/property-runs.ts';

/** A cursor over this text, between bytes that would turn it into something else if they were read. */
function over(text: string, behind = '}]"x'): JsonCursor {
  const bytes = Buffer.from(`x"[{${text}${behind}`);
  const cursor = new JsonCursor();
  cursor.reset(bytes, 4, bytes.length - Buffer.byteLength(behind));
  return cursor;
}

/** How far into this text one value reaches; undefined where there is none. */
function skipped(text: string): number | undefined {
  const cursor = over(text);
  try {
    cursor.skip();
    return cursor.at - 4;
  } catch (error) {
    assert.equal(error, MALFORMED);
    return undefined;
  }
}

function isOneValue(text: string): boolean {
  const cursor = over(text);
  try {
    cursor.skip();
    cursor.expectEnd();
    return true;
  } catch (error) {
    assert.equal(error, MALFORMED);
    return false;
  }
}

function parses(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** Choices taken from a list, over and over. */
const chooserOf = (choices: readonly number[]) => {
  let at = 0;
  return (n: number): number => (choices[at++ % choices.length] ?? 0) % n;
};
const choices = fc.array(fc.nat(99), { minLength: 1, maxLength: 30 });

describe('skipping a value', () => {
  test('steps over any JSON value, however it is spelled, and over nothing behind it', () => {
    fc.assert(
      fc.property(
        fc.jsonValue(),
        choices,
        fc.constantFrom('', ',', ' ', '\n', '}'),
        (value, chosen, rest) => {
          const text = respelled(value, chooserOf(chosen));
          assert.equal(skipped(text + rest), Buffer.byteLength(text));
        },
      ),
      runs(1000),
    );
  });

  test('accepts whatever JSON.parse accepts, also after damage', () => {
    const put = fc.constantFrom('', '"', '\\', '[', ']', '{', '}', ',', '1');
    fc.assert(
      fc.property(fc.jsonValue(), fc.nat(), put, (value, at, character) => {
        const text = JSON.stringify(value);
        const cut = at % text.length;
        const damaged = text.slice(0, cut) + character + text.slice(cut + 1);
        if (parses(damaged)) assert.ok(isOneValue(damaged), damaged);
      }),
      runs(2000),
    );
  });

  test('what is not closed, or closed by the wrong bracket, is malformed', () => {
    const open = ['', ' ', '"', '"a', '"a\\"', '"\\', '[', '{', '[1', '{"a":1', '["', '["a', '["\\"]', '[[]'];
    const wrong = ['{"a":[}', '[}', '{]', '[{]}', ']', '}', ',', ':', '[]]', '{}}'];
    const several = ['1 2', '"a"b', '[] []', '"a""b"'];
    for (const text of [...open, ...wrong, ...several]) assert.equal(isOneValue(text), false, text);
  });

  test('is not completed by what stands behind the frame', () => {
    for (const [text, behind] of [
      ['"a', '"'],
      ['"a\\', '""'],
      ['[1', ']'],
      ['["a', '"]'],
      ['["a"', ']'],
      ['{"a":1', '}'],
      ['', '1'],
    ] as const)
      assert.throws(() => over(text, behind).skip(), MALFORMED, text);
    const cursor = over('1', '23');
    cursor.skip();
    cursor.expectEnd();
  });

  test('brackets and quotes inside strings are text', () => {
    for (const text of ['"]"', '["]"]', '["\\"]"]', '{"}":"{"}', '["\\\\"]', '["[",{"]":"\\\\\\"}"}]'])
      assert.equal(isOneValue(text), true, text);
  });

  test('a literal is made of letters, digits, sign and point, and ends before anything else', () => {
    const literal = '0123456789abcdefghijklmnopqrstuvwxyz-.+E';
    for (let byte = 0x21; byte < 0x7f; byte++) {
      const character = String.fromCharCode(byte);
      if ('"[{'.includes(character)) continue;
      assert.equal(skipped(character), literal.includes(character) ? 1 : undefined, character);
      assert.equal(skipped(`1${character}`), literal.includes(character) ? 2 : 1, character);
    }
    for (const text of ['true', 'false', 'null', '-1.5e+10', '1E5']) assert.equal(skipped(text), text.length);
  });

  test('nesting of any depth is stepped over; deeper than 512 brackets are counted alone', () => {
    const nested = (depth: number, inside = ''): string => '['.repeat(depth) + inside + ']'.repeat(depth);
    for (const depth of [511, 512, 513, 100_000]) {
      assert.equal(isOneValue(nested(depth)), true, `${depth}`);
      assert.equal(isOneValue(nested(depth).slice(0, -1)), false, `${depth}, one too few`);
      assert.equal(isOneValue(`${nested(depth)}]`), false, `${depth}, one too many`);
    }
    assert.equal(isOneValue(nested(511, '{]')), false);
    assert.equal(isOneValue(nested(512, '{]')), true);
    assert.equal(isOneValue(`${'['.repeat(600)}${']'.repeat(599)}}`), false);
  });
});

describe('strings', () => {
  test('are read as JSON.parse reads them, and compared by their characters', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), choices, (text, chosen) => {
        const spelled = respelled(text, chooserOf(chosen));
        const cursor = over(spelled);
        cursor.string();
        assert.equal(cursor.at - 4, Buffer.byteLength(spelled));
        assert.equal(cursor.stringEscaped, spelled.includes('\\'));
        assert.equal(cursor.text(), text);
        assert.deepEqual(cursor.decoded(), spelled.includes('\\') ? Buffer.from(text) : undefined);
        assert.equal(cursor.hasIllFormedText, false);
      }),
      runs(1000),
    );
  });

  test('equal a key only when every character is the same, with escapes and without', () => {
    const expected = Buffer.from('name');
    for (const [text, isSame] of [
      ['"name"', true],
      ['"n\\u0061me"', true],
      ['"nam"', false],
      ['"names"', false],
      ['"nome"', false],
      ['"Name"', false],
      ['"namE"', false],
      ['"n\\u0062me"', false],
      ['"nam\\u0065s"', false],
      ['""', false],
    ] as const) {
      const cursor = over(text);
      cursor.string();
      assert.equal(cursor.stringIs(expected), isSame, text);
    }
  });

  test('their positions are those of the content', () => {
    const cursor = over(' "ab" "c\\n"');
    cursor.string();
    assert.deepEqual([cursor.stringStart, cursor.stringEnd, cursor.stringEscaped], [6, 8, false]);
    cursor.string();
    assert.deepEqual([cursor.stringStart, cursor.stringEnd, cursor.stringEscaped], [11, 14, true]);
    assert.equal(cursor.text(), 'c\n');
  });

  test('an escape that is none is malformed, as soon as it has to be decoded', () => {
    for (const text of ['"\\x"', '"\\u12"', '"\\u12g4"']) {
      const cursor = over(text);
      cursor.string();
      assert.throws(() => cursor.text(), MALFORMED);
    }
  });

  test('a lone surrogate is noted, until the next frame', () => {
    const cursor = over('"\\ud83d\\ude00" "\\ud800"');
    cursor.string();
    assert.equal(cursor.text(), '😀');
    assert.equal(cursor.hasIllFormedText, false);
    cursor.string();
    cursor.decoded();
    assert.equal(cursor.hasIllFormedText, true);
    cursor.reset(Buffer.from('""'), 0, 2);
    assert.equal(cursor.hasIllFormedText, false);
  });

  test('anything but a string, where one has to be, is malformed', () => {
    for (const text of ['', '1', '[]', 'x"a"', '"a', '"a\\"'])
      assert.throws(() => over(text).string(), MALFORMED);
  });
});

describe('stepping through an object', () => {
  test('white space of JSON is stepped over, and nothing else is white space', () => {
    for (let byte = 0; byte < 256; byte++) {
      const bytes = Buffer.from([byte, 0x31]);
      const cursor = new JsonCursor();
      cursor.reset(bytes, 0, 2);
      assert.equal(cursor.peek(), [0x20, 0x0a, 0x0d, 0x09].includes(byte) ? 0x31 : byte);
    }
  });

  test('keys, values and their end', () => {
    const cursor = over(' { "a" : 1 , "b" : [ ] } ');
    assert.equal(cursor.enter(OPEN_BRACE, CLOSE_BRACE), true);
    cursor.key();
    assert.equal(cursor.text(), 'a');
    cursor.skip();
    assert.equal(cursor.more(CLOSE_BRACE), true);
    cursor.key();
    assert.equal(cursor.text(), 'b');
    assert.equal(cursor.enter(OPEN_BRACKET, CLOSE_BRACKET), false);
    assert.equal(cursor.more(CLOSE_BRACE), false);
    cursor.expectEnd();
    assert.equal(cursor.peek(), 0, 'nothing is read behind the end');
  });

  test('something else than expected is malformed', () => {
    assert.throws(() => over('1').expect(COLON), MALFORMED);
    assert.throws(() => over('"a" 1').key(), MALFORMED);
    assert.throws(() => over(']').more(CLOSE_BRACE), MALFORMED);
    assert.throws(() => over('').more(CLOSE_BRACE), MALFORMED);
    assert.throws(() => over('{').enter(OPEN_BRACKET, CLOSE_BRACKET), MALFORMED);
    assert.throws(() => over(' ,').expectEnd(), MALFORMED);
    const cursor = over(' , ');
    cursor.expect(COMMA);
    cursor.expectEnd();
  });
});
