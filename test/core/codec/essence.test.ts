import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { CODECS } from '../../../src/core/codec/codecs.ts';
import { NODES } from '../../../src/core/resource/node.ts';
import { planOf } from '../../../src/core/projection/presets.ts';
import type { EssenceReader } from '../../../src/core/codec/essence-reader.ts';
import { essenceReaderFor } from '../../../src/core/codec/essence.ts';
import type { FieldsPlan } from '../../../src/core/projection/plan.ts';
import { WatchEvent } from '../../../src/core/codec/watch-event.ts';
import { arbitraryChange, type TestNode } from '../../support/arbitrary-node.ts';
import { bytesField, protobufFrame, varintField } from '../../support/encode.ts';
import { fixture, jsonFrames, protobufFrames } from '../../support/fixtures.ts';
import { often, runs } from '../../support/property-runs.ts';
import { BOTH, node, type TestEncoding } from '../../support/sieving.ts';
import { serverFrame } from '../../support/whole-node.ts';

const RUNS = runs(1500);

function readerOf(encoding: TestEncoding): EssenceReader {
  const reader = essenceReaderFor(CODECS[encoding], NODES, planOf('metallb'));
  assert.ok(reader !== undefined);
  return reader;
}

/** The essence in memory of its own; undefined where the frame is refused. */
function essenceOf(reader: EssenceReader, frame: Buffer): Buffer | undefined {
  return reader.read(frame, 0, frame.length)
    ? Buffer.from(reader.bytes.subarray(0, reader.length))
    : undefined;
}

function scan(encoding: TestEncoding, frame: Buffer) {
  const event = new WatchEvent();
  CODECS[encoding].scanner(NODES, planOf('metallb')).scan(frame, 0, frame.length, event);
  const { understanding, type, key: name, resourceVersion, canonical } = event;
  return { understanding, type, name, resourceVersion, form: Buffer.from(canonical.view()).toString('hex') };
}

const FRAMES = { json: jsonFrames(fixture('watch.json')), protobuf: protobufFrames(fixture('watch.pb')) };

for (const encoding of BOTH)
  describe(`essence of ${encoding} frames (R15, R36)`, () => {
    test('every recorded MODIFIED has one, with the name and resourceVersion that the scanner reads', () => {
      const reader = readerOf(encoding);
      let read = 0;
      for (const frame of FRAMES[encoding]) {
        const { type, understanding, name, resourceVersion } = scan(encoding, frame);
        const isRead = reader.read(frame, 0, frame.length);
        assert.equal(isRead, type === 'MODIFIED' && understanding === 'projected', `${type} ${name}`);
        if (!isRead) continue;
        read++;
        assert.deepEqual([reader.key, reader.resourceVersion], [name, resourceVersion]);
      }
      assert.ok(read > 10, `only ${read} were read`);
    });

    test('recorded frames with equal essences have equal projections, and most heartbeats repeat one', () => {
      const reader = readerOf(encoding);
      const forms = new Map<string, string>();
      let repeats = 0;
      for (const frame of FRAMES[encoding]) {
        const essence = essenceOf(reader, frame)?.toString('hex');
        if (essence === undefined) continue;
        const { form } = scan(encoding, frame);
        if (forms.has(essence)) repeats++;
        assert.equal(forms.get(essence) ?? form, form);
        forms.set(essence, form);
      }
      assert.ok(repeats > 10, `only ${repeats} repeats of ${forms.size}`);
    });

    test('of generated Nodes with hostile text: equal essences have equal projections', () => {
      const reader = readerOf(encoding);
      let equal = 0;
      let read = 0;
      fc.assert(
        fc.property(arbitraryChange, ([before, after]) => {
          const pair = [before, after].map((each) => {
            const { ownerReferences: _, finalizers: __, ...metadata } = each.metadata;
            const known = { ...metadata, name: 'node-1', uid: 'u1', resourceVersion: '1' };
            return serverFrame(encoding, 'MODIFIED', { ...each, metadata: known });
          });
          const [a, b] = pair.map((frame) => essenceOf(reader, frame));
          if (a === undefined || b === undefined) return;
          read++;
          const [first, second] = pair.map((frame) => scan(encoding, frame));
          assert.equal(first?.understanding, 'projected');
          if (!a.equals(b)) return;
          equal++;
          assert.equal(second?.form, first.form);
        }),
        RUNS,
      );
      // Where something was refused, nothing is shown: most have to be read, and some to be equal.
      assert.ok(often(read, RUNS, 1 / 5) && often(equal, RUNS, 1 / 20), `${read} read, ${equal} equal`);
    });

    const changes: Record<string, object> = {
      'a label': { metadata: { labels: { a: '1', b: '3' } } },
      'one more label': { metadata: { labels: { a: '1', b: '2', c: '' } } },
      'no label': { metadata: { labels: undefined } },
      'the uid': { metadata: { uid: 'u2' } },
      'a deletion': { metadata: { deletionTimestamp: '2026-01-01T00:00:00Z' } },
      cordon: { spec: { unschedulable: true } },
      'the condition': { status: { conditions: [{ type: 'NetworkUnavailable', status: 'True' }] } },
      'no such condition': { status: { conditions: [{ type: 'Ready', status: 'True' }] } },
      'a second one before it': {
        status: {
          conditions: [
            { type: 'NetworkUnavailable', status: 'True' },
            { type: 'NetworkUnavailable', status: 'False' },
          ],
        },
      },
      'an address': { status: { addresses: [{ type: 'InternalIP', address: '10.0.0.2' }] } },
    };
    for (const [what, parts] of Object.entries(changes))
      test(`${what} changes it`, () => {
        const reader = readerOf(encoding);
        const before = essenceOf(reader, serverFrame(encoding, 'MODIFIED', node()));
        const after = essenceOf(reader, serverFrame(encoding, 'MODIFIED', node(parts)));
        assert.ok(before !== undefined && after !== undefined);
        assert.ok(!before.equals(after));
      });

    const noise: Record<string, object> = {
      'the resourceVersion': { metadata: { resourceVersion: '23' } },
      annotations: { metadata: { annotations: { a: 'x', z: '{"a":{}}' } } },
      managedFields: { metadata: { managedFields: [{ manager: 'other', operation: 'Apply' }] } },
      capacity: { status: { capacity: { memory: '1Gi' } } },
      images: { status: { images: [{ names: ['a', 'b'], sizeBytes: 300 }] } },
    };
    for (const [what, parts] of Object.entries(noise))
      test(`${what} does not`, () => {
        const reader = readerOf(encoding);
        const before = essenceOf(reader, serverFrame(encoding, 'MODIFIED', node()));
        const after = essenceOf(reader, serverFrame(encoding, 'MODIFIED', node(parts)));
        assert.ok(before !== undefined && after !== undefined);
        assert.ok(before.equals(after));
      });

    test('a frame is read where it lies: in the middle of others, and of one that was cut', () => {
      const reader = readerOf(encoding);
      const frame = serverFrame(encoding, 'MODIFIED', node());
      const whole = essenceOf(reader, frame);
      const others = Buffer.concat([frame, frame, frame]);
      assert.ok(reader.read(others, frame.length, 2 * frame.length));
      assert.ok(whole?.equals(reader.bytes.subarray(0, reader.length)));
      for (let length = 0; length < frame.length; length++)
        assert.equal(reader.read(others, 0, length), false, `cut to ${length} bytes, with more behind it`);
      for (let length = 0; length < frame.length; length++)
        assert.equal(reader.read(frame.subarray(0, length), 0, length), false, `cut to ${length} bytes`);
    });

    const refused: Record<string, Buffer> = {
      'an ADDED': serverFrame(encoding, 'ADDED', node()),
      'a DELETED': serverFrame(encoding, 'DELETED', node()),
      'a resourceVersion that is no number': serverFrame(
        encoding,
        'MODIFIED',
        node({ metadata: { resourceVersion: '1a' } }),
      ),
      'a name that could be spelled in two ways': serverFrame(
        encoding,
        'MODIFIED',
        node({ metadata: { name: 'n\\u0031"' } }),
      ),
      'no name': serverFrame(encoding, 'MODIFIED', node({ metadata: { name: '' } })),
      'more than is kept of one': serverFrame(
        encoding,
        'MODIFIED',
        node({ metadata: { labels: { a: 'x'.repeat(9000) } } }),
      ),
      'another kind': Buffer.from(
        serverFrame(encoding, 'MODIFIED', node()).toString('latin1').replace('Node', 'Lode'),
        'latin1',
      ),
    };
    for (const [what, frame] of Object.entries(refused))
      test(`${what} has none`, () => {
        assert.equal(readerOf(encoding).read(frame, 0, frame.length), false);
      });
  });

describe('what is left out of a JSON essence holds nothing that decides (R15)', () => {
  const text = serverFrame('json', 'MODIFIED', node()).toString();
  const edits: Record<string, readonly [string, string]> = {
    'labels again, behind annotations': ['"},"managedFields"', '"},"labels":{"a":"9"},"managedFields"'],
    'an owner behind annotations': [
      '"},"managedFields"',
      '"},"ownerReferences":[{"uid":"o"}],"managedFields"',
    ],
    'an annotation that is an object': ['"annotations":{"a":"b"}', '"annotations":{"a":{"b":"c"},"d":"e"}'],
    'metadata that goes on behind managedFields': ['}]},"spec"', '}],"labels":{"a":"9"}},"spec"'],
    'addresses before conditions': [
      '"status":{',
      '"status":{"addresses":[{"type":"InternalIP","address":"9"}],',
    ],
    'conditions again': [
      '],"addresses"',
      '],"conditions":[{"type":"NetworkUnavailable","status":"True"}],"addresses"',
    ],
    'something between conditions and addresses': ['],"addresses"', '],"x":1,"addresses"'],
    'something behind addresses': ['],"daemonEndpoints"', '],"x":[1],"daemonEndpoints"'],
    'a status that is no word': [
      '"NetworkUnavailable","status":"False"',
      '"NetworkUnavailable","status":"False\\"}"',
    ],
    'white space': ['"metadata":{', '"metadata": {'],
    'something between uid and resourceVersion': ['"resourceVersion":"', '"x":"y","resourceVersion":"'],
    'an empty resourceVersion': ['"resourceVersion":"1"', '"resourceVersion":""'],
    'conditions under another name': [',"conditions":[', ',"donditions":['],
    'a condition that does not begin with its type': [
      '{"type":"NetworkUnavailable"',
      '{"x":1,"type":"NetworkUnavailable"',
    ],
    'no annotations': [',"annotations":{"a":"b"}', ''],
    'a frame that ends otherwise': ['}}}\n', '}},"x":1}\n'],
  };
  for (const [what, [from, to]] of Object.entries(edits))
    test(what, () => {
      const edited = Buffer.from(text.replace(from, to));
      assert.notEqual(edited.toString(), text);
      assert.equal(readerOf('json').read(edited, 0, edited.length), false);
    });

  describe('of the condition', () => {
    const REST = { lastTransitionTime: '2026-01-01T00:00:00Z', reason: 'r', message: 'm' };

    function conditions(...list: readonly object[]): Buffer | undefined {
      const given = node({ status: { conditions: list } });
      return essenceOf(readerOf('json'), serverFrame('json', 'MODIFIED', given));
    }

    const at = (lastHeartbeatTime: string, more: object = {}): object => ({
      type: 'NetworkUnavailable',
      status: 'False',
      lastHeartbeatTime,
      ...REST,
      ...more,
    });
    const ready = (lastHeartbeatTime: string, more: object = {}): object => ({
      type: 'Ready',
      status: 'True',
      lastHeartbeatTime,
      ...REST,
      ...more,
    });

    test('the time of its heartbeat is left out, with its digits, and all that is told of others', () => {
      const [first, ...others] = [
        conditions(at('2026-01-01T00:00:00Z'), ready('2026-01-01T00:00:00Z')),
        conditions(at('2026-12-31T23:59:59Z'), ready('2026-01-01T00:00:00Z')),
        conditions(
          at('2026-01-01T00:00:00Z'),
          ready('2026-12-31T23:59:59Z', { message: 'n', status: 'False' }),
        ),
        conditions(ready('2026-01-01T00:00:00Z'), at('2026-01-01T00:00:00Z')),
      ];
      assert.ok(first !== undefined);
      assert.ok(!first.includes('00:00:00Z","lastTransition'), 'the time itself');
      for (const other of others) assert.ok(other?.equals(first));
    });

    test('everything else that is told of it is kept, whether it decides or not', () => {
      const all = [
        conditions(at('2026-01-01T00:00:00Z')),
        conditions(at('2026-01-01T00:00:00Z', { status: 'Unknown' })),
        conditions(at('2026-01-01T00:00:00Z', { lastTransitionTime: '2026-01-01T00:00:01Z' })),
        conditions(at('2026-01-01T00:00:00Z', { reason: 's' })),
        conditions(at('2026-01-01T00:00:00Z', { message: 'n' })),
        conditions({ type: 'NetworkUnavailable', status: 'False', ...REST }),
        conditions({ type: 'NetworkUnavailable', status: 'False' }),
        conditions(ready('2026-01-01T00:00:00Z')),
      ];
      const texts = all.map((essence) => essence?.toString('latin1'));
      assert.ok(!texts.includes(undefined));
      assert.equal(new Set(texts).size, texts.length);
    });

    test('a time that is none of Go’s is part of what is kept', () => {
      const [a, b] = [conditions(at('soon')), conditions(at('late'))];
      assert.ok(a !== undefined && b !== undefined && !a.equals(b));
    });

    test('a name may be spelled with escapes: then nothing is said of it', () => {
      const line = serverFrame(
        'json',
        'MODIFIED',
        node({ status: { conditions: [at('2026-01-01T00:00:00Z')] } }),
      );
      for (const [from, to] of [
        ['"NetworkUnavailable"', '"Network\\u0055navailable"'],
        [
          '{"type":"NetworkUnavailable"',
          '{"type":"Network\\u0055navailable","status":"True"},{"type":"NetworkUnavailable"',
        ],
      ] as const) {
        const spelled = Buffer.from(line.toString().replace(from, to));
        assert.equal(essenceOf(readerOf('json'), spelled), undefined);
      }
    });

    const refused: Record<string, object> = {
      'another condition whose reason is its name': ready('2026-01-01T00:00:00Z', {
        reason: 'NetworkUnavailable',
      }),
      'its name behind its status': { status: 'False', type: 'NetworkUnavailable', ...REST },
      'no status behind its name': { type: 'NetworkUnavailable', reason: 'r', status: 'False' },
      'a message that ends like an object': at('2026-01-01T00:00:00Z', { message: 'm"}' }),
      'a status that begins like the end of one': at('2026-01-01T00:00:00Z', { status: '}a' }),
      'a message that begins like the end of one': at('2026-01-01T00:00:00Z', { message: '}' }),
    };
    for (const [what, condition] of Object.entries(refused))
      test(`${what}: refused`, () => {
        assert.equal(conditions(condition), undefined);
      });
  });

  const HOLDS_CONDITIONS = {
    type: 'Ready',
    status: 'True',
    message: '{"type":"NetworkUnavailable","status":"True"}],"addresses":[',
  };

  test('with such a message before the one condition it has none: an escape there may be part of a name', () => {
    const conditions = [HOLDS_CONDITIONS, { type: 'NetworkUnavailable', status: 'False' }];
    const frame = serverFrame('json', 'MODIFIED', node({ status: { conditions } }));
    assert.equal(essenceOf(readerOf('json'), frame), undefined);
  });

  const hostile: Record<string, TestNode> = {
    'an annotation that holds the whole rest': node({
      metadata: { annotations: { a: text, b: '"},"managedFields":[]},"spec":{}' } },
    }),
    'a message that holds conditions and addresses': node({
      status: { conditions: [{ type: 'NetworkUnavailable', status: 'False' }, HOLDS_CONDITIONS] },
    }),
    'a label that holds annotations': node({ metadata: { labels: { a: ',"annotations":{', b: '2' } } }),
  };
  for (const [what, object] of Object.entries(hostile))
    test(`${what} is read, and a change beside it seen`, () => {
      const reader = readerOf('json');
      const before = essenceOf(reader, serverFrame('json', 'MODIFIED', object));
      const changed = { ...object, spec: { ...object.spec, unschedulable: true } };
      const after = essenceOf(reader, serverFrame('json', 'MODIFIED', changed));
      assert.ok(before !== undefined && after !== undefined);
      assert.ok(!before.equals(after));
    });
});

describe('what is left out of a protobuf essence holds nothing that decides (R15)', () => {
  /** The Node of a frame taken apart and put together again by `edit`. */
  function edited(edit: (node: Buffer) => Buffer): Buffer {
    const frame = protobufFrame('MODIFIED', node());
    const magic = frame.indexOf('k8s\0');
    const typeMeta = 12;
    const rawAt = magic + 4 + typeMeta;
    const [length, at] = varintAt(frame, rawAt + 1);
    const object = edit(frame.subarray(at, at + length));
    const unknown = Buffer.concat([
      frame.subarray(magic, rawAt),
      bytesField(2, object),
      frame.subarray(at + length),
    ]);
    const event = Buffer.concat([
      bytesField(1, Buffer.from('MODIFIED')),
      bytesField(2, bytesField(1, unknown)),
    ]);
    const prefix = Buffer.alloc(4);
    prefix.writeUInt32BE(event.length);
    return Buffer.concat([prefix, event]);
  }

  function varintAt(bytes: Buffer, at: number): [number, number] {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = bytes[at++] ?? 0;
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return [value, at];
    }
  }

  /** Puts fields in front of those of the message in field `number` of a Node. */
  function inFront(number: number, fields: Buffer): (node: Buffer) => Buffer {
    return inside(number, (payload) => Buffer.concat([fields, payload]));
  }

  /** Puts fields behind those of the message in field `number` of a Node. */
  function behind(number: number, ...fields: readonly Buffer[]): (node: Buffer) => Buffer {
    return inside(number, (payload) => Buffer.concat([payload, ...fields]));
  }

  function inside(number: number, edit: (payload: Buffer) => Buffer): (node: Buffer) => Buffer {
    return (object) => {
      const parts: Buffer[] = [];
      for (let at = 0; at < object.length;) {
        const field = (object[at] ?? 0) >>> 3;
        const [length, start] = varintAt(object, at + 1);
        const payload = object.subarray(start, start + length);
        parts.push(bytesField(field, field === number ? edit(payload) : payload));
        at = start + length;
      }
      return Buffer.concat(parts);
    };
  }

  const text = (field: number, value: string): Buffer => bytesField(field, Buffer.from(value));
  const [NAME, VERSION, LABEL] = [
    text(1, 'node-1'),
    text(6, '22'),
    Buffer.concat([text(1, 'a'), text(2, '1')]),
  ];
  const [TYPE, STATUS, REASON, MESSAGE] = [
    text(1, 'NetworkUnavailable'),
    text(2, 'False'),
    text(5, 'r'),
    text(6, 'm'),
  ];

  /** A status with this condition alone. */
  function condition(...fields: readonly Buffer[]): (node: Buffer) => Buffer {
    return inside(3, () => bytesField(4, Buffer.concat(fields)));
  }

  function conditions(...list: readonly (readonly Buffer[])[]): Buffer | undefined {
    const status = Buffer.concat(list.map((fields) => bytesField(4, Buffer.concat(fields))));
    return essence(inside(3, () => status));
  }

  function essence(edit: (node: Buffer) => Buffer): Buffer | undefined {
    return essenceOf(readerOf('protobuf'), edited(edit));
  }

  test('of conditions the first one of this name counts, by its type and status', () => {
    const first = conditions([TYPE, STATUS]);
    assert.ok(first !== undefined);
    const same = [
      conditions([TYPE, STATUS], [TYPE, text(2, 'True')]),
      conditions([text(1, 'NetworkUnavailablf'), text(2, 'True')], [TYPE, STATUS]),
      conditions([text(1, 'NetworkUnavailable2'), text(2, 'True')], [TYPE, STATUS]),
      conditions([text(1, 'Ready'), text(2, 'True'), REASON], [TYPE, STATUS]),
    ];
    for (const other of same) assert.ok(other?.equals(first));
    for (const other of [
      conditions([TYPE, text(2, 'True')]),
      conditions([text(1, 'NetworkUnavailablf'), STATUS]),
    ])
      assert.ok(other !== undefined && !other.equals(first));
  });

  test('parts of any length are stepped over, or taken', () => {
    const entry = (length: number, key = 'k'): Buffer =>
      Buffer.concat([text(1, key), text(2, 'x'.repeat(length))]);
    const known = (...fields: readonly Buffer[]): Buffer | undefined =>
      essence(inside(1, () => Buffer.concat([NAME, VERSION, ...fields])));
    const plain = known();
    assert.ok(plain !== undefined);
    // Lengths of one byte to three, annotations alone and in a row, and behind them what is left out or taken.
    for (const length of [0, 100, 120, 121, 122, 123, 200, 16_300, 16_370, 16_380, 16_390, 20_000, 500_000]) {
      const annotation = bytesField(12, entry(length));
      assert.ok(known(annotation)?.equals(plain), `${length}`);
      assert.ok(
        known(annotation, annotation, bytesField(12, entry(1)))?.equals(plain),
        `${length}, and more`,
      );
      assert.ok(known(annotation, bytesField(17, entry(length)))?.equals(plain), `${length}, managed`);
      assert.ok(
        known(bytesField(17, entry(length)), bytesField(17, entry(3)))?.equals(plain),
        `${length}, twice`,
      );
    }
    assert.equal(known(bytesField(12, entry(2 ** 21))), undefined, 'more than a Node may have');
    const labelled = known(bytesField(11, LABEL));
    const all = [plain, labelled, known(bytesField(11, LABEL), bytesField(11, entry(200)))];
    const more = [
      known(bytesField(11, entry(200)), bytesField(11, LABEL)),
      known(varintField(7, 3)),
      known(varintField(7, 300)),
    ];
    const texts = [...all, ...more].map((each) => each?.toString('latin1'));
    assert.ok(!texts.includes(undefined));
    assert.equal(new Set(texts).size, texts.length);
    assert.ok(known(bytesField(11, LABEL), bytesField(12, entry(5)))?.equals(labelled ?? plain));
    // Images in a row, long ones among them, and what comes behind them.
    const images = [10, 130, 20_000].map((length) => bytesField(8, entry(length)));
    const status = (...fields: readonly Buffer[]): Buffer | undefined =>
      essence(inside(3, () => Buffer.concat(fields)));
    assert.ok(status(...images, ...images, text(9, 'volume'))?.equals(status() ?? Buffer.alloc(1)));
    assert.equal(status(...images, text(5, 'an address')), undefined, 'addresses behind images');
  });

  test('a frame goes on behind its Node only as kube-apiserver lets it', () => {
    const frame = protobufFrame('MODIFIED', node());
    const magic = frame.indexOf('k8s\0');
    const rawAt = magic + 16;
    const [length, at] = varintAt(frame, rawAt + 1);
    const known = frame.subarray(magic, at + length);
    const isRead = (unknown: Buffer, behindRaw = '', behindObject = ''): boolean => {
      const raw = Buffer.concat([bytesField(1, unknown), Buffer.from(behindRaw, 'latin1')]);
      const event = Buffer.concat([
        bytesField(1, Buffer.from('MODIFIED')),
        bytesField(2, raw),
        Buffer.from(behindObject, 'latin1'),
      ]);
      const whole = Buffer.concat([Buffer.alloc(4), event]);
      whole.writeUInt32BE(event.length);
      return readerOf('protobuf').read(whole, 0, whole.length);
    };
    const EMPTY = Buffer.from('\x1a\x00\x22\x00', 'latin1');
    assert.equal(isRead(Buffer.concat([known, EMPTY])), true);
    assert.equal(isRead(known), true);
    for (const other of [
      '\x1a\x00',
      '\x1a\x00\x22\x01',
      '\x1a\x01\x22\x00',
      '\x1a\x00\x22\x00\x22\x00',
      '\x22\x00\x1a\x00',
    ])
      assert.equal(
        isRead(Buffer.concat([known, Buffer.from(other, 'latin1')])),
        false,
        JSON.stringify(other),
      );
    assert.equal(isRead(Buffer.concat([known, EMPTY]), '\x12\x00'), false, 'a field behind raw');
    assert.equal(isRead(Buffer.concat([known, EMPTY]), '', '\x1a\x00'), false, 'a field behind the object');
    const otherType = Buffer.from(frame);
    otherType.write('MODIFIEX', frame.indexOf('MODIFIED'), 'latin1');
    assert.equal(readerOf('protobuf').read(otherType, 0, otherType.length), false);
  });

  test('a field of the status that is sent as a number is no run: what follows it is seen', () => {
    for (const number of [1, 2, 3]) {
      const status = (value: string): Buffer | undefined => {
        const one = bytesField(4, Buffer.concat([TYPE, text(2, value), MESSAGE]));
        // Whoever took the second number for a length would step over the condition.
        const numbers = Buffer.concat([varintField(number, 0), varintField(number, one.length)]);
        return essence(inside(3, () => Buffer.concat([numbers, one])));
      };
      const [before, after] = [status('False'), status('Maybe')];
      assert.ok(before !== undefined && after !== undefined && !before.equals(after), `${number}`);
    }
  });

  test('a number of ten bytes is read', () => {
    const negative = Buffer.from([0x78, ...Array<number>(9).fill(0xff), 1]);
    assert.ok(essence(behind(3, negative)) !== undefined);
  });

  test('no two ways to cut it: where metadata ends is told, though spec has a tag that metadata has too', () => {
    const named = (...more: readonly Buffer[]): Buffer | undefined =>
      essence(inside(1, () => Buffer.concat([NAME, ...more, VERSION])));
    const [plain, generated] = [named(), named(text(2, 'node-'))];
    assert.ok(plain !== undefined && generated !== undefined);
    const generateName = generated.indexOf('\x12\x05node-', 0, 'latin1');
    const spec = generated.indexOf(Buffer.from([0, 0x12]));
    assert.ok(generateName !== -1 && generateName < spec);
    assert.equal(plain.indexOf('\x12\x05node-', 0, 'latin1'), -1);
  });

  test('taken apart and put together again it is read', () => {
    const frame = edited((object) => object);
    assert.ok(frame.equals(protobufFrame('MODIFIED', node())));
    assert.ok(readerOf('protobuf').read(frame, 0, frame.length));
  });

  const edits: Record<string, (node: Buffer) => Buffer> = {
    'metadata that comes twice': (object) => Buffer.concat([object, bytesField(1, Buffer.alloc(0))]),
    'a field behind status': (object) => Buffer.concat([object, bytesField(9, Buffer.alloc(0))]),
    'a second name': inFront(1, bytesField(1, Buffer.from('node-2'))),
    'labels before the name': inFront(1, bytesField(11, Buffer.alloc(0))),
    'addresses before capacity': inFront(3, bytesField(5, Buffer.alloc(0))),
    'a condition without type and status': inFront(3, bytesField(4, Buffer.alloc(0))),
    'a condition that is a number': inFront(3, varintField(4, 1)),
    'an address that is a number': inFront(3, varintField(5, 1)),
    'a group': inFront(1, Buffer.from([0x0b])),
    'a number of eight bytes': behind(1, Buffer.from([0x99, 1, 0, 0, 0, 0, 0, 0, 0, 0])),
    'a tag of three bytes': behind(1, Buffer.from([0x8a, 0x80, 0x01, 0])),
    'a number that goes on behind its message': behind(1, Buffer.from([0x90, 0x02, 0x80, 0x80])),
    'a field that goes on behind its message': behind(1, Buffer.from([0x92, 0x02, 0x05, 1, 2])),
    'a number of eleven bytes': behind(3, Buffer.from([0x78, ...Array<number>(10).fill(0x80), 0])),
    'a field with the number 0': inFront(1, Buffer.from([0, 0])),
    'a field of the status with the number 0': inFront(3, Buffer.from([0, 0])),
    'a length of four bytes': behind(1, Buffer.from([0x92, 0x02, 0x80, 0x80, 0x80, 0x00])),
    'a label that goes on behind its message': inside(1, () =>
      Buffer.concat([NAME, bytesField(11, LABEL), Buffer.from([0x5a, 0x7f, 1])]),
    ),
    'metadata without a name': inside(1, () => VERSION),
    'metadata without a resourceVersion': inside(1, () => NAME),
    'a name with a letter that names do not have': inside(1, () =>
      Buffer.concat([bytesField(1, Buffer.from('Node')), VERSION]),
    ),
    'a second resourceVersion': inside(1, () => Buffer.concat([NAME, VERSION, VERSION])),
    'a condition that tells its reason before its message twice': condition(TYPE, STATUS, REASON, REASON),
    'a condition that tells its message before its reason': condition(TYPE, STATUS, MESSAGE, REASON),
    'a condition whose last field goes on behind it': condition(TYPE, STATUS, Buffer.from([0x2a, 9, 1])),
    'a condition without a status': condition(TYPE, REASON),
    'a condition without a type': condition(STATUS, REASON),
  };
  for (const [what, edit] of Object.entries(edits))
    test(what, () => {
      const frame = edited(edit);
      assert.equal(readerOf('protobuf').read(frame, 0, frame.length), false);
    });
});

describe('which plans an essence is enough for', () => {
  const CONDITION = {
    where: 'type',
    equals: 'NetworkUnavailable',
    first: true,
    value: 'status',
    as: 'value',
  } as const;
  const cases: readonly (readonly [string, FieldsPlan, boolean])[] = [
    ['metallb', planOf('metallb'), true],
    ['metallb-upstream', planOf('metallb-upstream'), true],
    ['labels', planOf('labels'), true],
    ['heartbeat', planOf('heartbeat'), false],
    ['all of spec', { fields: { spec: 'whole' }, rest: 'skip' }, true],
    ['all of metadata', { fields: { metadata: 'whole' }, rest: 'skip' }, false],
    [
      'annotations',
      { fields: { metadata: { fields: { annotations: 'map' }, rest: 'skip' } }, rest: 'skip' },
      false,
    ],
    ['what is not named', { fields: {}, rest: 'whole' }, false],
    ['unnamed metadata', { fields: { metadata: { fields: {}, rest: 'whole' } }, rest: 'skip' }, false],
    ['capacity', { fields: { status: { fields: { capacity: 'map' }, rest: 'skip' } }, rest: 'skip' }, false],
    ['another field', { fields: { other: 'whole' }, rest: 'skip' }, false],
    ['another condition', condition({ equals: 'Ready' }), false],
    ['every such condition', condition({ first: false }), false],
    ['its reason', condition({ value: 'reason' }), false],
    ['conditions by reason', condition({ where: 'reason' }), false],
    ['all of the conditions', ofStatus({ conditions: 'whole' }), false],
    ['addresses', ofStatus({ addresses: 'whole' }), true],
    ['addresses and capacity', ofStatus({ addresses: 'whole', capacity: 'map' }), false],
    ['conditions under another name', ofStatus({ others: CONDITION }), false],
    [
      'conditions of something else',
      { fields: { other: only({ conditions: CONDITION }) }, rest: 'skip' },
      false,
    ],
    ['resourceVersion', ofMetadata({ resourceVersion: 'whole' }), false],
    ['managedFields', ofMetadata({ managedFields: 'whole' }), false],
    ['labels and annotations', ofMetadata({ labels: 'map', annotations: 'map' }), false],
    ['labels, and annotations skipped', ofMetadata({ labels: 'map', annotations: 'skip' }), true],
    ['spec and another field', { fields: { spec: 'whole', other: 'whole' }, rest: 'skip' }, false],
    ['another field skipped', { fields: { other: 'skip', status: 'skip' }, rest: 'skip' }, true],
  ];

  function condition(part: object): FieldsPlan {
    return ofStatus({ conditions: { ...CONDITION, ...part } });
  }

  function ofStatus(fields: FieldsPlan['fields']): FieldsPlan {
    return only({ status: only(fields) });
  }

  function ofMetadata(fields: FieldsPlan['fields']): FieldsPlan {
    return only({ metadata: only(fields) });
  }

  function only(fields: FieldsPlan['fields']): FieldsPlan {
    return { fields, rest: 'skip' };
  }

  for (const [what, plan, isEnough] of cases)
    test(`${what}: ${isEnough ? 'yes' : 'no'}`, () => {
      for (const encoding of BOTH)
        assert.equal(essenceReaderFor(CODECS[encoding], NODES, plan) !== undefined, isEnough);
    });
});
