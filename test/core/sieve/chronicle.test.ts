import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Baseline, type Held } from '../../../src/core/sieve/baseline.ts';
import { Chronicle, type Forwarded, MAX_DECISIONS, MAX_TOLD } from '../../../src/core/sieve/chronicle.ts';
import { fingerprintOf } from '../../../src/core/sieve/fingerprint.ts';
import { Forms } from '../../../src/core/sieve/forms.ts';
import { keptVersion } from '../../../src/core/sieve/kept-version.ts';
import { planOf } from '../../../src/core/projection/presets.ts';
import type { SieveOptions } from '../../../src/core/sieve/sieve.ts';
import { jsonFrame } from '../../support/encode.ts';
import { frame, node, reasonFor, TestSieve } from '../../support/sieving.ts';

function sieve(options: Partial<SieveOptions> = {}): TestSieve {
  return new TestSieve({
    encoding: 'json',
    plan: planOf('metallb'),
    phase: 'past',
    resourceVersion: '1',
    snapshot: undefined,
    passAt: (now) => now + 1000,
    forms: new Forms(1_000_000),
    ...options,
  });
}

/** One event of a node at a time, with a label that is its whole state. */
function feed(
  to: TestSieve,
  type: string,
  resourceVersion: string,
  label: string,
  name = 'node-1',
  at = to.now,
): void {
  to.now = at;
  reasonFor(to, frame('json', type, node({ metadata: { name, resourceVersion, labels: { label } } })));
}

const decided = (of: TestSieve, name = 'node-1'): string[] =>
  of.chronicle
    .account(name)
    .decisions.map(
      ({ type, reason, resourceVersion, at, differences }) =>
        `${type} ${reason} ${resourceVersion} ${at} ${differences?.paths.map(({ path }) => path).join() ?? '-'}`,
    );

describe('what is known of one object (R29)', () => {
  test('when it was delivered last, and what was swallowed since', () => {
    const stream = sieve();
    feed(stream, 'ADDED', '5', 'a', 'node-1', 10);
    feed(stream, 'MODIFIED', '6', 'a', 'node-1', 20.4);
    feed(stream, 'MODIFIED', '7', 'a', 'node-1', 30);
    feed(stream, 'MODIFIED', '8', 'a', 'node-2', 40);
    const { held, noOps } = stream.chronicle.account('node-1');
    assert.deepEqual(
      [held?.deliveredAt, held?.resourceVersion, held?.reason, held?.passAt],
      [10, 5, 'added', 1010],
    );
    assert.deepEqual(noOps, { events: 2, at: 30, resourceVersion: 7 });
    assert.equal(stream.chronicle.account('node-2').noOps, undefined);
  });

  test('a delivery begins the count anew, and names what differed', () => {
    const stream = sieve();
    feed(stream, 'ADDED', '5', 'a');
    feed(stream, 'MODIFIED', '6', 'a');
    feed(stream, 'MODIFIED', '7', 'b', 'node-1', 50);
    assert.equal(stream.chronicle.account('node-1').noOps, undefined);
    assert.deepEqual(decided(stream), [
      'MODIFIED changed 7 50 metadata.labels["label"]',
      'ADDED added 5 0 -',
    ]);
    feed(stream, 'MODIFIED', '8', 'b', 'node-1', 5000);
    assert.equal(decided(stream)[0], 'MODIFIED max_age 8 5000 -');
  });

  test('after DELETED nothing is held, and the story goes on with what comes back', () => {
    const stream = sieve();
    feed(stream, 'ADDED', '5', 'a');
    feed(stream, 'MODIFIED', '6', 'a');
    feed(stream, 'DELETED', '7', 'a');
    const gone = stream.chronicle.account('node-1');
    assert.deepEqual([gone.held, gone.noOps], [undefined, undefined]);
    feed(stream, 'ADDED', '8', 'a', 'node-2');
    assert.equal(stream.chronicle.account('node-2').noOps, undefined, 'the place of another is swept');
    feed(stream, 'ADDED', '9', 'a');
    assert.deepEqual(decided(stream), ['ADDED added 9 0 -', 'DELETED deleted 7 0 -', 'ADDED added 5 0 -']);
    assert.equal(stream.chronicle.account('node-1').held?.resourceVersion, 9);
  });

  test('doubt leaves the decisions, and says why nothing is held any more', () => {
    const stream = sieve();
    feed(stream, 'ADDED', '5', 'a');
    feed(stream, 'MODIFIED', '6', 'b');
    stream.now = 70;
    reasonFor(stream, jsonFrame('MODIFIED', { ...node(), kind: 'Secret' }));
    const { held, noOps } = stream.chronicle.account('node-1');
    assert.deepEqual([held, noOps], [undefined, undefined]);
    assert.deepEqual(stream.chronicle.doubt, { reason: 'foreign_kind', at: 70, objects: 1 });
    assert.equal(decided(stream).length, 2);
    feed(stream, 'MODIFIED', '7', 'b');
    assert.equal(decided(stream)[0], 'MODIFIED first_seen 7 70 -');
  });

  test('adoption keeps when, why and at which resourceVersion it was delivered, and what it was (R16)', () => {
    const forms = new Forms(1_000_000);
    const first = sieve({ forms });
    feed(first, 'ADDED', '5', 'a', 'node-1', 10);
    feed(first, 'MODIFIED', '6', 'a', 'node-1', 20);
    const resumed = sieve({ forms, resourceVersion: '5', snapshot: first.snapshot()?.snapshot });
    assert.deepEqual(resumed.chronicle.adopted, { source: 'stream', resourceVersion: '5' });
    const { held, noOps } = resumed.chronicle.account('node-1');
    assert.deepEqual([held?.deliveredAt, held?.resourceVersion, held?.reason], [10, 5, 'added']);
    assert.equal(noOps, undefined, 'what another stream swallowed is its own story');
    feed(resumed, 'MODIFIED', '7', 'b', 'node-1', 30);
    assert.deepEqual(decided(resumed), ['MODIFIED changed 7 30 metadata.labels["label"]']);
    assert.equal(first.chronicle.account('node-1').held?.resourceVersion, 5);
  });

  test('initial events are told by what is held, not one by one', () => {
    const stream = sieve({ phase: 'until-not-added' });
    feed(stream, 'ADDED', '5', 'a');
    assert.deepEqual(decided(stream), []);
    assert.equal(stream.chronicle.account('node-1').held?.reason, 'initial');
  });
});

describe('the bounds of it (I6)', () => {
  const decision = (i: number, name = `node-${i}`): Forwarded => ({
    key: name,
    type: 'MODIFIED',
    reason: 'changed',
    resourceVersion: i,
    at: i,
    differences: undefined,
  });

  test('of 100,000 objects and decisions the last ones are kept, and of one object the last few are told', () => {
    const chronicle = new Chronicle(new Baseline());
    const versions = (name: string) => chronicle.account(name).decisions.map((one) => one.resourceVersion);
    for (let i = 0; i < 100_000; i++) chronicle.forwarded(decision(i));
    const oldest = 100_000 - MAX_DECISIONS;
    assert.deepEqual(versions('node-0'), []);
    assert.deepEqual(versions(`node-${oldest - 1}`), []);
    assert.deepEqual(versions(`node-${oldest}`), [oldest]);
    assert.equal(chronicle.isFull, true);
    for (let i = 0; i < 50; i++) chronicle.forwarded(decision(i, 'node-7'));
    assert.deepEqual(
      versions('node-7'),
      Array.from({ length: MAX_TOLD }, (_, i) => 49 - i),
    );
  });

  test('what changed is worked out after the event is on its way (R39): once, and for whoever asks', () => {
    const chronicle = new Chronicle(new Baseline());
    const compared: number[] = [];
    const compare = (i: number) => () => {
      compared.push(i);
      return { paths: [], more: i };
    };
    const told = (i: number) => chronicle.account(`node-${i}`).decisions[0]?.differences?.more;
    chronicle.forwarded(decision(1), compare(1));
    chronicle.forwarded(decision(2));
    assert.deepEqual(compared, []);
    assert.equal(told(1), 1);
    assert.equal(told(2), undefined);
    chronicle.settle();
    assert.deepEqual(compared, [1]);
    chronicle.forwarded(decision(3), compare(3));
    chronicle.settle();
    assert.deepEqual(compared, [1, 3]);
    // Nobody asks, and nothing is ever written: it does not pile up.
    for (let i = 10; i < 60; i++) chronicle.forwarded(decision(i), compare(i));
    assert.ok(compared.length >= 2 + 50 - 16, `${compared.length} of 52`);
    for (let i = 10; i < 60; i++) assert.equal(told(i), i);
  });

  test('places of deleted objects are used again: churn of names does not grow a baseline', () => {
    const baseline = new Baseline();
    const held: Held = {
      fingerprint: fingerprintOf(Buffer.alloc(0)),
      passAt: Infinity,
      deliveredAt: 0,
      resourceVersion: 1,
      reason: 'added',
    };
    const slots = new Set<number>();
    baseline.set('stays', held);
    for (let i = 0; i < 100_000; i++) {
      baseline.set(`node-${i}`, held);
      const slot = baseline.slotOf(`node-${i}`);
      slots.add(slot);
      assert.equal(baseline.noOpsAt(slot), undefined, 'nothing of who was there before');
      baseline.noOp(slot, '2', 5);
      baseline.delete(`node-${i}`);
    }
    assert.deepEqual([slots.size, baseline.size], [1, 1]);
  });

  test('forms are bounded by bytes; without the form before, which paths differed is not known', () => {
    const forms = new Forms(10_000);
    const stream = sieve({ forms });
    feed(stream, 'ADDED', '1', 'a');
    for (let i = 0; i < 1000; i++) feed(stream, 'ADDED', '2', `b${i}`, `other-${i}`);
    assert.ok(forms.bytes <= 10_000, `${forms.bytes}`);
    feed(stream, 'MODIFIED', '3', 'c');
    assert.deepEqual(decided(stream), ['MODIFIED changed 3 0 -']);
    const large = Buffer.alloc(20_000);
    forms.keep(fingerprintOf(large), { form: () => large });
    assert.ok(forms.bytes <= 10_000, 'one that is larger than all room is not kept');
  });

  test('a form is the bytes that were kept, whatever they are', () => {
    const forms = new Forms(10_000);
    const bytes = Buffer.from(Array.from({ length: 256 }, (_, i) => i));
    forms.keep(fingerprintOf(bytes), { form: () => bytes });
    assert.deepEqual(forms.of(fingerprintOf(bytes)), bytes);
    assert.equal(forms.of(fingerprintOf(Buffer.from('other'))), undefined);
  });
});

test('a kept resourceVersion is the text it was, number or not', () => {
  const texts = [
    '',
    '0',
    '7',
    '05',
    '00',
    '123456789012345',
    '1234567890123456',
    '9007199254740993',
    '-1',
    '1.0',
    '1e3',
    'abc',
    ' 1',
    '１',
  ];
  for (const text of texts) assert.equal(String(keptVersion(text)), text);
  assert.equal(typeof keptVersion('4294967297'), 'number');
});
