/**
 * Decides how a LIST or watch begins, by the rules of the API server's watch cache (apiserver pkg/storage/cacher,
 * apimachinery pkg/apis/meta/internalversion/validation). Uncertain and invalid requests go upstream.
 */
import { isDecimal } from './decimal.ts';

/** The unparsed options of a LIST or watch; empty if absent. */
export interface AskedState {
  readonly resourceVersion: string;
  readonly resourceVersionMatch: string;
}

export interface WatchState extends AskedState {
  readonly sendInitialEvents: boolean | undefined;
  readonly allowWatchBookmarks: boolean;
}

export interface ListState extends AskedState {
  readonly limit: string;
}

/**
 * How new a state must be: any state will do (`0`), not older than a resourceVersion, or not older than the newest
 * state at the time of the request (I12).
 */
export type Freshness =
  | { readonly kind: 'any' }
  | { readonly kind: 'at-least'; readonly resourceVersion: string }
  | { readonly kind: 'consistent' };

export type WatchStart =
  | { readonly kind: 'from'; readonly resourceVersion: string }
  | {
      readonly kind: 'initial';
      readonly freshness: Freshness;
      /** True if a bookmark with the initial-events-end annotation ends the initial events. */
      readonly isEndMarked: boolean;
    };

export type Upstream = 'upstream';

export function startOfWatch(options: WatchState): WatchStart | Upstream {
  const { sendInitialEvents, resourceVersion, resourceVersionMatch, allowWatchBookmarks } = options;
  if (resourceVersionMatch !== (sendInitialEvents === undefined ? '' : 'NotOlderThan')) return 'upstream';
  const freshness = freshnessOf(resourceVersion);
  if (freshness === 'upstream') return freshness;
  if (sendInitialEvents === true) return { kind: 'initial', freshness, isEndMarked: allowWatchBookmarks };
  if (freshness.kind === 'at-least') return { kind: 'from', resourceVersion };
  // If no initial events are wanted and no resourceVersion is named (or 0), only the API server can choose the beginning.
  if (sendInitialEvents === false) return 'upstream';
  return { kind: 'initial', freshness, isEndMarked: false };
}

export function startOfList(options: ListState): Freshness | Upstream {
  const { resourceVersion, resourceVersionMatch, limit } = options;
  // Like the watch cache, a hub ignores the limit if any state will do.
  if (limit !== '' && limit !== '0' && resourceVersion !== '0') return 'upstream';
  if (resourceVersionMatch !== '' && (resourceVersionMatch !== 'NotOlderThan' || resourceVersion === ''))
    return 'upstream';
  return freshnessOf(resourceVersion);
}

function freshnessOf(resourceVersion: string): Freshness | Upstream {
  if (resourceVersion === '') return { kind: 'consistent' };
  if (resourceVersion === '0') return { kind: 'any' };
  return isDecimal(resourceVersion) ? { kind: 'at-least', resourceVersion } : 'upstream';
}
