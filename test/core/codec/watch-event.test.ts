import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EVENT_TYPES, eventTypeOf, WatchEvent } from '../../../src/core/codec/watch-event.ts';

const KNOWN = ['ADDED', 'MODIFIED', 'DELETED', 'BOOKMARK', 'ERROR'];

function typeOf(text: string): string {
  const bytes = Buffer.from(`MODI${text}FIED`);
  return eventTypeOf(bytes, 4, bytes.length - 4);
}

test('the types are those of apimachinery, and one for all others', () => {
  assert.deepEqual([...EVENT_TYPES], [...KNOWN, 'other']);
});

test('a type is known only when every letter is its own (I1)', () => {
  for (const type of KNOWN) {
    assert.equal(typeOf(type), type);
    for (let at = 0; at < type.length; at++) {
      assert.equal(typeOf(type.slice(0, at)), 'other');
      assert.equal(typeOf(type.slice(0, at) + type.charAt(at).toLowerCase() + type.slice(at + 1)), 'other');
    }
    assert.equal(typeOf(`${type}D`), 'other');
  }
  for (const text of ['', 'RENAMED', 'other', 'E', '\0']) assert.equal(typeOf(text), 'other');
  assert.equal(eventTypeOf(Buffer.alloc(0), 0, 0), 'other');
});

const facts = ({ understanding, type, key: name, resourceVersion }: WatchEvent): string[] => [
  understanding,
  type,
  name,
  resourceVersion,
];

test('nothing is known before the first event, and nothing left of the one before', () => {
  const event = new WatchEvent();
  assert.deepEqual(facts(event), ['malformed', 'other', '', '']);
  event.understanding = 'projected';
  event.type = 'ADDED';
  event.key = 'n';
  event.resourceVersion = '5';
  event.canonical.open(1);
  event.reset();
  assert.equal(event.canonical.length, 0);
  assert.deepEqual(facts(event), ['malformed', 'other', '', '']);
});
