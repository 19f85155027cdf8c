/** Attaches a watch to an epoch, never at a state older than the one that the client names (I11). */
import { isNewer } from './decimal.ts';
import type { Epoch } from './epoch.ts';
import { type Interest, Reader } from './reader.ts';
import type { Stored } from './store.ts';

/**
 * `from`: the watch continues from a state that the client holds. `initial`: the watch begins with a whole state, which
 * is not older than `atLeast`.
 */
export type Begin =
  | { readonly kind: 'from'; readonly resourceVersion: string }
  | { readonly kind: 'initial'; readonly atLeast: string | undefined; readonly isEndMarked: boolean };

/**
 * Why an epoch has no answer.
 * - `behind`: the epoch has not reached the requested resourceVersion yet; the caller may wait for it.
 * - `out_of_reach`: the journal begins after the requested resourceVersion.
 * - `unlistable`: the store lacks an object, because the object was not understood or its layout is unusual.
 * - `over`: the epoch has ended.
 * - `unmarked`: the client watches one object and asked for no bookmarks. It gets no events of other objects, so
 *   nothing would tell it the newest resourceVersion.
 */
export type Miss = 'behind' | 'out_of_reach' | 'unlistable' | 'over' | 'unmarked';

export function attach(epoch: Epoch, begin: Begin, interest: Interest): Reader | Miss {
  if (epoch.over !== undefined) return 'over';
  if (interest.key !== undefined && !interest.bookmarks) return 'unmarked';
  if (begin.kind === 'from') {
    const { resourceVersion } = begin;
    if (isNewer(resourceVersion, epoch.readAt)) return 'behind';
    const position = epoch.journal.positionAfter(resourceVersion);
    return position === undefined ? 'out_of_reach' : Reader.from(epoch, interest, position, resourceVersion);
  }
  const miss = missOf(epoch, begin.atLeast);
  if (miss !== undefined) return miss;
  const { key } = interest;
  const one = key === undefined ? undefined : epoch.store.lendOne(key);
  const objects = key === undefined ? epoch.store.lend() : one === undefined ? [] : [one];
  const resourceVersion = epoch.storeAt;
  const end = interest.bookmarks
    ? epoch.marks.endOfInitialEvents(resourceVersion, begin.isEndMarked)
    : undefined;
  return Reader.withInitial(epoch, interest, { objects, resourceVersion, end });
}

/** A whole state. */
export interface State {
  readonly resourceVersion: string;
  /**
   * All objects, sorted by key. A call takes time proportional to their number, so it is called only by code that
   * builds the body of a LIST.
   */
  readonly objects: () => readonly Stored[];
}

/** The current state of an epoch, for a LIST. Borrowed until the next event. */
export function stateOf(epoch: Epoch, atLeast: string | undefined): State | Miss {
  return missOf(epoch, atLeast) ?? { resourceVersion: epoch.storeAt, objects: () => epoch.store.sorted() };
}

/** Why an epoch has no whole state that is new enough; undefined if it has. */
function missOf(epoch: Epoch, atLeast: string | undefined): Miss | undefined {
  if (epoch.over !== undefined) return 'over';
  const resourceVersion = epoch.storeAt;
  if (atLeast !== undefined && isNewer(atLeast, resourceVersion)) return 'behind';
  return epoch.isStoreWhole ? undefined : 'unlistable';
}
