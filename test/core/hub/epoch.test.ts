import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { attach, stateOf } from '../../../src/core/hub/attach.ts';
import type { Epoch } from '../../../src/core/hub/epoch.ts';
import { bookmarkOf, epochOf, feed, frameOf, listBody, listingOf, taken } from './feeding.ts';

const ALL = { bookmarks: true, key: undefined };
const QUIET = { bookmarks: false, key: undefined };
const from = (resourceVersion: string) => ({ kind: 'from', resourceVersion }) as const;
const versions = (epoch: Epoch): string[] => epoch.store.sorted().map((stored) => stored.resourceVersion);

describe('an epoch', () => {
  test('keeps every state, and lets only changes through: to all readers, wherever they are', () => {
    const epoch = epochOf('10', [{ name: 'a', resourceVersion: '5' }]);
    const early = attach(epoch, from('10'), ALL);
    feed(
      epoch,
      frameOf('MODIFIED', { name: 'a', resourceVersion: '11', beat: 1 }),
      frameOf('MODIFIED', { name: 'a', resourceVersion: '12', label: 'b' }),
      frameOf('MODIFIED', { name: 'a', resourceVersion: '13', label: 'b', beat: 2 }),
    );
    assert.deepEqual(taken(early), ['MODIFIED a@12', 'idle']);
    assert.deepEqual(taken(attach(epoch, from('11'), ALL)), ['MODIFIED a@12', 'idle']);
    assert.deepEqual(taken(attach(epoch, from('12'), ALL)), ['idle']);
    assert.deepEqual([versions(epoch), epoch.readAt], [['13'], '13']);
  });

  test('is over where its history does not go on', () => {
    const after = (...frames: Buffer[]): string | undefined => {
      const epoch = epochOf('10', [{ name: 'a', resourceVersion: '5' }]);
      feed(epoch, ...frames);
      return epoch.over;
    };
    assert.equal(after(frameOf('MODIFIED', { name: 'a', resourceVersion: '11' })), undefined);
    assert.equal(after(bookmarkOf('10')), undefined);
    assert.equal(after(frameOf('MODIFIED', { name: 'a', resourceVersion: '10' })), 'history');
    assert.equal(after(frameOf('MODIFIED', { name: 'a', resourceVersion: '9' })), 'history');
    assert.equal(after(bookmarkOf('9')), 'history');
    assert.equal(after(frameOf('MODIFIED', { name: 'a', resourceVersion: '011' })), 'unclear');
    assert.equal(after(bookmarkOf('eleven')), 'unclear');
    assert.equal(after(frameOf('SOMETHING', { name: 'a', resourceVersion: '11' })), 'unclear');
    assert.equal(after(Buffer.from('no frame\n')), 'unclear');
    assert.equal(after(Buffer.alloc(2 * 1024 * 1024, 'x')), 'unclear');
    assert.equal(after(Buffer.from('{"type":"ERROR","object":{"kind":"Status","code":410}}\n')), 'expired');
  });

  test('that is over sends nothing more, not even what it had, and stays over for the first reason', () => {
    const epoch = epochOf('10', [{ name: 'a', resourceVersion: '5' }]);
    const reader = attach(epoch, from('10'), ALL);
    feed(epoch, frameOf('MODIFIED', { name: 'a', resourceVersion: '11', label: 'b' }));
    epoch.end('differs');
    epoch.end('closed');
    assert.equal(epoch.over, 'differs');
    assert.deepEqual(taken(reader), ['over']);
    assert.equal(attach(epoch, from('11'), ALL), 'over');
    assert.equal(stateOf(epoch, undefined), 'over');
    feed(epoch, frameOf('MODIFIED', { name: 'a', resourceVersion: '12' }));
    assert.equal(epoch.readAt, '11');
  });

  test('of more than may be kept is over', () => {
    assert.equal(
      epochOf('10', [{ name: 'a', resourceVersion: '5' }], { maxStoreBytes: 100 }).over,
      'too_large',
    );
    const epoch = epochOf('10', [], { maxStoreBytes: 1000 });
    feed(epoch, frameOf('ADDED', { name: 'a', resourceVersion: '11' }));
    assert.equal(epoch.over, undefined);
    feed(epoch, frameOf('ADDED', { name: 'b', resourceVersion: '12' }));
    assert.equal(epoch.over, 'too_large');
  });

  test('that watches from before its list never shows an older state than the list (I11)', () => {
    const epoch = epochOf(
      '20',
      [
        { name: 'a', resourceVersion: '15', label: 'new' },
        { name: 'b', resourceVersion: '7' },
        { name: 'c', resourceVersion: '18' },
      ],
      { from: '10' },
    );
    const early = attach(epoch, from('10'), ALL);
    feed(
      epoch,
      frameOf('MODIFIED', { name: 'a', resourceVersion: '12', label: 'old' }),
      frameOf('DELETED', { name: 'c', resourceVersion: '13' }),
    );
    assert.deepEqual([versions(epoch), epoch.storeAt, epoch.readAt], [['15', '7', '18'], '20', '13']);
    const fresh = attach(epoch, { kind: 'initial', atLeast: '20', isEndMarked: true }, ALL);
    feed(
      epoch,
      frameOf('MODIFIED', { name: 'a', resourceVersion: '15', label: 'new' }),
      frameOf('ADDED', { name: 'c', resourceVersion: '18' }),
      frameOf('MODIFIED', { name: 'b', resourceVersion: '21', beat: 1 }),
      frameOf('MODIFIED', { name: 'b', resourceVersion: '22', label: 'b' }),
    );
    const missed = ['MODIFIED a@12', 'DELETED c@13', 'MODIFIED a@15', 'ADDED c@18', 'MODIFIED b@22', 'idle'];
    assert.deepEqual(taken(early), missed);
    const initial = ['ADDED a@15', 'ADDED b@7', 'ADDED c@18', 'BOOKMARK @20 end'];
    assert.deepEqual(taken(fresh), [...initial, 'MODIFIED b@22', 'idle']);
    assert.deepEqual(versions(epoch), ['15', '22', '18']);
  });

  test('has no list of an object that it could not read, until that comes again', () => {
    const epoch = epochOf('10', [{ name: 'a', resourceVersion: '5' }]);
    const odd = frameOf('MODIFIED', { name: 'a', resourceVersion: '11' })
      .toString()
      .replace('"labels":{"label":"a"}', '"labels":{"label":7}');
    feed(epoch, Buffer.from(odd));
    assert.equal(epoch.over, undefined);
    assert.deepEqual(taken(attach(epoch, from('10'), ALL)), ['MODIFIED a@11', 'idle']);
    assert.equal(stateOf(epoch, undefined), 'unlistable');
    feed(epoch, frameOf('MODIFIED', { name: 'a', resourceVersion: '12' }));
    const state = stateOf(epoch, undefined);
    assert.ok(typeof state !== 'string');
    assert.deepEqual([state.resourceVersion, state.objects().length], ['12', 1]);
  });
});

describe('marks', () => {
  test('tell who asked by a bookmark, who did not by the last swallowed frame, and nobody twice (I4)', () => {
    const epoch = epochOf('10', [{ name: 'a', resourceVersion: '5' }]);
    const [told, quiet] = [attach(epoch, from('10'), ALL), attach(epoch, from('10'), QUIET)];
    feed(epoch, frameOf('MODIFIED', { name: 'a', resourceVersion: '11', beat: 1 }), bookmarkOf('15'));
    epoch.marks.mark(0);
    epoch.marks.mark(0);
    assert.deepEqual(taken(told), ['BOOKMARK @15', 'idle']);
    assert.deepEqual(taken(quiet), ['MODIFIED a@11', 'idle']);
    const late = attach(epoch, from('12'), QUIET);
    feed(epoch, frameOf('MODIFIED', { name: 'a', resourceVersion: '16', beat: 2 }));
    feed(epoch, frameOf('MODIFIED', { name: 'a', resourceVersion: '17', label: 'b' }));
    epoch.marks.mark(0);
    assert.deepEqual(taken(late), ['MODIFIED a@17', 'idle']);
  });

  test('are one buffer for all readers', () => {
    const epoch = epochOf('10', [{ name: 'a', resourceVersion: '5' }]);
    feed(epoch, frameOf('MODIFIED', { name: 'a', resourceVersion: '11', beat: 1 }));
    const { bookmark, held } = { bookmark: epoch.marks.bookmark(), held: epoch.marks.held };
    assert.equal(epoch.marks.bookmark(), bookmark);
    assert.equal(epoch.marks.held, held);
  });
});

describe('a listing', () => {
  test('is whole, of the kind, with resourceVersions that have an order, and not too large; or it is none', () => {
    const node = { name: 'a', resourceVersion: '5' };
    assert.equal(listingOf(listBody('10', [node]))?.objects.length, 1);
    assert.equal(listingOf(listBody('ten', [node])), undefined);
    assert.equal(listingOf(listBody('10', [{ ...node, resourceVersion: 'five' }])), undefined);
    assert.equal(listingOf(listBody('10', [{ ...node, name: 'a/b' }])), undefined);
    assert.equal(listingOf(listBody('10', [node], 'PodList')), undefined);
    assert.equal(listingOf(listBody('10', [node]).subarray(0, -3)), undefined);
    assert.equal(listingOf(listBody('10', [node]), 50), undefined);
    const page = listBody('10', [node]).toString().replace('"resourceVersion":"10"', '$&,"continue":"next"');
    assert.equal(listingOf(Buffer.from(page)), undefined);
  });
});
