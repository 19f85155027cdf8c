/** Which filter a request has, and what of one lets a client be taken for known (R14, I2). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Filter, Projection } from '../../../src/core/projection/filter.ts';
import { projectionOf } from '../../../src/core/projection/presets.ts';
import { contentOf } from '../../../src/core/projection/projections-of.ts';
import { LEASES } from '../../../src/core/resource/lease.ts';
import { NODES } from '../../../src/core/resource/node.ts';
import { type Counting, Filters } from '../../../src/serve/watch/filters.ts';
import { SwallowRecord } from '../../../src/serve/watch/swallow-record.ts';

const CONTENT = contentOf(LEASES);
/** It means the same, and is another object. */
const AGAIN = contentOf(LEASES);
const OTHER: Projection = { ...CONTENT, key: 'other' };

function counting(leases: Projection = CONTENT, mode: Filter['mode'] = 'filter'): Counting {
  const metallb = projectionOf('metallb');
  return {
    mode,
    sieved: [
      { resource: NODES, projection: metallb },
      { resource: { ...LEASES }, projection: leases },
    ],
    ownProjections: new Map([['mine', OTHER]]),
  };
}

function made(record = new SwallowRecord([]), initial = counting(), swallowed = () => 0) {
  const filters = new Filters({ initial, record, swallowed, isHub: false });
  const [nodes, leases] = filters.resources;
  const of = (resource = nodes, preset = '') =>
    filters.of({ resource: resource ?? assert.fail(), preset }) ?? assert.fail();
  return { filters, record, nodes, leases, of };
}

class Stream {
  readonly told: string[] = [];

  refilter({ mode, projection }: Filter): void {
    this.told.push(`${mode} ${projection.key}`);
  }
}

test('each resource has one, and Nodes one more for each preset in a path', () => {
  const { filters, nodes, leases, of } = made();
  assert.equal(of(nodes).current.projection.name, 'metallb');
  assert.equal(of(leases).current.projection.name, 'content');
  assert.equal(of(nodes, 'labels').current.projection.name, 'labels');
  assert.equal(of(nodes, 'labels'), of(nodes, 'labels'));
  assert.notEqual(of(nodes, 'metallb'), of(nodes), 'who says so is another client');
  assert.equal(of(leases, 'labels'), of(leases), 'a preset is of Nodes');
  assert.equal(filters.of({ resource: NODES, preset: 'gone' }), undefined);
  assert.equal(filters.of({ resource: LEASES, preset: '' }), undefined, 'what is not sieved has none');
  assert.equal(filters.has('labels') && !filters.has('gone'), true);
  assert.equal(filters.nearest('lables'), 'labels');
});

test('a change reaches the streams of its resource alone, and none where a projection is made anew and says the same', () => {
  const { filters, nodes, leases, of } = made();
  const [ofNodes, ofLeases, ofLabels, gone] = [new Stream(), new Stream(), new Stream(), new Stream()];
  of(nodes).follow(ofNodes);
  of(leases).follow(ofLeases);
  of(leases).follow(gone);
  of(leases).forget(gone);
  of(nodes, 'labels').follow(ofLabels);
  filters.change(counting(AGAIN));
  assert.equal(of(leases).current.projection, CONTENT);
  filters.change(counting(OTHER));
  assert.deepEqual([ofNodes.told, ofLeases.told, ofLabels.told, gone.told], [[], ['filter other'], [], []]);
  filters.change(counting(OTHER, 'observe'));
  assert.deepEqual(
    [ofNodes.told, ofLeases.told, ofLabels.told],
    [['observe metallb'], ['filter other', 'observe other'], ['observe labels']],
  );
  // A resource that the file names no longer goes on as it was, until the next start.
  filters.change({ ...counting(), sieved: counting().sieved.slice(0, 1) });
  assert.equal(of(leases).current.projection, OTHER);
});

test('what was swallowed of one resource says nothing of another (I2)', () => {
  let swallowed = 0;
  const { filters, nodes, leases, of } = made(new SwallowRecord([]), counting(), () => swallowed);
  swallowed++;
  filters.change(counting(OTHER));
  assert.equal(of(nodes).mayAdopt, true);
  assert.equal(of(leases).mayAdopt, false);
});

test('a preset in a path is on record from its first watch on, and not because somebody asked for it', () => {
  const saved: string[][] = [];
  const { filters, nodes, of } = made(new SwallowRecord([], (lines) => saved.push([...lines])));
  const before = saved.length;
  const labels = of(nodes, 'labels');
  filters.change(counting(OTHER));
  assert.deepEqual(
    saved
      .slice(before)
      .flat()
      .filter((line) => line.startsWith('nodes/')),
    [],
  );
  assert.equal(of(nodes).isShared, false);
  labels.follow(new Stream());
  assert.match(saved.at(-1)?.at(-1) ?? '', /^nodes\/labels [\w-]{43}$/);
  assert.equal(of(nodes).isShared, true);
  assert.equal(labels.mayAdopt, true);
});

test('after a restart a client is known only where nothing else was swallowed from it (I2)', () => {
  const saved: string[][] = [];
  const record = (known?: readonly string[]) => new SwallowRecord(known, (lines) => saved.push([...lines]));
  made(record([]));
  const known = saved.at(-1) ?? assert.fail();
  assert.equal(known.length, 2);
  assert.match(known[0] ?? '', /^[\w-]{43}$/, 'Nodes as former releases had them');
  assert.match(known[1] ?? '', /^leases\.coordination\.k8s\.io\/ [\w-]{43}$/);
  for (const [given, leases, mayAdopt] of [
    [known, CONTENT, [true, true]],
    [known, OTHER, [true, false]],
    [known.slice(0, 1), OTHER, [true, true]],
    [['x'], CONTENT, [false, true]],
    [undefined, CONTENT, [false, false]],
  ] as const) {
    const again = made(record(given), counting(leases));
    assert.deepEqual([again.of(again.nodes).mayAdopt, again.of(again.leases).mayAdopt], mayAdopt);
  }
});

test('at another version a projection of the same paths is another one (I2)', () => {
  const record = new SwallowRecord([]);
  const from = (version: string) => ({ resource: { ...LEASES, version }, preset: '' });
  record.add(from('v1'), CONTENT);
  assert.equal(record.hasOtherThan(from('v1'), CONTENT), false);
  assert.equal(record.hasOtherThan(from('v1beta1'), CONTENT), true);
});

test('clients of several presets share nothing but with themselves, over restarts too (I2)', () => {
  const saved: string[][] = [];
  const record = (known?: readonly string[]) => new SwallowRecord(known, (lines) => saved.push([...lines]));
  const { nodes, leases, of } = made(record([]));
  assert.equal(of(nodes).isShared, false);
  assert.equal(of(nodes, 'labels').isShared, true);
  of(nodes, 'labels').follow(new Stream());
  assert.equal(of(nodes).isShared, true);
  assert.equal(of(nodes).mayAdopt && of(nodes, 'labels').mayAdopt, true);
  assert.equal(of(leases).isShared, false);
  const again = made(record(saved.at(-1)));
  assert.equal(again.of(again.nodes).isShared, true);
});

test('what there is no room to record counts as another (I6)', () => {
  const full = Array.from({ length: 256 }, (_, i) => `pods/ ${i}`);
  const { nodes, of } = made(new SwallowRecord(full));
  assert.equal(of(nodes).mayAdopt, false);
});
