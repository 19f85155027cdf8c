/** What differs between two states of an object, and who wrote it. The judge of differences is RFC 6902's. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { createPatch } from 'rfc6902';
import { changesBetween, MAX_CHANGES, type Path } from '../../../src/install/analyze/changes.ts';
import { writerOf } from '../../../src/install/analyze/writers.ts';
import { runs } from '../../support/property-runs.ts';
import { node } from './frames.ts';

function text(path: Path): string {
  return path.map((step) => ('field' in step ? step.field : `${step.by}=${step.value}`)).join(' ');
}

const paths = (before: unknown, after: unknown) =>
  changesBetween(before, after).map(({ path }) => text(path));

describe('differences between two states', () => {
  test('a heartbeat is a time of a condition, by its type', () => {
    const changes = changesBetween(node({ beat: 1, version: 1 }), node({ beat: 2, version: 2 }));
    assert.deepEqual(
      changes.map(({ path, isTime }) => [text(path), isTime]),
      [['status conditions type=Ready lastHeartbeatTime', true]],
    );
  });

  test('resourceVersion and managedFields of the object are none; elsewhere they are', () => {
    assert.deepEqual(
      paths(
        { metadata: { resourceVersion: '1', managedFields: [1] } },
        { metadata: { resourceVersion: '2' } },
      ),
      [],
    );
    assert.deepEqual(paths({ spec: { resourceVersion: '1' } }, { spec: { resourceVersion: '2' } }), [
      'spec resourceVersion',
    ]);
  });

  test('a list whose elements moved, came or went differs as a list', () => {
    const list = (...names: string[]) => ({
      spec: { taints: names.map((key) => ({ key, effect: 'NoSchedule' })) },
    });
    assert.deepEqual(paths(list('a', 'b'), list('b', 'a')), ['spec taints']);
    assert.deepEqual(paths(list('a'), list('a', 'b')), ['spec taints']);
    assert.deepEqual(paths({ spec: ['a', 'b'] }, { spec: ['a', 'c'] }), ['spec']);
    // Two elements of one name are told apart by nothing.
    assert.deepEqual(paths(list('a', 'a'), list('a', 'b')), ['spec taints']);
  });

  test('names of JavaScript are no fields', () => {
    assert.deepEqual(paths({}, { constructor: 1 }), ['constructor']);
    assert.deepEqual(paths(JSON.parse('{"__proto__":1}'), {}), ['__proto__']);
  });

  test('however deep or wide a difference is, what is told of it is bounded', () => {
    const deep = (leaf: unknown) =>
      Array.from({ length: 5000 }).reduce<unknown>((inner) => ({ a: inner }), leaf);
    assert.equal(changesBetween(deep(1), deep(2)).length, 1);
    const wide = (value: number) =>
      Object.fromEntries(Array.from({ length: 5000 }, (_, i) => [`k${i}`, value]));
    assert.equal(changesBetween(wide(1), wide(2)).length, MAX_CHANGES);
  });

  test('it finds a difference where RFC 6902 does, and nowhere else', () => {
    const value = fc.letrec<{ value: unknown }>((tie) => ({
      value: fc.oneof(
        { depthSize: 'small', withCrossShrink: true },
        fc.constantFrom(0, 1, 'a', 'b', null, true),
        fc.array(tie('value'), { maxLength: 3 }),
        fc.array(fc.record({ name: fc.constantFrom('x', 'y', 'z'), v: tie('value') }), { maxLength: 3 }),
        fc.dictionary(fc.constantFrom('a', 'b', 'name', 'type'), tie('value'), {
          maxKeys: 3,
          noNullPrototype: true,
        }),
      ),
    })).value;
    fc.assert(
      fc.property(value, value, (before, after) => {
        assert.equal(changesBetween(before, after).length > 0, createPatch(before, after).length > 0);
        assert.deepEqual(changesBetween(before, structuredClone(before)), []);
      }),
      runs(1000),
    );
  });
});

describe('who wrote a field', () => {
  const heartbeat = changesBetween(node({ beat: 1 }), node({ beat: 2 }))[0]?.path ?? [];

  test('the manager that owns it', () => {
    assert.equal(writerOf(heartbeat, node({ beat: 1 }), node({ beat: 2 })), 'kubelet (status)');
    const labels = [{ field: 'metadata' }, { field: 'labels' }, { field: 'zone' }];
    assert.equal(writerOf(labels, node(), node({ labels: { zone: 'b' } })), 'kubectl-label');
  });

  test('of several owners the one whose entry is new', () => {
    const owned = (manager: string, time: string) => ({
      manager,
      operation: 'Update',
      time,
      fieldsV1: { 'f:spec': {} },
    });
    const object = (...entries: object[]) => ({ metadata: { managedFields: entries } });
    const before = object(owned('a', '1'), owned('b', '1'));
    assert.equal(writerOf([{ field: 'spec' }], before, object(owned('a', '1'), owned('b', '2'))), 'b');
    assert.equal(writerOf([{ field: 'spec' }], before, before), 'a or b');
  });

  test('elements of lists by any of the fields that name them', () => {
    const ports = { 'f:spec': { 'f:ports': { 'k:{"port":80,"protocol":"TCP"}': { 'f:nodePort': {} } } } };
    const object = { metadata: { managedFields: [{ manager: 'm', time: '1', fieldsV1: ports }] } };
    const path = (port: string) => [
      { field: 'spec' },
      { field: 'ports' },
      { by: 'port', value: port },
      { field: 'nodePort' },
    ];
    assert.equal(writerOf(path('80'), object, object), 'm');
    assert.equal(writerOf(path('81'), object, object), undefined);
  });

  test('what nobody owns any more was taken away by whose entry is new; otherwise nobody is named', () => {
    const entry = (time: string) => ({
      metadata: { managedFields: [{ manager: 'm', operation: 'Update', time, fieldsV1: {} }] },
    });
    assert.equal(writerOf([{ field: 'spec' }], entry('1'), entry('2')), 'm');
    assert.equal(writerOf([{ field: 'spec' }], entry('1'), entry('1')), undefined);
    assert.equal(writerOf([{ field: 'spec' }], {}, { metadata: { managedFields: 'none' } }), undefined);
  });
});
