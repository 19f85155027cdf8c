/** Where a shortcut says that a part ends, vector by vector; json-shortcuts.test.ts compares them with the tokenizer. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  END_OF_EVENT,
  END_OF_ITEM,
  endOfMetadata,
  endOfStatus,
  isGoLayout,
} from '../../src/wire/json-shortcuts.ts';

/** The text between bytes that would complete it, if they were read. */
function within(text: string, rest = ']},"spec":{"name":"'): [bytes: Buffer, at: number, limit: number] {
  return [Buffer.from(`]}${text}${rest}`), 2, 2 + Buffer.byteLength(text)];
}

describe('the layout of Go', () => {
  const event = '{"kind":"Node","apiVersion":"v1","metadata":{"name":"';
  const item = '{"metadata":{"name":"';

  test('is known by its first bytes, all of them, inside the frame', () => {
    for (const layout of [event, item]) {
      assert.equal(isGoLayout(...within(`${layout}n"}}`)), true);
      assert.equal(isGoLayout(...within(layout)), true);
      for (let at = 0; at < layout.length; at++) {
        assert.equal(
          isGoLayout(...within(`${layout.slice(0, at)}~${layout.slice(at + 1)}n"}}`)),
          false,
          `${at}`,
        );
        assert.equal(isGoLayout(...within(layout.slice(0, at), layout.slice(at))), false, `${at}`);
      }
    }
  });
});

describe('where metadata closes', () => {
  /** Two bytes stand before the text. */
  const end = (text: string, rest?: string): number => endOfMetadata(...within(text, rest));

  test('is behind the first bracket, where spec follows it', () => {
    assert.equal(end('[{"manager":"m"}]},"spec":{}}'), 2 + 17);
    assert.equal(end(']},"spec":{'), 2 + 1);
  });

  test('is not said where anything else follows the first bracket, or nothing', () => {
    assert.equal(end('[{"manager":"]"}]},"spec":{}}'), -1);
    assert.equal(end('[{}],"finalizers":["f"]},"spec":{}}'), -1);
    assert.equal(end('[{}]},"status":{}}'), -1);
    assert.equal(end('[{}', ''), -1);
    assert.equal(end('[{}', ']},"spec":{'), -1, 'that is in the next frame');
    assert.equal(end('[{}]},"spec":', '{'), -1, 'that is in the next frame');
  });
});

describe('where status closes', () => {
  const end = (text: string, tail: Buffer): number => {
    const [bytes, at, limit] = within(text, '}}}\n');
    return endOfStatus(bytes, at, limit, tail);
  };

  test('is before the braces of what ends there, and the line feed of an event', () => {
    assert.equal(end('[{}]}}}\n', END_OF_EVENT), 2 + 4);
    assert.equal(end('[{}]}}', END_OF_ITEM), 2 + 4);
    assert.equal(end('x}}', END_OF_ITEM), 2 + 1);
  });

  test('is not said where there are fewer, or nothing is before them, or the line feed is missing', () => {
    for (const text of [
      '[{}]}}}',
      '[{}]}}\n',
      '[{}] }}\n',
      '[{}]x}}\n',
      '[{}]}x}\n',
      '[{}]}}x\n',
      '[{}]}}}\n\n',
      '[{}]}} ',
      '}}}',
      '}}}\n',
      '}}',
    ])
      assert.equal(end(text, END_OF_EVENT), -1, JSON.stringify(text));
    for (const text of ['[{}]}', '[{}]x}', '[{}]}x', '}}']) assert.equal(end(text, END_OF_ITEM), -1);
  });
});
