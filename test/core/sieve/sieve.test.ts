import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { initialPhaseOf, type InitialPhase } from '../../../src/core/sieve/initial-phase.ts';
import type { Reason } from '../../../src/core/sieve/verdict.ts';
import { jsonFrame } from '../../support/encode.ts';
import { BOTH, frame, node, reasonFor, sieveOf } from '../../support/sieving.ts';

const END_BOOKMARK = {
  kind: 'Node',
  apiVersion: 'v1',
  metadata: { resourceVersion: '9', annotations: { 'k8s.io/initial-events-end': 'true' } },
};
const changed = node({ metadata: { labels: { a: '2' } } });
const recreated = node({ metadata: { uid: 'u2' } });

/** Feeds `TYPE` or `TYPE'` (a changed state) in order; checks the reason of each. */
function story(phase: InitialPhase, steps: readonly (readonly [string, Reason])[]): void {
  for (const encoding of BOTH) {
    const sieve = sieveOf(encoding, 'metallb', phase);
    const reasons = steps.map(([step]) => {
      const type = step.replace("'", '');
      return reasonFor(sieve, frame(encoding, type, step.endsWith("'") ? changed : node()));
    });
    assert.deepEqual(
      reasons,
      steps.map(([, reason]) => reason),
      encoding,
    );
  }
}

describe('the verdict over one object (R16)', () => {
  test('the first MODIFIED of an object without baseline passes', () => {
    story('past', [
      ['MODIFIED', 'first_seen'],
      ['MODIFIED', 'unchanged'],
    ]);
  });

  test('a change passes, and so does the change back', () => {
    story('past', [
      ['ADDED', 'added'],
      ["MODIFIED'", 'changed'],
      ["MODIFIED'", 'unchanged'],
      ['MODIFIED', 'changed'],
      ['MODIFIED', 'unchanged'],
    ]);
  });

  test('ADDED always passes, also with a fingerprint that the client holds', () => {
    story('past', [
      ['ADDED', 'added'],
      ['ADDED', 'added'],
      ['MODIFIED', 'unchanged'],
    ]);
  });

  test('DELETED passes and erases: the same state is new again', () => {
    story('past', [
      ['ADDED', 'added'],
      ['DELETED', 'deleted'],
      ['MODIFIED', 'first_seen'],
    ]);
  });

  test('a node made anew under the same name always passes: its uid is part of every preset (R14)', () => {
    for (const preset of ['metallb', 'metallb-upstream', 'labels', 'heartbeat'] as const)
      for (const encoding of BOTH) {
        const sieve = sieveOf(encoding, preset);
        reasonFor(sieve, frame(encoding, 'ADDED', node()));
        assert.equal(reasonFor(sieve, frame(encoding, 'MODIFIED', recreated)), 'changed');
      }
  });

  test('ERROR passes, and takes nothing from what the client holds', () => {
    story('past', [
      ['ADDED', 'added'],
      ['ERROR', 'error'],
      ['MODIFIED', 'unchanged'],
    ]);
  });

  test('two nodes do not stand in for each other', () => {
    for (const encoding of BOTH) {
      const sieve = sieveOf(encoding, 'labels');
      reasonFor(sieve, frame(encoding, 'ADDED', node()));
      const other = node({ metadata: { name: 'node-2' } });
      assert.equal(reasonFor(sieve, frame(encoding, 'MODIFIED', other)), 'first_seen');
    }
  });
});

describe('the initial phase (R20)', () => {
  test('ends with the initial-events-end bookmark where one was asked for, and with nothing else', () => {
    for (const encoding of BOTH) {
      const sieve = sieveOf(encoding, 'metallb', 'until-bookmark');
      const feed = (type: string, object = node()): string => reasonFor(sieve, frame(encoding, type, object));
      assert.deepEqual(
        [feed('ADDED'), feed('MODIFIED'), feed('BOOKMARK'), feed('MODIFIED'), feed('DELETED'), feed('ADDED')],
        ['initial', 'initial', 'bookmark', 'initial', 'deleted', 'initial'],
      );
      assert.equal(sieve.pastInitialEvents, false);
      assert.equal(feed('BOOKMARK', END_BOOKMARK as unknown as ReturnType<typeof node>), 'bookmark');
      assert.equal(sieve.pastInitialEvents, true);
      assert.deepEqual([feed('MODIFIED'), feed('ADDED')], ['unchanged', 'added']);
    }
  });

  test('without such a bookmark it ends with the first event that is not ADDED, which itself still passes', () => {
    story('until-not-added', [
      ['ADDED', 'initial'],
      ['ADDED', 'initial'],
      ['MODIFIED', 'initial'],
      ['MODIFIED', 'unchanged'],
    ]);
    story('until-not-added', [
      ['ADDED', 'initial'],
      ['BOOKMARK', 'bookmark'],
      ['MODIFIED', 'unchanged'],
      ['ADDED', 'added'],
    ]);
  });

  test('ends with any other event than ADDED, understood or not', () => {
    const table = { ...node(), kind: 'Table' as unknown as 'Node' };
    for (const encoding of BOTH)
      for (const [type, object, isPast] of [
        ['ADDED', node(), false],
        ['ADDED', table, false],
        ['MODIFIED', node(), true],
        ['MODIFIED', table, true],
        ['DELETED', node(), true],
        ['DELETED', table, true],
        ['ERROR', table, true],
        ['RENAMED', node(), true],
      ] as const) {
        const sieve = sieveOf(encoding, 'metallb', 'until-not-added');
        reasonFor(sieve, frame(encoding, type, object));
        assert.equal(sieve.pastInitialEvents, isPast, `${type} ${object.kind}`);
        const watchList = sieveOf(encoding, 'metallb', 'until-bookmark');
        reasonFor(watchList, frame(encoding, type, object));
        assert.equal(watchList.pastInitialEvents, false, `${type} ${object.kind}`);
      }
  });

  test('an annotation that only looks like the mark is none', () => {
    const lookalike = {
      ...END_BOOKMARK,
      metadata: { annotations: { x: '"k8s.io/initial-events-end":"true"' } },
    };
    const sieve = sieveOf('json', 'metallb', 'until-bookmark');
    reasonFor(sieve, jsonFrame('BOOKMARK', lookalike));
    assert.equal(sieve.pastInitialEvents, false);
  });

  const starts: [string, Partial<Parameters<typeof initialPhaseOf>[0]>, InitialPhase][] = [
    ['from a resourceVersion', { resourceVersion: '5' }, 'past'],
    ['from a resourceVersion, with bookmarks', { resourceVersion: '5', allowWatchBookmarks: true }, 'past'],
    ['from nothing', {}, 'until-not-added'],
    ['from 0', { resourceVersion: '0' }, 'until-not-added'],
    [
      'from 0 with bookmarks: a watch-list on some servers',
      { resourceVersion: '0', allowWatchBookmarks: true },
      'until-not-added',
    ],
    ['a watch-list', { sendInitialEvents: true, allowWatchBookmarks: true }, 'until-bookmark'],
    [
      'a watch-list from a resourceVersion',
      { resourceVersion: '5', sendInitialEvents: true, allowWatchBookmarks: true },
      'until-bookmark',
    ],
    ['initial events without bookmarks', { sendInitialEvents: true }, 'until-not-added'],
    ['explicitly none, from 0', { resourceVersion: '0', sendInitialEvents: false }, 'until-not-added'],
  ];
  for (const [what, start, expected] of starts)
    test(`${what}: ${expected}`, () => {
      const all = { resourceVersion: '', sendInitialEvents: undefined, allowWatchBookmarks: false, ...start };
      assert.equal(initialPhaseOf(all), expected);
    });
});

describe('what a preset sees (R14, R15)', () => {
  const differs = (preset: Parameters<typeof sieveOf>[1], before: object, after: object): boolean => {
    const verdicts = BOTH.map((encoding) => {
      const sieve = sieveOf(encoding, preset);
      reasonFor(sieve, frame(encoding, 'ADDED', node(before)));
      return reasonFor(sieve, frame(encoding, 'MODIFIED', node(after))) !== 'unchanged';
    });
    assert.equal(verdicts[0], verdicts[1], 'both encodings must agree');
    return verdicts[0] ?? false;
  };
  const unavailable = (...statuses: string[]) => ({
    status: { conditions: statuses.map((status) => ({ type: 'NetworkUnavailable', status })) },
  });

  test('metallb: False to Unknown is a change; metallb-upstream sees only "True"', () => {
    assert.equal(differs('metallb', unavailable('False'), unavailable('Unknown')), true);
    assert.equal(differs('metallb-upstream', unavailable('False'), unavailable('Unknown')), false);
    assert.equal(differs('metallb-upstream', unavailable('False'), {}), false);
    assert.equal(differs('metallb-upstream', unavailable('False'), unavailable('True')), true);
    assert.equal(differs('metallb-upstream', unavailable('True'), unavailable()), true);
  });

  test('of two NetworkUnavailable conditions only the first counts, as in MetalLB', () => {
    assert.equal(differs('metallb', unavailable('False', 'True'), unavailable('False', 'False')), false);
    assert.equal(differs('metallb', unavailable('False', 'True'), unavailable('True', 'True')), true);
  });

  test('cordon and InternalIP count for metallb, an ExternalIP does not', () => {
    const addresses = (...list: [string, string][]) => ({
      status: { addresses: list.map(([type, address]) => ({ type, address })) },
    });
    assert.equal(differs('metallb', {}, { spec: { unschedulable: true } }), true);
    assert.equal(differs('labels', {}, { spec: { unschedulable: true } }), false);
    assert.equal(differs('metallb', addresses(['InternalIP', 'a']), addresses(['InternalIP', 'b'])), true);
    assert.equal(
      differs(
        'metallb',
        addresses(['InternalIP', 'a'], ['InternalIP', 'b']),
        addresses(['InternalIP', 'b'], ['InternalIP', 'a']),
      ),
      true,
    );
    assert.equal(differs('metallb', addresses(['ExternalIP', 'a']), addresses(['ExternalIP', 'b'])), false);
  });

  test('parts are length-separated: bytes that move between key and value are a change', () => {
    const labels = (map: Record<string, string>) => ({ metadata: { labels: map } });
    assert.equal(differs('labels', labels({ ab: 'c' }), labels({ a: 'bc' })), true);
    assert.equal(differs('labels', labels({ a: '', b: '' }), labels({ a: 'b' })), true);
    assert.equal(differs('labels', labels({ a: '' }), labels({})), true);
  });

  test('absent, null and empty labels are equal', () => {
    for (const preset of ['labels', 'metallb', 'heartbeat'] as const) {
      const sieve = sieveOf('json', preset);
      const spelled = (labels: string): Buffer =>
        Buffer.from(
          `{"type":"MODIFIED","object":{"kind":"Node","apiVersion":"v1","metadata":{"name":"n","resourceVersion":"1"${labels}},"spec":{},"status":{}}}\n`,
        );
      reasonFor(sieve, spelled(''));
      assert.equal(reasonFor(sieve, spelled(',"labels":null')), 'unchanged');
      assert.equal(reasonFor(sieve, spelled(',"labels":{}')), 'unchanged');
      assert.equal(reasonFor(sieve, spelled(',"labels":{"":""}')), 'changed');
    }
  });

  test('an annotation that holds a whole Node changes nothing (R15)', () => {
    const embedded = (label: string) => ({
      metadata: { annotations: { last: JSON.stringify(node({ metadata: { labels: { a: label } } })) } },
    });
    assert.equal(differs('metallb', embedded('1'), embedded('2')), false);
    assert.equal(differs('heartbeat', embedded('1'), embedded('2')), true);
  });

  test('heartbeat: only times of conditions, managedFields and resourceVersion are noise', () => {
    const at = (second: number) => ({
      metadata: { resourceVersion: String(second), managedFields: [{ manager: `m${second}` }] },
      status: {
        conditions: [{ type: 'Ready', status: 'True', lastHeartbeatTime: `2026-01-01T00:00:0${second}Z` }],
      },
    });
    assert.equal(differs('heartbeat', at(1), at(2)), false);
    assert.equal(differs('heartbeat', {}, { status: { images: [] } }), true);
  });

  test('heartbeat: a field from a newer server counts', () => {
    const sieve = sieveOf('json', 'heartbeat');
    reasonFor(sieve, jsonFrame('ADDED', { ...node(), future: 1 }));
    assert.equal(reasonFor(sieve, jsonFrame('MODIFIED', { ...node(), future: 2 })), 'changed');
  });
});
