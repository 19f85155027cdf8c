/** What the compiled plans take, also where no preset uses it yet: both encodings must agree (R14, R15). */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { NODES } from '../../../src/core/resource/node.ts';
import { compileForJson } from '../../../src/core/codec/json/rules.ts';
import { JsonScanner } from '../../../src/core/codec/json/scanner.ts';
import type { FieldsPlan } from '../../../src/core/projection/plan.ts';
import { compileForProtobuf } from '../../../src/core/codec/protobuf/rules.ts';
import { ProtobufScanner } from '../../../src/core/codec/protobuf/scanner.ts';
import { WatchEvent } from '../../../src/core/codec/watch-event.ts';
import { BOTH, frame, node, type TestEncoding } from '../../support/sieving.ts';

/** Every preset names metadata, by which an object is known; without it the protobuf scanner is in doubt. */
function withMetadata(plan: FieldsPlan): FieldsPlan {
  return { ...plan, fields: { metadata: { fields: {}, rest: plan.rest }, ...plan.fields } };
}

function formOf(plan: FieldsPlan, encoding: TestEncoding, parts: object): string {
  const bytes = frame(encoding, 'MODIFIED', node(parts));
  const event = new WatchEvent();
  (encoding === 'json' ? new JsonScanner(NODES, plan) : new ProtobufScanner(NODES, plan)).scan(
    bytes,
    0,
    bytes.length,
    event,
  );
  assert.equal(event.understanding, 'projected');
  assert.deepEqual([event.key, event.resourceVersion], ['node-1', '1'], 'known whatever the plan takes');
  return event.canonical.view().toString('hex');
}

/** Whether the plan sees a difference between two Nodes. */
function differs(plan: FieldsPlan, before: object, after: object): boolean {
  const [json, protobuf] = BOTH.map(
    (encoding) =>
      formOf(withMetadata(plan), encoding, before) !== formOf(withMetadata(plan), encoding, after),
  );
  assert.equal(json, protobuf, 'both encodings must agree');
  return json ?? false;
}

const uid = (uid: string) => ({ metadata: { uid } });
const image = (name: string) => ({ status: { images: [{ names: [name], sizeBytes: 1 }] } });
const manager = (manager: string) => ({ metadata: { managedFields: [{ manager, operation: 'Update' }] } });
const taint = (...keys: string[]) => ({
  spec: { taints: keys.map((key) => ({ key, effect: 'NoSchedule' })) },
});

describe('a plan', () => {
  test('that takes nothing sees nothing', () => {
    const nothing: FieldsPlan = { fields: {}, rest: 'skip' };
    for (const parts of [uid('x'), image('x'), manager('x'), taint('x')])
      assert.equal(differs(nothing, {}, parts), false);
  });

  test('that takes everything sees everything', () => {
    const everything: FieldsPlan = { fields: {}, rest: 'whole' };
    for (const parts of [uid('x'), image('x'), manager('x'), taint('x')])
      assert.equal(differs(everything, {}, parts), true);
  });

  test('that does not name metadata takes of it what it takes of the rest, in JSON', () => {
    for (const rest of ['skip', 'whole'] as const)
      for (const fields of [{}, { metadata: rest }] as const)
        for (const parts of [uid('x'), manager('x')])
          assert.equal(
            formOf({ fields, rest }, 'json', {}) !== formOf({ fields, rest }, 'json', parts),
            rest === 'whole',
          );
  });

  test('may take all of a section but some of it, or nothing but that', () => {
    const allBut: FieldsPlan = {
      fields: { metadata: { fields: { uid: 'skip' }, rest: 'whole' } },
      rest: 'skip',
    };
    assert.equal(differs(allBut, uid('a'), uid('b')), false);
    assert.equal(differs(allBut, manager('a'), manager('b')), true);
    assert.equal(differs(allBut, image('a'), image('b')), false);
    const only: FieldsPlan = {
      fields: { metadata: { fields: { uid: 'whole' }, rest: 'skip' } },
      rest: 'skip',
    };
    assert.equal(differs(only, uid('a'), uid('b')), true);
    assert.equal(differs(only, manager('a'), manager('b')), false);
  });

  test('may take a section as it is', () => {
    const status: FieldsPlan = { fields: { status: 'whole' }, rest: 'skip' };
    assert.equal(differs(status, image('a'), image('b')), true);
    assert.equal(differs(status, taint('a'), taint('b')), false);
    compileForProtobuf({ fields: { metadata: 'whole' }, rest: 'skip' }, NODES.schema);
  });

  test('may name parts that are called like those by which an object is known', () => {
    const owners: FieldsPlan = {
      fields: {
        metadata: {
          fields: { ownerReferences: { each: { fields: { kind: 'whole', name: 'whole' }, rest: 'skip' } } },
          rest: 'skip',
        },
      },
      rest: 'skip',
    };
    const owner = (name: string, uid = 'u') => ({
      metadata: { ownerReferences: [{ kind: 'Machine', name, uid, apiVersion: 'v2' }] },
    });
    assert.equal(differs(owners, owner('a'), owner('b')), true);
    assert.equal(differs(owners, owner('a'), owner('a', 'v')), false);
  });

  test('may take what shortcuts would step over', () => {
    const big: FieldsPlan = {
      fields: {
        metadata: { fields: { managedFields: 'whole' }, rest: 'skip' },
        status: { fields: { images: 'whole' }, rest: 'skip' },
      },
      rest: 'skip',
    };
    assert.equal(differs(big, manager('a'), manager('b')), true);
    assert.equal(differs(big, image('a'), image('b')), true);
    assert.equal(differs(big, uid('a'), uid('b')), false);
  });

  test('may look into the elements of a list, in their order', () => {
    const keys: FieldsPlan = {
      fields: {
        spec: { fields: { taints: { each: { fields: { key: 'whole' }, rest: 'skip' } } }, rest: 'skip' },
      },
      rest: 'skip',
    };
    assert.equal(differs(keys, taint('a', 'b'), taint('b', 'a')), true);
    assert.equal(differs(keys, taint('a'), taint('a', 'a')), true);
    assert.equal(differs(keys, taint('a'), { spec: { taints: [{ key: 'a', effect: 'NoExecute' }] } }), false);
  });

  test('may look into a message, which with nothing in it equals its absence', () => {
    const kernel: FieldsPlan = {
      fields: {
        status: { fields: { nodeInfo: { fields: { kernelVersion: 'whole' }, rest: 'skip' } }, rest: 'skip' },
      },
      rest: 'skip',
    };
    const info = (machineID: string, kernelVersion?: string) => ({
      status: { nodeInfo: { machineID, ...(kernelVersion === undefined ? {} : { kernelVersion }) } },
    });
    assert.equal(differs(kernel, info('m', '1'), info('m', '2')), true);
    assert.equal(differs(kernel, info('m', '1'), info('n', '1')), false);
    assert.equal(differs(kernel, info('m'), {}), false);
  });
});

describe('a plan with a mistake in it', () => {
  const planOfStatus = (status: FieldsPlan): FieldsPlan => ({ fields: { status }, rest: 'skip' });
  const compile = (plan: FieldsPlan) => () => compileForProtobuf(plan, NODES.schema);

  test('that names what the schema does not have is refused, with the name', () => {
    assert.throws(compile({ fields: { statuses: 'whole' }, rest: 'skip' }), /unknown field: statuses/);
    assert.throws(
      compile(planOfStatus({ fields: { condition: 'skip' }, rest: 'skip' })),
      /unknown field: condition/,
    );
    const where = { where: 'type', equals: 'x', first: true, value: 'status', as: 'value' } as const;
    assert.throws(
      compile(planOfStatus({ fields: { conditions: { ...where, where: 'kind' } }, rest: 'skip' })),
      /unknown field: kind/,
    );
    assert.throws(
      compile(planOfStatus({ fields: { conditions: { ...where, value: 'state' } }, rest: 'skip' })),
      /unknown field: state/,
    );
  });

  test('that looks into a plain value is refused, with its name', () => {
    const inside: FieldsPlan = { fields: { a: 'whole' }, rest: 'skip' };
    assert.throws(
      compile(planOfStatus({ fields: { phase: inside }, rest: 'skip' })),
      /without fields: phase/,
    );
    assert.throws(
      compile(planOfStatus({ fields: { phase: { each: inside } }, rest: 'skip' })),
      /without fields: phase/,
    );
  });

  test('that names more fields of one object than there are bits is refused', () => {
    const planOf = (count: number): FieldsPlan => ({
      fields: {
        spec: {
          fields: Object.fromEntries(Array.from({ length: count }, (_, i) => [`f${i}`, 'whole'])),
          rest: 'skip',
        },
      },
      rest: 'skip',
    });
    compileForJson(NODES, planOf(30));
    assert.throws(() => compileForJson(NODES, planOf(31)), /more than 30 fields of one object/);
  });
});
