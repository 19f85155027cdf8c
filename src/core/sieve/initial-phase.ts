/**
 * When the initial events of a stream are over (R20). Until then nothing is swallowed: the client has not got its
 * first state yet, and the order of initial events says nothing about their resourceVersions.
 */

/** The query of a watch request, as far as it decides how the stream begins. */
export interface WatchStart {
  /** Empty where the client named none. */
  readonly resourceVersion: string;
  readonly sendInitialEvents: boolean | undefined;
  readonly allowWatchBookmarks: boolean;
}

/**
 * - `past`: there are no initial events, or they are over.
 * - `until-bookmark`: they end with the initial-events-end bookmark.
 * - `until-not-added`: no such bookmark need come; they end with the first event that is not ADDED.
 */
export type InitialPhase = 'past' | 'until-bookmark' | 'until-not-added';

export function initialPhaseOf(start: WatchStart): InitialPhase {
  if (start.sendInitialEvents === true)
    return start.allowWatchBookmarks ? 'until-bookmark' : 'until-not-added';
  // A server with the WatchList gate turns these into a watch-list without being asked (apimachinery
  // internalversion/defaults.go). Its bookmark is then the first event that is not ADDED; an older server sends none.
  if (start.resourceVersion === '' || start.resourceVersion === '0') return 'until-not-added';
  return 'past';
}
