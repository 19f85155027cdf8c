/** Where a shortcut says that a part ends, vector by vector; json-shortcuts.test.ts compares them with the tokenizer. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { NODES } from '../../../../src/core/resource/node.ts';
import {
  END_OF_EVENT,
  END_OF_ITEM,
  endOfLeadingLongList,
  endOfLongList,
  endOfMetadata,
  goLayoutOf,
  isGoLayout,
} from '../../../../src/core/codec/json/shortcuts.ts';

const LAYOUT = goLayoutOf(NODES);

/** The text between bytes that would complete it, if they were read. */
function within(text: string, rest = ']},"spec":{"name":"'): [bytes: Buffer, at: number, limit: number] {
  return [Buffer.from(`]}${text}${rest}`), 2, 2 + Buffer.byteLength(text)];
}

describe('the layout of Go', () => {
  const event = '{"kind":"Node","apiVersion":"v1","metadata":{"name":"';
  const item = '{"metadata":{"name":"';

  test('is known by its first bytes, all of them, inside the frame', () => {
    for (const layout of [event, item]) {
      assert.equal(isGoLayout(LAYOUT, ...within(`${layout}n"}}`)), true);
      assert.equal(isGoLayout(LAYOUT, ...within(layout)), true);
      for (let at = 0; at < layout.length; at++) {
        assert.equal(
          isGoLayout(LAYOUT, ...within(`${layout.slice(0, at)}~${layout.slice(at + 1)}n"}}`)),
          false,
          `${at}`,
        );
        assert.equal(isGoLayout(LAYOUT, ...within(layout.slice(0, at), layout.slice(at))), false, `${at}`);
      }
    }
  });
});

describe('where metadata closes', () => {
  /** Two bytes stand before the text. */
  const end = (text: string, rest?: string): number => endOfMetadata(LAYOUT, ...within(text, rest));

  test('is behind the first bracket, where spec follows it', () => {
    assert.equal(end('[{"manager":"m"}]},"spec":{}}'), 2 + 17);
    assert.equal(end('[]},"spec":{'), 2 + 2);
  });

  test('is not said of what is no list', () => {
    for (const value of ['null', '{}', '"m"', '']) assert.equal(end(`${value},"a":[]},"spec":{`), -1, value);
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

describe('where images close', () => {
  const end = (text: string, tail = END_OF_EVENT, rest = ',"z":[}]}}}\n'): number => {
    const [bytes, at, limit] = within(text, rest);
    return endOfLongList(bytes, at, limit, tail);
  };

  test('is behind the first end of an object in a list, where the frame ends there', () => {
    assert.equal(end('[{"names":["a"]}]}}}\n'), 2 + 17);
    assert.equal(end('[{}]}}}\n'), 2 + 4);
    assert.equal(end('[{}]}}', END_OF_ITEM), 2 + 4);
  });

  test('or where another field follows', () => {
    assert.equal(end('[{}],"volumesInUse":["v"]}}}\n'), 2 + 4);
    assert.equal(end('[{}],"a'), 2 + 4);
    assert.equal(end('[{}],"z":1}}', END_OF_ITEM), 2 + 4);
  });

  test('is not said where anything else follows, or nothing', () => {
    for (const text of [
      '[{}]}}}',
      '[{}]}}\n',
      '[{}] }}\n',
      '[{}]x}}\n',
      '[{}]}x}\n',
      '[{}]}}x\n',
      '[{}]}}}\n\n',
      '[{}]',
      '[{}],',
      '[{}],"',
      '[{}],"},',
      '[{}],"A":1}}}\n',
      '[{}],"{":1}}}\n',
      '[{}],"`":1}}}\n',
      '[{}], "a":1}}}\n',
      '[{"names":["}],"]}],"a":1}}}\n',
      '[{"names":["}]"]}],"a":1}}}\n',
    ])
      assert.equal(end(text), -1, JSON.stringify(text));
    for (const text of ['[{}]}', '[{}]x}', '[{}]}x']) assert.equal(end(text, END_OF_ITEM), -1);
  });

  test('is not said of a list that does not begin with an object, or of what goes on in the next frame', () => {
    for (const text of ['[]}}}\n', '[1,{}]}}}\n', ' [{}]}}}\n', 'null}}}\n', '{"a":[{}]}}}\n', '['])
      assert.equal(end(text), -1, JSON.stringify(text));
    assert.equal(end('[{}', END_OF_EVENT, '],"a":1}'), -1);
    assert.equal(end('[{', END_OF_EVENT, '}],"a":1}'), -1);
    assert.equal(end('[{}]', END_OF_EVENT, ',"a":1}'), -1);
    assert.equal(end('[{}],"', END_OF_EVENT, 'a":1}'), -1);
    assert.equal(end('[{}', END_OF_EVENT, ''), -1);
  });
});

describe('where images close in an item, before others of its list', () => {
  /** Two bytes stand before the text. */
  const end = (text: string, rest?: string): number => endOfLeadingLongList(...within(text, rest));
  const next = '}},{"metadata":{';

  test('is behind the last of them, where another field or item follows', () => {
    assert.equal(end('[{"names":["a"]},{"names":["b"]}],"x":1'), 2 + 33);
    assert.equal(end(`[{"names":["a"]}]${next}`), 2 + 17);
  });

  test('is not said where it is spelled otherwise: the end that follows is that of another item', () => {
    for (const other of ['[{} ]', '[{}\n]', '[{},1]', '[{},{"a":{}} ]', '[{} ,{}]', '["a"]'])
      assert.equal(end(`${other}${next}"images":[{}],"x":1`), -1, other);
  });

  test('is not said where anything else follows, or nothing, or it may be inside a string', () => {
    assert.equal(end(`[{"names":["}]"]}]${next}`), -1);
    assert.equal(end('[{}]}},{"'), -1);
    assert.equal(end('[{}]}},{"', 'metadata":{'), -1, 'that has not come yet');
    assert.equal(end('[{}]}},{} '), -1);
    assert.equal(end('[{}', ''), -1);
  });
});
