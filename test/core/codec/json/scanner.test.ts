/** Single lines of every shape that the JSON scanner has to tell apart (I1, R8, R15). */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { NODES } from '../../../../src/core/resource/node.ts';
import { planOf, type PresetName } from '../../../../src/core/projection/presets.ts';
import { JsonScanner } from '../../../../src/core/codec/json/scanner.ts';
import type { FieldsPlan } from '../../../../src/core/projection/plan.ts';
import { WatchEvent } from '../../../../src/core/codec/watch-event.ts';

type AnyPlan = FieldsPlan | PresetName;

interface Read {
  readonly understanding: string;
  readonly type: string;
  readonly name: string;
  readonly resourceVersion: string;
  readonly form: string;
}

/** What is read of this text, which stands between others. */
function scan(text: string, plan: AnyPlan = 'labels', what: 'event' | 'item' = 'event'): Read {
  const bytes = Buffer.from(`{"a${text}}"]`);
  const scanner = new JsonScanner(NODES, typeof plan === 'string' ? planOf(plan) : plan);
  const event = new WatchEvent();
  if (what === 'event') scanner.scan(bytes, 3, bytes.length - 3, event);
  else scanner.scanItem(bytes, 3, bytes.length - 3, event);
  const { understanding, type, key: name, resourceVersion, canonical } = event;
  return { understanding, type, name, resourceVersion, form: canonical.view().toString('hex') };
}

const eventOf = (object: string, type = '"MODIFIED"'): string => `{"type":${type},"object":${object}}\n`;
const nodeOf = (metadata: string, rest = ''): string =>
  `{"kind":"Node","apiVersion":"v1","metadata":{${metadata}}${rest}}`;
const KNOWN = '"name":"n1","resourceVersion":"7"';
const NODE = nodeOf(KNOWN);
const read = (metadata: string, rest = '', plan: AnyPlan = 'labels'): Read =>
  scan(eventOf(nodeOf(`${KNOWN}${metadata}`, rest)), plan);
const understood = (text: string, plan?: AnyPlan): string => scan(text, plan).understanding;

describe('the envelope', () => {
  test('is understood in any order, with white space and escapes', () => {
    const plain = scan(eventOf(NODE));
    assert.deepEqual(plain, {
      understanding: 'projected',
      type: 'MODIFIED',
      name: 'n1',
      resourceVersion: '7',
      form: '',
    });
    for (const text of [
      `{"object":${NODE},"type":"MODIFIED"}\n`,
      `${eventOf(NODE)} \r\n\t`,
      eventOf(NODE).trimEnd(),
      ` { "type" : "MODIFIED" , "object" : ${NODE} } `,
      `{"\\u0074ype":"MODIFIED","objec\\u0074":${NODE}}`,
      eventOf(NODE, '"M\\u004fDIFIED"'),
      eventOf(NODE.replace('"kind"', '"k\\u0069nd"').replace('"n1"', '"n\\u0031"')),
    ])
      assert.deepEqual(scan(text), plain, text);
  });

  test('that is not one event is not one frame either', () => {
    for (const text of [
      '',
      '\n',
      '{}',
      '[]',
      '1',
      '{"type":"ADDED"}',
      `{"object":${NODE}}`,
      `{"type":"ADDED","more":${NODE}}`,
      `${eventOf(NODE)}x`,
      `${eventOf(NODE)}{}`,
      '{"type":"ADDED","object":{}',
    ])
      assert.equal(understood(text), 'malformed', text);
  });

  test('with anything unexpected in it is doubt', () => {
    for (const text of [
      `{"type":"MODIFIED","type":"MODIFIED","object":${NODE}}`,
      `{"type":"MODIFIED","object":${NODE},"object":${NODE}}`,
      `{"type":"MODIFIED","object":${NODE},"more":[1]}`,
      eventOf(NODE, '5'),
      eventOf(NODE, 'null'),
      eventOf(NODE, '["MODIFIED"]'),
      eventOf('null'),
      eventOf('[]'),
      eventOf('"Node"'),
      eventOf('{}'),
    ])
      assert.equal(understood(text), 'undecodable', text);
    assert.equal(scan(eventOf(NODE, '5')).type, 'other');
  });
});

test('nothing is known of an object without a name, or of what is no object', () => {
  for (const text of [eventOf(nodeOf('')), eventOf('{"kind":"Table","apiVersion":"v1"}'), eventOf('{}'), '{'])
    assert.deepEqual([scan(text).name, scan(text).resourceVersion], ['', ''], text);
});

test('a mistake of our own is not taken for bad bytes: it reaches whoever turns it into doubt (I1)', () => {
  const event = new WatchEvent();
  Object.defineProperty(event.canonical, 'value', {
    value: () => {
      throw new RangeError('a bug');
    },
  });
  const scanner = new JsonScanner(NODES, planOf('heartbeat'));
  const [frame, item] = [Buffer.from(eventOf(NODE)), Buffer.from(NODE)];
  assert.throws(() => scanner.scan(frame, 0, frame.length, event), RangeError);
  assert.throws(() => scanner.scanItem(item, 0, item.length, event), RangeError);
});

describe('the kind', () => {
  test('decides, wherever it stands', () => {
    for (const object of [
      `{"metadata":{${KNOWN}},"kind":"Node","apiVersion":"v1"}`,
      `{"apiVersion":"v1","metadata":{${KNOWN}},"kind":"Node"}`,
    ])
      assert.deepEqual(scan(eventOf(object)), scan(eventOf(NODE)));
    for (const [kind, version] of [
      ['"Table"', '"v1"'],
      ['"Node"', '"v2"'],
      ['""', '"v1"'],
    ] as const)
      assert.equal(
        understood(eventOf(`{"kind":${kind},"apiVersion":${version},"metadata":{${KNOWN}}}`)),
        'foreign',
      );
    assert.equal(understood(eventOf(`{"kind":"Node","metadata":{${KNOWN}}}`)), 'foreign');
    assert.equal(understood(eventOf(`{"kind":"Status","metadata":5,"labels":[}]}`)), 'malformed');
    assert.equal(
      understood(eventOf(`{"kind":"Status","apiVersion":"v1","metadata":5,"status":"Failure"}`)),
      'foreign',
    );
    assert.equal(understood(eventOf(`{"apiVersion":"v1","metadata":{${KNOWN}}}`)), 'undecodable');
    assert.equal(understood(eventOf(`{"kind":5,"apiVersion":"v1","metadata":{${KNOWN}}}`)), 'undecodable');
  });
});

describe('what an object is known by', () => {
  test('stands once, as text', () => {
    for (const metadata of [
      '"resourceVersion":"7"',
      '"name":"","resourceVersion":"7"',
      '"name":5,"resourceVersion":"7"',
      '"name":null,"resourceVersion":"7"',
      `${KNOWN},"name":"n1"`,
      `${KNOWN},"n\\u0061me":"n1"`,
      `${KNOWN},"resourceVersion":"7"`,
      '"name":"n1","resourceVersion":7',
    ])
      assert.equal(understood(eventOf(nodeOf(metadata))), 'undecodable', metadata);
    assert.deepEqual(scan(eventOf(nodeOf('"name":"n1"'))).resourceVersion, '');
    assert.equal(understood(eventOf(nodeOf('"name":"n1"'))), 'projected');
  });

  test('is that of its own metadata, not of anything inside it or beside it', () => {
    const decoys =
      ',"ownerReferences":[{"name":"x","resourceVersion":"9"}],"labels":{"name":"y","resourceVersion":"8"}';
    for (const preset of ['labels', 'heartbeat'] as const) {
      const { understanding, name, resourceVersion } = read(
        decoys,
        ',"name":"z","spec":{"name":"w","kind":"Pod"}',
        preset,
      );
      assert.deepEqual([understanding, name, resourceVersion], ['projected', 'n1', '7']);
    }
  });

  test('with text that has no UTF-8 of its own is doubt', () => {
    assert.equal(understood(eventOf(nodeOf('"name":"\\ud800","resourceVersion":"7"'))), 'undecodable');
    assert.equal(read(',"labels":{"\\udc00":"1"}').understanding, 'undecodable');
    assert.equal(read(',"labels":{"\\ud83d\\ude00":"1"}').understanding, 'projected');
    assert.equal(read(',"labels":{"a":"\\x"}').understanding, 'malformed');
  });

  test('a section or a part that comes twice is doubt', () => {
    const twice = [
      eventOf(nodeOf(KNOWN, `,"metadata":{${KNOWN}}`)),
      eventOf(nodeOf(KNOWN, ',"kind":"Node"')),
      eventOf(nodeOf(`${KNOWN},"labels":{},"labels":{}`)),
      eventOf(nodeOf(KNOWN, ',"spec":{"unschedulable":true,"unschedulable":true}')),
      eventOf(nodeOf(KNOWN, ',"spec":{},"status":{},"spec":{}')),
    ];
    for (const text of twice) assert.equal(understood(text, 'metallb'), 'undecodable', text);
  });
});

describe('maps', () => {
  const form = (labels: string): string => read(`,"labels":${labels}`).form;

  test('are equal in any order and spelling', () => {
    const plain = form('{"a":"1","b":"2"}');
    for (const labels of [
      '{"b":"2","a":"1"}',
      ' { "a" : "1" , "b" : "2" } ',
      '{"\\u0061":"1","b":"\\u0032"}',
      '{"a":"\\u0031","\\u0062":"2"}',
    ])
      assert.equal(form(labels), plain, labels);
    for (const labels of [
      '{"a":"1"}',
      '{"a":"1","b":"3"}',
      '{"a":"1","c":"2"}',
      '{"a":"1","b":"2","c":""}',
      '{}',
    ])
      assert.notEqual(form(labels), plain, labels);
  });

  test('absent, null and empty ones are equal', () => {
    assert.equal(form('{}'), '');
    assert.equal(form('null'), '');
    assert.equal(read('').form, '');
  });

  test('of another shape are doubt', () => {
    for (const labels of [
      '[]',
      '5',
      '"a"',
      'true',
      '{"a":5}',
      '{"a":null}',
      '{"a":{"b":"c"}}',
      '{"a":"1","b":[]}',
    ])
      assert.equal(read(`,"labels":${labels}`).understanding, 'undecodable', labels);
  });

  test('do not mix with those of another part or the frame before', () => {
    const both = (capacity: string, allocatable: string): string =>
      read(
        '',
        `,"status":{"capacity":{"cpu":"${capacity}"},"allocatable":{"cpu":"${allocatable}"}}`,
        'heartbeat',
      ).form;
    assert.notEqual(both('1', '2'), both('2', '1'));
    const scanner = new JsonScanner(NODES, planOf('labels'));
    const event = new WatchEvent();
    for (const labels of ['{"a":"1","b":"2"}', '{"c":"3"}', '{}']) {
      const bytes = Buffer.from(eventOf(nodeOf(`${KNOWN},"labels":${labels}`)));
      scanner.scan(bytes, 0, bytes.length, event);
      assert.equal(event.canonical.view().toString('hex'), form(labels));
    }
  });
});

describe('selected elements of a list', () => {
  const form = (conditions: string, preset: PresetName = 'metallb'): string => {
    const { understanding, form } = read('', `,"status":{"conditions":${conditions}}`, preset);
    assert.equal(understanding, 'projected', conditions);
    return form;
  };
  const one = (status: string, type = 'NetworkUnavailable'): string =>
    `{"type":"${type}","status":"${status}"}`;
  const none = (): string => form('[]');

  test('count by their value, however they are spelled', () => {
    const plain = form(`[${one('True')}]`);
    assert.notEqual(plain, none());
    for (const conditions of [
      '[{"status":"True","type":"NetworkUnavailable"}]',
      `[${one('x', 'Ready')},{},${one('True')}]`,
      '[ { "reason":{"type":"x"} , "type" : "Network\\u0055navailable" , "status" : "Tr\\u0075e" } ]',
      `[null,${one('True')}]`,
    ])
      assert.equal(form(conditions), plain, conditions);
    assert.notEqual(form(`[${one('False')}]`), plain);
    assert.notEqual(form(`[${one('')}]`), none());
    assert.equal(form('[{"type":"NetworkUnavailable"}]'), form(`[${one('')}]`));
  });

  test('others do not count', () => {
    for (const conditions of [
      'null',
      `[${one('True', 'Ready')}]`,
      '[{"status":"True"}]',
      '[{}]',
      '[{},{}]',
      `[${one('True', 'NetworkUnavailablf')}]`,
    ])
      assert.equal(form(conditions), none(), conditions);
  });

  test('only the first one counts, of addresses each in its order', () => {
    assert.equal(form(`[${one('True')},${one('False')}]`), form(`[${one('True')}]`));
    assert.equal(form(`[${one('True')},5,[]]`), form(`[${one('True')}]`));
    const addresses = (...list: string[]): string =>
      read(
        '',
        `,"status":{"addresses":[${list.map((address) => `{"type":"InternalIP","address":"${address}"}`).join(',')}]}`,
        'metallb',
      ).form;
    assert.equal(
      new Set([addresses('a', 'b'), addresses('b', 'a'), addresses('a'), addresses('a', 'a'), addresses()])
        .size,
      5,
    );
  });

  test('metallb-upstream sees "True" and nothing else', () => {
    const none = form('[]', 'metallb-upstream');
    assert.notEqual(form(`[${one('True')}]`, 'metallb-upstream'), none);
    assert.equal(
      form(`[${one('Tr\\u0075e')}]`, 'metallb-upstream'),
      form(`[${one('True')}]`, 'metallb-upstream'),
    );
    for (const status of ['False', 'Tru', 'Truee', 'true', ''])
      assert.equal(form(`[${one(status)}]`, 'metallb-upstream'), none, status);
    assert.equal(form('[{"type":"NetworkUnavailable"}]', 'metallb-upstream'), none);
  });

  test('of another shape are doubt', () => {
    for (const conditions of [
      '{}',
      '5',
      '"True"',
      '[5]',
      '[[]]',
      '["a"]',
      '[{"type":5,"status":"True"}]',
      '[{"type":"NetworkUnavailable","status":{}}]',
      '[{"type":"NetworkUnavailable","status":true}]',
      '[{"type":"NetworkUnavailable","status":"True","status":"True"}]',
      '[{"type":"NetworkUnavailable","type":"NetworkUnavailable","status":"True"}]',
    ])
      assert.equal(
        read('', `,"status":{"conditions":${conditions}}`, 'metallb').understanding,
        'undecodable',
        conditions,
      );
  });
});

describe('parts taken whole', () => {
  const form = (rest: string, plan: AnyPlan = 'heartbeat'): string => {
    const { understanding, form } = read('', rest, plan);
    assert.equal(understanding, 'projected', rest);
    return form;
  };

  test('count with their key, wherever they are', () => {
    const forms = [
      '',
      ',"a":1',
      ',"b":1',
      ',"a":2',
      ',"a":{}',
      ',"spec":{"a":1}',
      ',"status":{"a":1}',
      ',"status":{"b":1}',
    ];
    assert.equal(new Set(forms.map((rest) => form(rest))).size, forms.length);
  });

  test('white space around them does not count', () => {
    assert.equal(
      form(',"a": 1 ,"spec": {"unschedulable": true }'),
      form(',"a":1,"spec": {"unschedulable": true }'),
    );
    assert.equal(
      form(',"spec":{"unschedulable": true }', 'metallb'),
      form(',"spec":{"unschedulable":true}', 'metallb'),
    );
    assert.notEqual(
      form(',"spec":{"unschedulable":true}', 'metallb'),
      form(',"spec":{"unschedulable":false}', 'metallb'),
    );
  });

  test('lists count in their order, an empty element too', () => {
    const conditions = (list: string): string => form(`,"status":{"conditions":[${list}]}`);
    const [a, b] = ['{"type":"a"}', '{"type":"b"}'];
    const all = ['', '{}', '{},{}', a, `${a},${b}`, `${b},${a}`, '{"type":"a","status":"b"}'];
    assert.equal(new Set(all.map(conditions)).size, all.length);
    assert.equal(conditions('{"type":"a","lastHeartbeatTime":"1"}'), conditions(a));
  });

  test('objects with nothing taken from them equal their absence', () => {
    for (const rest of [
      ',"spec":{}',
      ',"spec":null',
      ',"spec":{"podCIDR":"x"}',
      ',"status":{"conditions":[]}',
      ',"status":{}',
    ])
      assert.equal(form(rest, 'metallb'), form('', 'metallb'), rest);
  });

  test('a list of which each element is looked into may be null, and nothing else but a list', () => {
    assert.equal(form(',"status":{"conditions":null}'), form(''));
    for (const conditions of ['{}', '5', '"x"'])
      assert.equal(
        read('', `,"status":{"conditions":${conditions}}`, 'heartbeat').understanding,
        'undecodable',
        conditions,
      );
  });

  test('sections of another shape are doubt', () => {
    for (const rest of [',"spec":[]', ',"spec":5', ',"status":"x"', ',"status":true'])
      assert.equal(read('', rest, 'metallb').understanding, 'undecodable', rest);
    assert.equal(understood(eventOf('{"kind":"Node","apiVersion":"v1","metadata":null}')), 'undecodable');
    assert.equal(understood(eventOf('{"kind":"Node","apiVersion":"v1","metadata":[]}')), 'undecodable');
  });
});

describe('an item of a list', () => {
  test('is read like the object of an event, with and without its kind', () => {
    const labelled = `${KNOWN},"labels":{"a":"1"}`;
    const expected = scan(eventOf(nodeOf(labelled)));
    for (const text of [`{"metadata":{${labelled}}}`, nodeOf(labelled), ` { "metadata" : {${labelled}} } `])
      assert.deepEqual(scan(text, 'labels', 'item'), { ...expected, type: 'other' }, text);
  });

  test('of another kind, without a name, or broken off, is not projected', () => {
    const item = (text: string): string => scan(text, 'labels', 'item').understanding;
    assert.equal(item(`{"kind":"Pod","apiVersion":"v1","metadata":{${KNOWN}}}`), 'foreign');
    assert.equal(item('{"metadata":{}}'), 'undecodable');
    assert.equal(item('null'), 'undecodable');
    assert.equal(item('[]'), 'undecodable');
    assert.equal(item(`{"metadata":{${KNOWN}}`), 'malformed');
    assert.equal(item(`{"metadata":{${KNOWN}}} x`), 'malformed');
  });
});

describe('the mark of the end of the initial events (R20)', () => {
  const ends = (text: string): boolean => {
    const bytes = Buffer.from(`{"object${text}}}`);
    return new JsonScanner(NODES, planOf('labels')).endsInitialEvents(bytes, 8, bytes.length - 2);
  };
  const marked = (annotations: string): string => `{"object":{"metadata":{"annotations":${annotations}}}}`;

  test('is an annotation of that name, and of the value "true"', () => {
    assert.equal(ends(marked('{"k8s.io/initial-events-end":"true"}')), true);
    assert.equal(ends(marked('{"a":"b","k8s.io\\/initial-events-end":"true"}')), true);
    for (const annotations of [
      '{"k8s.io/initial-events-end":"false"}',
      '{"k8s.io/initial-events-end":true}',
      '{"k8s.io/initial-events-ends":"true"}',
      '{}',
      'null',
      '"true"',
    ])
      assert.equal(ends(marked(annotations)), false, annotations);
    for (const text of ['', '{', 'null', '{}', '{"object":null}', '{"object":{"metadata":5}}', '[]'])
      assert.equal(ends(text), false, text);
  });
});
