/** What the product knows of resources, against the declarations that the tests have for themselves. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as envelope from '../../../src/core/resource/envelope.ts';
import { apiVersionOf, collectionPath, nameOf } from '../../../src/core/resource/resource.ts';
import { SIEVED_BY_DEFAULT } from '../../../src/core/resource/node.ts';
import { RESOURCES } from '../../../src/core/resource/resources.ts';
import type { MessageType } from '../../../src/core/resource/schema.ts';
import { type FieldType, type MessageType as Declared, messageType } from '../../support/node-proto.ts';

const HOLDS: Readonly<Record<FieldType['kind'], string>> = {
  string: 'text',
  bool: 'number',
  int: 'number',
  time: 'time',
  map: 'map',
  quantities: 'map',
  message: 'message',
  fields: 'message',
  bytes: 'bytes',
};

/** Each field that the product knows, and how often it was compared. */
function compare(type: MessageType, declared: Declared, path: string): number {
  const order = declared.fields.map(({ name }) => name);
  const known = Object.keys(type);
  assert.deepEqual(
    known,
    order.filter((name) => known.includes(name)),
    `${path}: the order of Go's JSON`,
  );
  let fields = 0;
  for (const [name, field] of Object.entries(type)) {
    const of = declared.byName.get(name) ?? assert.fail(`no ${path}.${name} is declared`);
    const { number, holds, isList = false, isPointer = false, isAlways = false } = field;
    assert.deepEqual(
      { number, holds, isList, isPointer, isAlways },
      {
        number: of.number,
        holds: HOLDS[of.kind],
        isList: of.isList,
        isPointer: of.isPointer,
        isAlways: of.isAlways,
      },
      `${path}.${name}`,
    );
    fields++;
    if (field.message !== undefined)
      fields += compare(field.message, of.message ?? assert.fail(`${path}.${name}`), `${path}.${name}`);
  }
  return fields;
}

describe('the schema of a resource', () => {
  for (const { kind, schema, layout } of RESOURCES)
    test(`${kind}: names, numbers, order and kinds are those of its declarations`, () => {
      assert.ok(compare(schema, messageType(kind), kind) > 25);
      assert.deepEqual(Object.keys(schema).slice(0, 2), ['metadata', layout.behindMetadata]);
    });

  test('what an object is written of where it is empty leaves out no field that is always written', () => {
    for (const { kind, schema } of RESOURCES)
      for (const [name, field] of Object.entries(schema)) {
        if (name === 'metadata' || field.message === undefined) continue;
        const written = messageType(kind).byName.get(name)?.message?.byNumber ?? assert.fail();
        const always = written.filter(
          ({ isList, isPointer, kind }) => !isList && !isPointer && kind !== 'map',
        );
        for (const { name: part, kind } of always)
          if (kind !== 'quantities') assert.ok(part in field.message, `${name}.${part}`);
      }
  });
});

test('a resource is spelled as Kubernetes spells it', () => {
  assert.deepEqual(RESOURCES.map(nameOf), ['nodes', 'leases.coordination.k8s.io']);
  assert.deepEqual(RESOURCES.map(apiVersionOf), ['v1', 'coordination.k8s.io/v1']);
  assert.deepEqual(
    RESOURCES.map((resource) => [collectionPath(resource), collectionPath(resource, 'a/b')]),
    [
      ['/api/v1/nodes', '/api/v1/namespaces/a%2Fb/nodes'],
      ['/apis/coordination.k8s.io/v1/leases', '/apis/coordination.k8s.io/v1/namespaces/a%2Fb/leases'],
    ],
  );
});

test('what is sieved where nobody says more is Nodes', () => {
  assert.deepEqual(SIEVED_BY_DEFAULT.map(nameOf), ['nodes']);
});

test('field numbers of what wraps an object are those of its declarations', () => {
  const { WATCH_EVENT, RAW_EXTENSION, UNKNOWN, TYPE_META, LIST, LIST_META, MAP_ENTRY, META, OBJECT } =
    envelope;
  const messages = {
    WatchEvent: WATCH_EVENT,
    RawExtension: RAW_EXTENSION,
    Unknown: UNKNOWN,
    TypeMeta: TYPE_META,
    NodeList: LIST,
    ListMeta: LIST_META,
    StringEntry: MAP_ENTRY,
    ObjectMeta: META,
    Node: OBJECT,
  };
  for (const [name, numbers] of Object.entries(messages))
    for (const [field, number] of Object.entries(numbers))
      assert.equal(messageType(name).byName.get(field)?.number, number, `${name}.${field}`);
  assert.equal(envelope.MAGIC.toString('hex'), '6b387300');
});
