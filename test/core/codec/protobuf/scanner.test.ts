/** Single frames of every shape that the protobuf scanner has to tell apart (I1, R8, R15). */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { NODES } from '../../../../src/core/resource/node.ts';
import { planOf, type PresetName } from '../../../../src/core/projection/presets.ts';
import type { FieldsPlan } from '../../../../src/core/projection/plan.ts';
import { ProtobufScanner } from '../../../../src/core/codec/protobuf/scanner.ts';
import { WatchEvent } from '../../../../src/core/codec/watch-event.ts';
import { bytesField, stringField, varintField } from '../../../support/encode.ts';

const join = (...parts: Buffer[]): Buffer => Buffer.concat(parts);
const NOTHING = Buffer.alloc(0);

/** A field of eight bytes that would be a message, were it of the right wire type. */
const fixed64 = (field: number, hex: string): Buffer =>
  join(Buffer.from([field * 8 + 1]), Buffer.from(hex.replace(' ', ''), 'hex'));

interface Parts {
  type?: Buffer;
  typeMeta?: Buffer;
  metadata?: Buffer;
  /** Behind metadata. */
  rest?: Buffer;
  /** Behind the object in runtime.Unknown, in RawExtension, and in the event. */
  unknown?: Buffer;
  extension?: Buffer;
  event?: Buffer;
  magic?: Buffer;
}

const TYPE = stringField(1, 'MODIFIED');
const TYPE_META = join(stringField(1, 'v1'), stringField(2, 'Node'));
const METADATA = join(stringField(1, 'n1'), stringField(6, '7'));

/** What is in RawExtension: an object that is understood. */
const RAW = join(Buffer.from('k8s\0'), bytesField(1, TYPE_META), bytesField(2, bytesField(1, METADATA)));

/** A frame of these parts, its length first and other bytes around it. */
function scanned(
  parts: Parts,
  plan: FieldsPlan | PresetName = 'labels',
): Omit<WatchEvent, 'form'> & { form: string } {
  const {
    type = TYPE,
    typeMeta = bytesField(1, TYPE_META),
    metadata = METADATA,
    rest = NOTHING,
    unknown = NOTHING,
    extension = NOTHING,
    event = NOTHING,
    magic = Buffer.from('k8s\0'),
  } = parts;
  const raw = join(magic, typeMeta, bytesField(2, join(bytesField(1, metadata), rest)), unknown);
  return scan(join(type, bytesField(2, join(bytesField(1, raw), extension)), event), plan);
}

function scan(
  body: Buffer,
  plan: FieldsPlan | PresetName = 'labels',
): Omit<WatchEvent, 'form'> & { form: string } {
  const bytes = join(Buffer.from('before'), Buffer.alloc(4), body, Buffer.alloc(20, 1));
  const read = new WatchEvent();
  const scanner = new ProtobufScanner(NODES, typeof plan === 'string' ? planOf(plan) : plan);
  scanner.scan(bytes, 6, 10 + body.length, read);
  return Object.assign(read, { form: read.canonical.view().toString('hex') });
}

const understood = (parts: Parts, plan?: FieldsPlan | PresetName): string =>
  scanned(parts, plan).understanding;

describe('the envelope', () => {
  test('is understood in any order of its fields', () => {
    const plain = scanned({});
    assert.deepEqual(
      [plain.type, plain.understanding, plain.key, plain.resourceVersion],
      ['MODIFIED', 'projected', 'n1', '7'],
    );
    const turned = scanned({ type: NOTHING, event: TYPE });
    assert.deepEqual([turned.type, turned.understanding, turned.form], ['MODIFIED', 'projected', plain.form]);
    const typeMetaLast = scanned({ typeMeta: NOTHING, unknown: bytesField(1, TYPE_META) });
    assert.deepEqual([typeMetaLast.understanding, typeMetaLast.form], ['projected', plain.form]);
    assert.equal(understood({ unknown: join(bytesField(3, NOTHING), bytesField(4, NOTHING)) }), 'projected');
  });

  const doubtful: Record<string, Parts> = {
    'no type': { type: NOTHING },
    'the type twice': { event: TYPE },
    'a type that is a number': { type: varintField(1, 1) },
    'an object before it that is none': { type: join(TYPE, bytesField(2, NOTHING)) },
    'the object twice': { event: bytesField(2, bytesField(1, RAW)) },
    'an unknown field in front': { type: join(TYPE, stringField(3, 'x')) },
    'an unknown field': { event: stringField(3, 'x') },
    'an unknown field that is a number': { event: varintField(3, 1) },
    'an unknown field beside the raw object': { extension: stringField(1, 'x') },
    'another magic': { magic: Buffer.from('k8t\0') },
    'no magic': { magic: NOTHING },
    'no type of the object': { typeMeta: NOTHING },
    'the type of the object twice': { unknown: bytesField(1, TYPE_META) },
    'the object itself twice': { unknown: bytesField(2, bytesField(1, METADATA)) },
    'an unknown field in front of the object': {
      typeMeta: join(stringField(5, 'x'), bytesField(1, TYPE_META)),
    },
    'an empty unknown field beside the object': { unknown: bytesField(5, NOTHING) },
    'a type of the object that is a number of eight bytes': { typeMeta: fixed64(1, '0a027631 12024e4f') },
    'an encoding of the content': { unknown: stringField(3, 'gzip') },
    'a type of the content': { unknown: stringField(4, 'application/json') },
    'an unknown field beside the object': { unknown: stringField(5, 'x') },
    'a number beside the object': { unknown: varintField(3, 0) },
    'the kind twice': { typeMeta: bytesField(1, join(TYPE_META, stringField(2, 'Node'))) },
    'the version twice': { typeMeta: bytesField(1, join(TYPE_META, stringField(1, 'v1'))) },
    'a kind that is a number': { typeMeta: bytesField(1, join(stringField(1, 'v1'), varintField(2, 5))) },
  };
  for (const [what, parts] of Object.entries(doubtful))
    test(`${what} is doubt`, () => assert.equal(understood(parts), 'undecodable'));

  test('without an object, or with one that is nothing, is doubt', () => {
    const raw = (bytes: Buffer): Buffer => join(TYPE, bytesField(2, bytes));
    const magic = Buffer.from('k8s\0');
    const empty = {
      alone: TYPE,
      'an empty extension': raw(NOTHING),
      'another field of the event': join(TYPE, bytesField(3, bytesField(1, RAW))),
      'another field of it': raw(bytesField(2, RAW)),
      'another field beside the type of the object': raw(
        bytesField(1, join(magic, bytesField(1, TYPE_META), bytesField(5, bytesField(1, METADATA)))),
      ),
      'eight bytes that are no field of bytes': raw(fixed64(1, '6b387300 0a001200')),
      'a number': raw(varintField(1, 5)),
      'part of the magic': raw(bytesField(1, magic.subarray(0, 3))),
      'only the magic': raw(bytesField(1, magic)),
      'no object': raw(bytesField(1, join(magic, bytesField(1, TYPE_META)))),
      'no object of another kind': raw(bytesField(1, join(magic, bytesField(1, stringField(2, 'Pod'))))),
      'nothing at all': NOTHING,
    };
    for (const [what, body] of Object.entries(empty))
      assert.equal(scan(body).understanding, 'undecodable', what);
  });

  test('broken off inside the magic, at the very end of what there is, is doubt', () => {
    const body = join(Buffer.alloc(4), TYPE, bytesField(2, bytesField(1, Buffer.from('k8s'))));
    const event = new WatchEvent();
    new ProtobufScanner(NODES, planOf('labels')).scan(body, 0, body.length, event);
    assert.equal(event.understanding, 'undecodable');
  });

  test('of another kind or version is foreign', () => {
    for (const [apiVersion, kind] of [
      ['v1', 'Nodes'],
      ['v1', 'Nod'],
      ['v1', 'Pode'],
      ['v1', ''],
      ['v2', 'Node'],
      ['', 'Node'],
    ] as const)
      assert.equal(
        understood({ typeMeta: bytesField(1, join(stringField(1, apiVersion), stringField(2, kind))) }),
        'foreign',
        `${apiVersion} ${kind}`,
      );
    assert.equal(understood({ typeMeta: bytesField(1, stringField(1, 'v1')) }), 'foreign');
    assert.equal(understood({ typeMeta: bytesField(1, stringField(2, 'Node')) }), 'foreign');
    assert.equal(understood({ typeMeta: bytesField(1, NOTHING) }), 'foreign');
  });
});

test('a mistake of our own is not taken for bad bytes: it reaches whoever turns it into doubt (I1)', () => {
  const event = new WatchEvent();
  const bug = (): never => {
    throw new RangeError('a bug');
  };
  Object.defineProperty(event.canonical, 'value', { value: bug });
  const scanner = new ProtobufScanner(NODES, planOf('heartbeat'));
  const item = join(bytesField(1, METADATA), stringField(900, 'x'));
  const raw = join(Buffer.from('k8s\0'), bytesField(1, TYPE_META), bytesField(2, item));
  const frame = join(Buffer.alloc(4), TYPE, bytesField(2, bytesField(1, raw)));
  assert.throws(() => scanner.scan(frame, 0, frame.length, event), RangeError);
  assert.throws(() => scanner.scanItem(item, 0, item.length, event), RangeError);
  Object.defineProperty(frame, 'compare', { value: bug });
  assert.throws(() => scanner.endsInitialEvents(frame, 0, frame.length), RangeError);
});

describe('what an object is known by', () => {
  test('stands once, as text', () => {
    assert.equal(understood({ metadata: stringField(6, '7') }), 'undecodable');
    assert.equal(understood({ metadata: join(stringField(1, ''), stringField(6, '7')) }), 'undecodable');
    assert.equal(understood({ metadata: join(METADATA, stringField(1, 'n1')) }), 'undecodable');
    assert.equal(understood({ metadata: join(METADATA, stringField(6, '8')) }), 'undecodable');
    assert.equal(understood({ metadata: join(stringField(1, 'n1'), varintField(6, 7)) }), 'undecodable');
    assert.equal(understood({ metadata: join(METADATA, varintField(1, 7)) }), 'undecodable');
    assert.equal(scanned({ metadata: stringField(1, 'n1') }).resourceVersion, '');
  });

  test('is that of its own metadata, not of an owner', () => {
    const owner = bytesField(13, join(stringField(1, 'x'), stringField(6, 'y')));
    const read = scanned({ metadata: join(METADATA, owner) }, 'heartbeat');
    assert.deepEqual([read.understanding, read.key, read.resourceVersion], ['projected', 'n1', '7']);
  });

  test('keeps names apart that differ in bytes that are no text', () => {
    const nameOf = (byte: number): string =>
      scanned({ metadata: join(bytesField(1, Buffer.from([byte])), stringField(6, '7')) }).key;
    assert.notEqual(nameOf(0xfe), nameOf(0xff));
  });
});

describe('maps', () => {
  const labels = (...entries: Buffer[]): Buffer =>
    join(METADATA, ...entries.map((entry) => bytesField(11, entry)));
  const entry = (key: string, value: string): Buffer => join(stringField(1, key), stringField(2, value));

  test('are equal in any order of entries, of key and value, and of other fields between', () => {
    const plain = scanned({ metadata: labels(entry('a', '1'), entry('b', '2')) });
    for (const metadata of [
      labels(entry('b', '2'), entry('a', '1')),
      labels(join(stringField(2, '1'), stringField(1, 'a')), entry('b', '2')),
      join(bytesField(11, entry('b', '2')), METADATA, bytesField(11, entry('a', '1'))),
    ])
      assert.equal(scanned({ metadata }).form, plain.form);
  });

  test('an absent key or value is the empty one', () => {
    const form = (one: Buffer): string => scanned({ metadata: labels(entry('a', '1'), one) }).form;
    assert.equal(form(stringField(1, 'k')), form(entry('k', '')));
    assert.equal(form(stringField(2, 'v')), form(entry('', 'v')));
    assert.equal(form(NOTHING), form(entry('', '')));
    assert.notEqual(form(stringField(1, 'k')), form(stringField(2, 'k')));
    assert.notEqual(form(NOTHING), scanned({ metadata: labels(entry('a', '1')) }).form);
  });

  test('anything else in an entry is doubt', () => {
    for (const odd of [
      join(entry('a', '1'), stringField(3, 'x')),
      // Decoders differ in which one counts: some merge a value that is a message.
      join(stringField(1, 'x'), entry('a', '1')),
      join(stringField(2, 'x'), entry('a', '1')),
      varintField(1, 1),
      join(entry('a', '1'), varintField(3, 1)),
    ])
      assert.equal(understood({ metadata: labels(odd) }), 'undecodable');
    assert.equal(understood({ metadata: join(METADATA, varintField(11, 1)) }), 'undecodable');
    assert.equal(understood({ metadata: join(METADATA, fixed64(11, '0a026161 12026262')) }), 'undecodable');
  });

  test('a label is not an annotation', () => {
    const form = (field: number): string =>
      scanned({ metadata: join(METADATA, bytesField(field, entry('a', '1'))) }, 'heartbeat').form;
    assert.notEqual(form(11), form(12));
  });

  test('of one part do not mix with those of another, or of the frame before', () => {
    const status = (...fields: Buffer[]): Buffer => bytesField(3, join(...fields));
    const quantity = (name: string, text: string): Buffer =>
      join(stringField(1, name), bytesField(2, stringField(1, text)));
    const form = (capacity: string, allocatable: string): string =>
      scanned(
        {
          metadata: labels(entry('l', '1')),
          rest: status(bytesField(1, quantity('cpu', capacity)), bytesField(2, quantity('cpu', allocatable))),
        },
        'heartbeat',
      ).form;
    assert.notEqual(form('1', '2'), form('2', '1'));
    assert.equal(form('1', '2'), form('1', '2'));
    const scanner = new ProtobufScanner(NODES, planOf('labels'));
    const forms = [labels(entry('a', '1'), entry('b', '2')), labels(entry('c', '3')), METADATA].map(
      (metadata) => {
        const item = bytesField(1, metadata);
        const read = new WatchEvent();
        scanner.scanItem(item, 0, item.length, read);
        return read.canonical.view().toString('hex');
      },
    );
    assert.deepEqual(
      forms,
      [labels(entry('a', '1'), entry('b', '2')), labels(entry('c', '3')), METADATA].map(
        (metadata) => scanned({ metadata }).form,
      ),
    );
  });
});

describe('selected elements of a list', () => {
  const conditions = (...list: Buffer[]): Buffer =>
    bytesField(3, join(...list.map((one) => bytesField(4, one))));
  const condition = (type: string, status: string): Buffer =>
    join(stringField(1, type), stringField(2, status));
  const form = (preset: PresetName, ...list: Buffer[]): string => {
    const read = scanned({ rest: conditions(...list) }, preset);
    assert.equal(read.understanding, 'projected');
    return read.form;
  };
  const none = (preset: PresetName): string => form(preset, condition('Ready', 'True'));

  test('count by their value, wherever it stands', () => {
    const plain = form('metallb', condition('NetworkUnavailable', 'True'));
    assert.notEqual(plain, none('metallb'));
    assert.equal(form('metallb', join(stringField(2, 'True'), stringField(1, 'NetworkUnavailable'))), plain);
    assert.equal(form('metallb', condition('Ready', 'x'), condition('NetworkUnavailable', 'True')), plain);
    assert.notEqual(form('metallb', condition('NetworkUnavailable', 'False')), plain);
  });

  test('without a value they are not as if absent', () => {
    const empty = form('metallb', stringField(1, 'NetworkUnavailable'));
    assert.equal(empty, form('metallb', condition('NetworkUnavailable', '')));
    assert.notEqual(empty, none('metallb'));
  });

  test('without what selects them, or with another, they do not count', () => {
    for (const other of [
      stringField(2, 'True'),
      condition('NetworkUnavailablf', 'True'),
      condition('', 'True'),
      NOTHING,
    ])
      assert.equal(form('metallb', other), none('metallb'));
  });

  test('only the first one, in each frame anew', () => {
    const first = form('metallb', condition('NetworkUnavailable', 'True'));
    assert.equal(
      form('metallb', condition('NetworkUnavailable', 'True'), condition('NetworkUnavailable', 'False')),
      first,
    );
    const scanner = new ProtobufScanner(NODES, planOf('metallb'));
    const item = join(bytesField(1, METADATA), conditions(condition('NetworkUnavailable', 'True')));
    for (let i = 0; i < 2; i++) {
      const read = new WatchEvent();
      scanner.scanItem(item, 0, item.length, read);
      assert.equal(read.canonical.view().toString('hex'), first);
    }
  });

  test('of addresses each one, in its order', () => {
    const addresses = (...list: string[]): string =>
      scanned(
        { rest: bytesField(3, join(...list.map((one) => bytesField(5, condition('InternalIP', one))))) },
        'metallb',
      ).form;
    const all = [addresses('a', 'b'), addresses('b', 'a'), addresses('a'), addresses('a', 'a'), addresses()];
    assert.equal(new Set(all).size, all.length);
  });

  test('metallb-upstream sees "True" and nothing else', () => {
    const isTrue = form('metallb-upstream', condition('NetworkUnavailable', 'True'));
    for (const status of ['False', 'true', 'Tru', 'Truee', ''])
      assert.equal(
        form('metallb-upstream', condition('NetworkUnavailable', status)),
        none('metallb-upstream'),
      );
    assert.equal(form('metallb-upstream', stringField(1, 'NetworkUnavailable')), none('metallb-upstream'));
    assert.notEqual(isTrue, none('metallb-upstream'));
  });

  test('a repeated or misshapen part of one is doubt', () => {
    for (const odd of [
      join(condition('NetworkUnavailable', 'True'), stringField(1, 'NetworkUnavailable')),
      join(condition('NetworkUnavailable', 'True'), stringField(2, 'True')),
      varintField(1, 1),
      join(stringField(1, 'NetworkUnavailable'), varintField(2, 1)),
    ])
      assert.equal(understood({ rest: conditions(odd) }, 'metallb'), 'undecodable');
    assert.equal(understood({ rest: bytesField(3, varintField(4, 1)) }, 'metallb'), 'undecodable');
  });
});

describe('parts taken whole', () => {
  test('count with their number and their wire type', () => {
    const forms = [
      stringField(900, 'x'),
      stringField(901, 'x'),
      varintField(900, 1),
      varintField(900, 2),
      NOTHING,
    ].map((rest) => scanned({ rest }, 'heartbeat').form);
    assert.equal(new Set(forms).size, forms.length);
  });

  test('lists count in their order, an empty element too, an absent part like an empty one', () => {
    const status = (...fields: Buffer[]): string =>
      scanned({ rest: bytesField(3, join(...fields)) }, 'heartbeat').form;
    const condition = (type: string, time: number): Buffer =>
      bytesField(4, join(stringField(1, type), bytesField(3, varintField(1, time))));
    assert.notEqual(
      status(condition('a', 1), condition('b', 1)),
      status(condition('b', 1), condition('a', 1)),
    );
    assert.equal(status(condition('a', 1)), status(condition('a', 2)));
    const inside = bytesField(4, join(stringField(1, 'a'), stringField(5, 'x')));
    assert.notEqual(status(inside), status(bytesField(4, stringField(1, 'a')), stringField(5, 'x')));
    assert.notEqual(status(bytesField(4, NOTHING)), status());
    assert.equal(status(), scanned({}, 'heartbeat').form);
  });

  test('unschedulable is a varint, and counts', () => {
    const form = (rest: Buffer): string => scanned({ rest }, 'metallb').form;
    assert.notEqual(form(bytesField(2, varintField(4, 1))), form(bytesField(2, varintField(4, 0))));
    assert.equal(understood({ rest: varintField(2, 1) }, 'metallb'), 'undecodable');
  });
});

describe('an item of a list', () => {
  const read = (item: Buffer): WatchEvent => {
    const event = new WatchEvent();
    event.key = 'before';
    const bytes = join(Buffer.from('..'), item, Buffer.from('..'));
    new ProtobufScanner(NODES, planOf('labels')).scanItem(bytes, 2, 2 + item.length, event);
    return event;
  };

  test('is read like the object of an event', () => {
    const { understanding, key: name, resourceVersion, canonical } = read(bytesField(1, METADATA));
    assert.deepEqual([understanding, name, resourceVersion], ['projected', 'n1', '7']);
    assert.equal(canonical.view().toString('hex'), scanned({}).form);
  });

  test('without a name, or broken off, is doubt', () => {
    assert.equal(read(bytesField(1, NOTHING)).understanding, 'undecodable');
    assert.equal(read(NOTHING).understanding, 'undecodable');
    assert.equal(read(bytesField(1, METADATA).subarray(0, -1)).understanding, 'undecodable');
  });
});

describe('the mark of the end of the initial events (R20)', () => {
  const MARK = 'k8s.io/initial-events-end';
  const annotation = (key: string, value: string): Buffer =>
    bytesField(12, join(stringField(1, key), stringField(2, value)));
  const endsWith = (object: Buffer, kind = 'Node'): boolean => {
    const typeMeta = join(stringField(1, 'v1'), stringField(2, kind));
    const raw = join(Buffer.from('k8s\0'), bytesField(1, typeMeta), bytesField(2, object));
    const body = join(Buffer.alloc(4), stringField(1, 'BOOKMARK'), bytesField(2, bytesField(1, raw)));
    return new ProtobufScanner(NODES, planOf('labels')).endsInitialEvents(body, 0, body.length);
  };
  const ends = (metadata: Buffer, kind?: string): boolean => endsWith(bytesField(1, metadata), kind);

  test('is an annotation of any kind of object, among others', () => {
    assert.equal(ends(annotation(MARK, 'true')), true);
    assert.equal(ends(annotation(MARK, 'true'), 'PartialObjectMetadata'), true);
    assert.equal(
      ends(join(METADATA, annotation('a', 'true'), annotation(MARK, 'true'), stringField(900, 'x'))),
      true,
    );
  });

  test('is nothing else', () => {
    assert.equal(ends(METADATA), false);
    assert.equal(ends(annotation(MARK, 'false')), false);
    assert.equal(ends(annotation(MARK, '')), false);
    assert.equal(ends(annotation(`${MARK}s`, 'true')), false);
    assert.equal(ends(annotation('k8s.io/initial-events-and', 'true')), false);
    assert.equal(ends(bytesField(11, join(stringField(1, MARK), stringField(2, 'true')))), false, 'a label');
    assert.equal(ends(bytesField(12, stringField(1, MARK))), false);
    assert.equal(ends(bytesField(12, stringField(2, 'true'))), false);
    assert.equal(ends(annotation(MARK, 'true').subarray(0, -1)), false, 'broken off');
    const marked = bytesField(1, annotation(MARK, 'true'));
    assert.equal(endsWith(join(marked, marked)), false, 'metadata twice is doubt');
    assert.equal(endsWith(NOTHING), false);
    const noObject = join(Buffer.alloc(4), stringField(1, 'BOOKMARK'));
    assert.equal(
      new ProtobufScanner(NODES, planOf('labels')).endsInitialEvents(noObject, 0, noObject.length),
      false,
    );
  });
});
