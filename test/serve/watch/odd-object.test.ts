/**
 * One object that is not understood must not end filtering for the others: where it is certain which object it is, only
 * of that one it is not known any more what the client holds (R8).
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { CODECS } from '../../../src/core/codec/codecs.ts';
import { NODES } from '../../../src/core/resource/node.ts';
import { customProjection } from '../../../src/core/projection/custom-projection.ts';
import { ListTap } from '../../../src/core/sieve/list-tap.ts';
import { planOf } from '../../../src/core/projection/presets.ts';
import type { FieldsPlan } from '../../../src/core/projection/plan.ts';
import { assertEachArrives } from '../../support/arrivals.ts';
import { bytesField, jsonFrame, stringField, varintField } from '../../support/encode.ts';
import { counted, frameSieve } from '../../support/frame-sieves.ts';
import { inGoOrder } from '../../support/go-order.ts';
import { BOTH, frame, node, type TestEncoding } from '../../support/sieving.ts';

const named = (name: string, resourceVersion: number, metadata: object = {}) =>
  node({ metadata: { name, resourceVersion: String(resourceVersion), ...metadata } });

/** In protobuf, with metadata made of these fields. */
function protobufEvent(type: string, ...metadata: readonly Buffer[]): Buffer {
  const object = bytesField(1, Buffer.concat(metadata));
  const typeMeta = bytesField(1, Buffer.concat([stringField(1, 'v1'), stringField(2, 'Node')]));
  const unknown = Buffer.concat([Buffer.from('k8s\0'), typeMeta, bytesField(2, object)]);
  const event = Buffer.concat([stringField(1, type), bytesField(2, bytesField(1, unknown))]);
  const prefix = Buffer.alloc(4);
  prefix.writeUInt32BE(event.length);
  return Buffer.concat([prefix, event]);
}

const [NAME, VERSION] = [stringField(1, 'odd'), stringField(6, '7')];
/** A label whose value is a number. */
const BAD_LABEL = bytesField(11, Buffer.concat([stringField(1, 'a'), varintField(2, 1)]));

const line = (object: string, envelope = ''): Buffer =>
  Buffer.from(`{"type":"MODIFIED","object":${object}${envelope}}\n`);
const KIND = '"kind":"Node","apiVersion":"v1"';
const odd = (metadata: string): string => `{${KIND},"metadata":{${metadata}}}`;
const KNOWN = '"name":"odd","resourceVersion":"7"';

const ONE: Record<TestEncoding, Record<string, Buffer>> = {
  json: {
    'labels that are a list': line(odd(`${KNOWN},"labels":["a"]`)),
    'a label that is a number': line(odd(`${KNOWN},"labels":{"a":1}`)),
    'labels twice': line(odd(`${KNOWN},"labels":{"a":"1"},"labels":{"a":"2"}`)),
    'a status that is a text': line(`{${KIND},"metadata":{${KNOWN}},"status":"x"}`),
    'a label with half a surrogate': line(odd(`${KNOWN},"labels":{"a":"\\ud800"}`)),
    'a label with an escape and bytes that are no UTF-8': Buffer.from(
      `{"type":"MODIFIED","object":${odd(`${KNOWN},"labels":{"a":"\\u0061\xff"}`)}}\n`,
      'latin1',
    ),
  },
  protobuf: {
    'a label that is a number': protobufEvent('MODIFIED', NAME, VERSION, BAD_LABEL),
    'labels that are a number': protobufEvent('MODIFIED', NAME, VERSION, varintField(11, 1)),
    'a label before the name': protobufEvent('MODIFIED', BAD_LABEL, NAME, VERSION),
  },
};

const ALL: Record<TestEncoding, Record<string, Buffer>> = {
  json: {
    'the name twice': line(odd(`${KNOWN},"name":"other","labels":5`)),
    'metadata twice': line(`{${KIND},"metadata":{${KNOWN}},"metadata":{"name":"other"}}`),
    'the kind twice': line(`{${KIND},"kind":"Node","metadata":{${KNOWN}}}`),
    'the object twice': line(odd(KNOWN), `,"object":${odd(KNOWN)}`),
    'the type twice': line(odd(KNOWN), ',"type":"MODIFIED"'),
    'more around it': line(odd(KNOWN), ',"next":1'),
    'no name': line(odd('"resourceVersion":"7","labels":5')),
    'a name that is a number': line(odd('"name":5,"resourceVersion":"7"')),
    'a name with half a surrogate': line(odd('"name":"\\ud800","resourceVersion":"7"')),
    'a name that is no UTF-8': Buffer.from(
      `{"type":"MODIFIED","object":${odd('"name":"odd\xff","resourceVersion":"7"')}}\n`,
      'latin1',
    ),
  },
  protobuf: {
    'the name twice': protobufEvent('MODIFIED', NAME, stringField(1, 'other'), VERSION, BAD_LABEL),
    'no name': protobufEvent('MODIFIED', VERSION, BAD_LABEL),
    'a name that is a number': protobufEvent('MODIFIED', varintField(1, 1), VERSION),
  },
};

const plan = planOf('metallb');

for (const encoding of BOTH) {
  const known = (type = 'MODIFIED'): Buffer => frame(encoding, type, named('known', 5));
  const oddly = (type = 'MODIFIED'): Buffer => frame(encoding, type, named('odd', 5));

  describe(`an object that is not understood, and which one is certain, ${encoding} (R8)`, () => {
    for (const [what, bytes] of Object.entries(ONE[encoding]))
      test(what, () => {
        const { frames, tally } = frameSieve({ encoding, plan });
        const all = [known('ADDED'), oddly('ADDED'), bytes, known(), bytes, known(), oddly(), oddly()];
        const out: Buffer[] = [];
        frames.push(Buffer.concat(all), out, 0);
        assert.equal(
          counted(tally),
          'ADDED forwarded added 2; MODIFIED forwarded first_seen 1; MODIFIED forwarded undecodable 2; MODIFIED swallowed unchanged 3',
        );
        assert.deepEqual(Buffer.concat(out), Buffer.concat([...all.slice(0, 3), bytes, oddly()]));
      });

    test('the client is known to be where that event has brought it, without that object', () => {
      for (const bytes of Object.values(ONE[encoding])) {
        const { frames } = frameSieve({ encoding, plan });
        frames.push(Buffer.concat([known('ADDED'), oddly('ADDED'), bytes]), [], 0);
        const left = frames.sieve.snapshot();
        assert.deepEqual([left?.resourceVersion, [...(left?.snapshot.held.keys() ?? [])]], ['7', ['known']]);
        assert.equal(frames.sieve.position()?.resourceVersion, '7');
        assert.deepEqual(
          frames.sieve.chronicle.account('odd').decisions.map(({ reason }) => reason),
          ['undecodable', 'added'],
        );
      }
    });
  });

  describe(`where it is not certain which one it is, all is in doubt, ${encoding} (R8)`, () => {
    for (const [what, bytes] of Object.entries(ALL[encoding]))
      test(what, () => {
        const { frames, tally } = frameSieve({ encoding, plan });
        frames.push(Buffer.concat([known('ADDED'), known(), bytes, known(), known()]), [], 0);
        assert.equal(
          counted(tally),
          'ADDED forwarded added 1; MODIFIED forwarded first_seen 1; MODIFIED forwarded undecodable 1; MODIFIED swallowed unchanged 2',
        );
        frames.push(bytes, [], 0);
        assert.equal(frames.sieve.snapshot(), undefined);
      });
  });
}

describe('a time that is null, as Go writes a zero one', () => {
  function planFor(path: string): FieldsPlan {
    const made = customProjection(NODES, 'mine', { by: 'include', paths: [path] });
    if ('problems' in made) assert.fail(made.problems.map(({ message }) => message).join('\n'));
    return made.projection.plan;
  }
  const at = (time: unknown, more: object = {}): Buffer =>
    jsonFrame(
      'MODIFIED',
      node({ status: { conditions: [{ type: 'Ready', lastTransitionTime: time, ...more }] } }),
    );

  test('is an absent one: a change to a time and back arrives, a repetition does not', () => {
    const mine = planFor('status.conditions[type=Ready].lastTransitionTime');
    assertEachArrives('json', mine, [at(null), at('2026-01-01T00:00:00Z'), at(undefined)]);
    const { frames, tally } = frameSieve({ plan: mine });
    for (const bytes of [at(null), at(undefined), at(null)]) frames.push(bytes, [], 0);
    assert.equal(counted(tally), 'MODIFIED forwarded first_seen 1; MODIFIED swallowed unchanged 2');
  });

  test('counts where all of the condition does', () => {
    assertEachArrives('json', planFor('status.conditions[*].lastTransitionTime'), [
      at(null),
      at('2026-01-01T00:00:00Z'),
      at(null),
    ]);
  });

  test('a selector that is null selects nothing, and is no doubt', () => {
    const mine = planFor('status.conditions[reason=x].status');
    assertEachArrives('json', mine, [at(null, { reason: null }), at(null, { reason: 'x', status: 'True' })]);
  });

  test('null and then a text is doubt: decoders differ', () => {
    const mine = planFor('status.conditions[type=Ready].status');
    for (const twice of ['"status":null,"status":"True"', '"status":"True","status":null']) {
      const text = at('x', { status: 'True' }).toString().replace('"status":"True"', twice);
      const { frames, tally } = frameSieve({ plan: mine });
      for (let i = 0; i < 2; i++) frames.push(Buffer.from(text), [], 0);
      assert.equal(counted(tally), 'MODIFIED forwarded undecodable 2', twice);
    }
  });
});

describe('managedFields of any depth', () => {
  const deep = (depth: number, manager: string, label = 'a') => {
    const fieldsV1 = JSON.parse('{"f:a":'.repeat(depth) + '{}' + '}'.repeat(depth)) as object;
    return inGoOrder(named('deep', 5, { labels: { label }, managedFields: [{ manager, fieldsV1 }] }));
  };

  for (const manager of ['kubelet', 'm]', '}]'])
    test(`of the manager ${manager} are stepped over: the stream is filtered, and this Node too`, () => {
      const states = ['a', 'b'].map((label) => jsonFrame('MODIFIED', deep(600, manager, label)));
      assertEachArrives('json', plan, states);
      const { frames } = frameSieve({ plan });
      frames.push(jsonFrame('MODIFIED', deep(1500, manager)), [], 0);
      assert.equal(frames.sieve.isVerbatim, false);
    });

  test('are stepped over in a list too, and an item that is not understood leaves the others', () => {
    const { kind: _, apiVersion: __, ...item } = deep(600, 'm]');
    const oddItem = { metadata: { name: 'odd', labels: 5 } };
    const tap = new ListTap({ codec: CODECS.json, resource: NODES, plan }, { passAt: () => Infinity });
    const list = {
      kind: 'NodeList',
      apiVersion: 'v1',
      metadata: { resourceVersion: '9' },
      items: [item, oddItem],
    };
    tap.push(Buffer.from(JSON.stringify(list)), 0);
    assert.deepEqual([...(tap.finish()?.snapshot.held.keys() ?? [])], ['deep']);
  });
});
