/**
 * The end of a stream's initial events (R20). Nothing is swallowed before it: the client does not have its first state
 * yet, and the order of initial events says nothing about their resourceVersions.
 */

/** The parameters of a watch request that decide how the stream begins. */
export interface WatchStart {
  /** Empty if the client named none. */
  readonly resourceVersion: string;
  readonly sendInitialEvents: boolean | undefined;
  readonly allowWatchBookmarks: boolean;
}

/**
 * - `past`: the stream has no initial events, or they are over.
 * - `until-bookmark`: the initial events end with the initial-events-end bookmark.
 * - `until-not-added`: this bookmark may be missing; the initial events end with the first event that is not ADDED.
 */
export type InitialPhase = 'past' | 'until-bookmark' | 'until-not-added';

export function initialPhaseOf(start: WatchStart): InitialPhase {
  if (start.sendInitialEvents === true)
    return start.allowWatchBookmarks ? 'until-bookmark' : 'until-not-added';
  // A server with the WatchList feature gate treats such a request as a watch-list, though the client did not ask for
  // one (apimachinery internalversion/defaults.go). It ends the initial events with a bookmark, which is the first
  // event that is not ADDED. Older servers send no such bookmark.
  if (start.resourceVersion === '' || start.resourceVersion === '0') return 'until-not-added';
  return 'past';
}
