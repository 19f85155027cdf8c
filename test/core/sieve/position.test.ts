/** What a sieve offers to the consistency check, when, and what it does once it has failed it (R22). */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { planOf } from '../../../src/core/projection/presets.ts';
import type { TestNode } from '../../support/arbitrary-node.ts';
import { BOTH, frame, node, reasonFor, sieveOf, TestSieve } from '../../support/sieving.ts';

const at = (resourceVersion: string, metadata: object = {}) =>
  node({ metadata: { resourceVersion, ...metadata } });

const bookmark = (resourceVersion: string, annotations?: Record<string, string>): TestNode => ({
  kind: 'Node',
  apiVersion: 'v1',
  metadata: { name: '', uid: '', resourceVersion, ...(annotations === undefined ? {} : { annotations }) },
  spec: {},
  status: {},
});

for (const encoding of BOTH)
  describe(`the position of a sieve, ${encoding} (R22)`, () => {
    test('is at the newest event read, swallowed ones and bookmarks included', () => {
      const sieve = sieveOf(encoding, 'metallb');
      assert.equal(sieve.position(), undefined);
      assert.equal(reasonFor(sieve, frame(encoding, 'MODIFIED', at('10'))), 'first_seen');
      assert.equal(sieve.position()?.resourceVersion, '10');
      assert.equal(reasonFor(sieve, frame(encoding, 'MODIFIED', at('11'))), 'unchanged');
      assert.equal(sieve.position()?.resourceVersion, '11');
      // Snapshots go by what was delivered, and stay behind.
      assert.equal(sieve.snapshot()?.resourceVersion, '10');
      reasonFor(sieve, frame(encoding, 'BOOKMARK', bookmark('12')));
      assert.equal(sieve.position()?.resourceVersion, '12');
      reasonFor(sieve, frame(encoding, 'DELETED', at('13')));
      assert.equal(sieve.position()?.resourceVersion, '13');
      assert.equal(sieve.position()?.held.size, 0);
    });

    test('holds a copy: what comes later does not change it', () => {
      const sieve = sieveOf(encoding, 'metallb');
      reasonFor(sieve, frame(encoding, 'ADDED', at('10')));
      const position = sieve.position() ?? assert.fail('no position');
      const before = new Map(position.held);
      reasonFor(sieve, frame(encoding, 'MODIFIED', at('11', { labels: { a: 'other' } })));
      reasonFor(sieve, frame(encoding, 'ADDED', at('12', { name: 'node-2' })));
      assert.deepEqual(position.held, before);
      assert.ok(position.isStanding());
    });

    test('there is none before the initial events are over: they are not in the order of their versions', () => {
      const sieve = sieveOf(encoding, 'metallb', 'until-bookmark');
      reasonFor(sieve, frame(encoding, 'ADDED', at('10')));
      reasonFor(sieve, frame(encoding, 'BOOKMARK', bookmark('15')));
      assert.equal(sieve.position(), undefined);
      const end = { 'k8s.io/initial-events-end': 'true' };
      reasonFor(sieve, frame(encoding, 'BOOKMARK', bookmark('20', end)));
      assert.equal(sieve.position()?.resourceVersion, '20');
      assert.equal(sieve.position()?.held.size, 1);
    });

    test('falls with everything else at a doubt, and is there again from the next event on', () => {
      const sieve = sieveOf(encoding, 'metallb');
      reasonFor(sieve, frame(encoding, 'ADDED', at('10')));
      const before = sieve.position() ?? assert.fail('no position');
      reasonFor(sieve, frame(encoding, 'UNHEARD_OF', at('11')));
      assert.equal(sieve.position(), undefined);
      assert.ok(!before.isStanding());
      reasonFor(sieve, frame(encoding, 'MODIFIED', at('12', { name: 'node-2' })));
      assert.equal(sieve.position()?.resourceVersion, '12');
      assert.deepEqual([...(sieve.position()?.held.keys() ?? [])], ['node-2']);
      assert.ok(!before.isStanding());
    });

    test('a client that resumes has one at once: the snapshot that it adopted', () => {
      const first = sieveOf(encoding, 'metallb');
      reasonFor(first, frame(encoding, 'ADDED', at('10')));
      const left = first.snapshot() ?? assert.fail('no snapshot');
      const next = new TestSieve({ encoding, plan: planOf('metallb'), ...left });
      assert.equal(next.position()?.resourceVersion, '10');
      assert.equal(next.position()?.held.size, 1);
    });

    test('once mistrusted it forwards every MODIFIED, keeps nothing, and leaves no snapshot', () => {
      const sieve = sieveOf(encoding, 'metallb');
      reasonFor(sieve, frame(encoding, 'ADDED', at('10')));
      assert.equal(reasonFor(sieve, frame(encoding, 'MODIFIED', at('11'))), 'unchanged');
      sieve.mistrust();
      for (const version of ['12', '13'])
        assert.equal(reasonFor(sieve, frame(encoding, 'MODIFIED', at(version))), 'mismatch');
      assert.equal(reasonFor(sieve, frame(encoding, 'ADDED', at('14', { name: 'node-2' }))), 'added');
      assert.equal(reasonFor(sieve, frame(encoding, 'MODIFIED', at('15', { name: 'node-2' }))), 'mismatch');
      assert.equal(reasonFor(sieve, frame(encoding, 'DELETED', at('16'))), 'deleted');
      assert.equal(sieve.baselineSize, 0);
      assert.equal(sieve.position(), undefined);
      assert.equal(sieve.snapshot(), undefined);
    });
  });
