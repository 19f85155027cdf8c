/** What is taken out of a recording, and that a sieve sees the same in what is left. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { PRESETS, type PresetName } from '../../../src/core/projection/presets.ts';
import { Pseudonyms } from '../../../src/lab/recording/pseudonyms.ts';
import { EventRedactor } from '../../../src/lab/recording/redact-event.ts';
import { arbitraryChange } from '../../support/arbitrary-node.ts';
import { jsonFrame } from '../../support/encode.ts';
import { fixture, jsonFrames } from '../../support/fixtures.ts';
import { runs } from '../../support/property-runs.ts';
import { reasonFor, sieveOf } from '../../support/sieving.ts';

/** Chance that is the same each time. */
function seeded(): (below: number) => number {
  let state = 12345;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state % below;
  };
}

const never = (): boolean => false;

function verdicts(frames: readonly Buffer[], preset: PresetName): string[] {
  const sieve = sieveOf('json', preset, 'until-not-added');
  return frames.map((bytes) => reasonFor(sieve, bytes));
}

function redacted(frames: readonly Buffer[]): Buffer[] {
  const redactor = new EventRedactor(seeded());
  return frames.map((bytes) => redactor.redact(bytes) ?? assert.fail(`not redacted: ${bytes.toString()}`));
}

describe('pseudonyms', () => {
  test('the same text has one, and two texts have two, of the same size', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.string({ unit: 'binary', maxLength: 6 }), { maxLength: 60 }), (texts) => {
        const pseudonyms = new Pseudonyms(seeded(), never, never);
        const whole = texts.filter((text) => text.isWellFormed() && !/["\\]/.test(text));
        const made = whole.map((text) => pseudonyms.of(text));
        assert.equal(new Set(made).size, whole.length);
        assert.deepEqual(
          whole.map((text) => pseudonyms.of(text)),
          made,
        );
        assert.deepEqual(
          made.map((text) => Buffer.byteLength(text)),
          whole.map((text) => Buffer.byteLength(text)),
        );
      }),
      runs(40),
    );
  });

  test('where all texts of a shape come, each becomes another one, and none a word that stands for itself', () => {
    const isWord = (text: string) => text === '7x';
    const pseudonyms = new Pseudonyms(seeded(), isWord, never);
    const all = Array.from(
      { length: 260 },
      (_, i) => `${i % 10}${String.fromCharCode(97 + Math.floor(i / 10))}`,
    );
    const made = all.map((text) => pseudonyms.of(text));
    assert.deepEqual([...new Set(made)].sort(), [...all].sort());
    assert.equal(pseudonyms.of('7x'), '7x');
  });

  test('escapes and signs stay, and a quantity stays one', () => {
    const pseudonyms = new Pseudonyms(seeded(), never, never);
    assert.match(pseudonyms.of('a\\u003cb\\n-c/d'), /^[a-z]\\u003c[a-z]\\n-[a-z]\/[a-z]$/);
    assert.match(pseudonyms.of('65055876Ki'), /^[1-9]\d{7}Ki$/);
  });
});

describe('a redacted event (R50)', () => {
  test('gives the same verdicts as its original, whatever is in it and whatever the preset', () => {
    fc.assert(
      fc.property(fc.array(arbitraryChange, { minLength: 1, maxLength: 5 }), (changes) => {
        const states = changes.flat();
        const frames = states.map((state, at) => {
          const metadata = { ...state.metadata, name: 'n', resourceVersion: String(at + 1) };
          return jsonFrame(at === 0 ? 'ADDED' : 'MODIFIED', { ...state, metadata });
        });
        const others = redacted(frames);
        for (const preset of PRESETS)
          assert.deepEqual(verdicts(others, preset), verdicts(frames, preset), preset);
      }),
      runs(100),
    );
  });

  test('so do the events of a real API server, and their sizes are the same', () => {
    const frames = jsonFrames(fixture('watch.json'));
    const others = redacted(frames);
    assert.ok(frames.length > 20);
    assert.deepEqual(
      others.map(({ length }) => length),
      frames.map(({ length }) => length),
    );
    for (const preset of PRESETS) {
      const expected = verdicts(frames, preset);
      assert.deepEqual(verdicts(others, preset), expected, preset);
      assert.ok(new Set(expected).size >= 3, preset);
    }
  });

  test('nothing of a cluster is left in it: names, values, free keys, in managedFields too', () => {
    const object = {
      kind: 'Node',
      apiVersion: 'v1',
      metadata: {
        name: 'db-primary',
        resourceVersion: '77',
        labels: { 'corp.example/tenant': 'acme', 'kubernetes.io/os': 'linux', team: 'zürich' },
        annotations: { 'kubectl.kubernetes.io/last-applied-configuration': '{"spec":{"secret":"acme"}}' },
        managedFields: [
          {
            manager: 'kubelet',
            time: '2026-01-01T00:00:00Z',
            fieldsV1: {
              'f:metadata': { 'f:labels': { '.': {}, 'f:corp.example/tenant': {}, 'f:team': {} } },
              'f:status': { 'f:conditions': { 'k:{"type":"CorpReady"}': { 'f:status': {} } } },
              'f:spec': { 'f:podCIDRs': { 'v:"acme-cidr"': {} } },
            },
          },
        ],
      },
      status: {
        capacity: { cpu: '16', 'corp.example/gpu': '4' },
        conditions: [
          { type: 'CorpReady', status: 'True', lastHeartbeatTime: '2026-01-01T00:00:00Z', reason: 'acme' },
        ],
        images: [{ names: ['1234.dkr.ecr.eu-west-1.amazonaws.com/acme:1'], sizeBytes: 7 }],
        daemonEndpoints: { kubeletEndpoint: { Port: 10250 } },
      },
    };
    const [text = ''] = redacted([jsonFrame('MODIFIED', object)]).map(String);
    assert.doesNotMatch(text, /acme|corp|Corp|tenant|db-primary|"team"|f:team|zürich|1234|secret/);
    for (const kept of [
      '"resourceVersion":"77"',
      '"kubernetes.io/os":"linux"',
      '"manager":"kubelet"',
      '"status":"True"',
      '2026-01-01T00:00:00Z',
      '"Port":10250',
      '"cpu":"',
    ])
      assert.ok(text.includes(kept), kept);
    // What managedFields own is found under its new name.
    const event: unknown = JSON.parse(text);
    const labels = /"labels":\{"([^"]+)":/.exec(text)?.[1] ?? '';
    assert.ok(text.includes(`"f:${labels}":{}`), labels);
    const type = /"conditions":\[\{"type":"([^"]+)"/.exec(text)?.[1] ?? '';
    assert.ok(text.includes(`"k:{\\"type\\":\\"${type}\\"}"`), type);
    assert.equal(typeof event, 'object');
  });

  test('what is no JSON, too deep or no UTF-8 is not passed on', () => {
    const redactor = new EventRedactor(seeded());
    const broken = [
      '',
      '{',
      '{"a":}',
      '{"a":1}x',
      '{"a":"\n"}',
      '"a',
      '{"a" "b"}',
      '[1,]',
      '['.repeat(100) + ']'.repeat(100),
    ];
    for (const text of broken) assert.equal(redactor.redact(Buffer.from(text)), undefined, text);
    assert.equal(redactor.redact(Buffer.from('{"a":"\xff"}', 'latin1')), undefined);
    assert.ok(redactor.redact(Buffer.from(' {"a":[1, true,null ,-1e5]} \n')) !== undefined);
  });
});
