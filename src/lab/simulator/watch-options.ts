/**
 * Reads the query of a LIST or WATCH as kube-apiserver 1.37 does, its silent defaulting included
 * (apimachinery pkg/apis/meta/internalversion: defaults.go and validation).
 */
import { badRequest, invalidListOptions, invalidResourceVersion } from './api-error.ts';
import { type ObjectFilter, parseSelection, type Selection } from './selectors.ts';

/** Where a watch begins. */
export type WatchStart =
  /** All objects as ADDED first; `mark` asks for the bookmark that ends them. */
  | { readonly at: 'initial-events'; readonly notOlderThan: number; readonly mark: boolean }
  /** Only what comes from now on. */
  | { readonly at: 'now' }
  /** Everything after this resourceVersion. */
  | { readonly at: 'resource-version'; readonly resourceVersion: number };

/** A watch, as asked for. */
export interface WatchOptions {
  readonly start: WatchStart;
  readonly matches: ObjectFilter;
  readonly allowBookmarks: boolean;
  /** Undefined where the client leaves it to the server. */
  readonly timeoutSeconds: number | undefined;
}

/** Whether the query turns a LIST into a watch: any value but `0` and `false`, the first one counts. */
export function isWatchQuery(query: URLSearchParams): boolean {
  return readBoolean(query, 'watch') ?? false;
}

/**
 * Reads the options of a watch.
 *
 * @param isLegacyPath - for `/api/v1/watch/...`, whose options count as those of a LIST: no defaulting
 * to a watch-list, no `sendInitialEvents`.
 * @throws ApiError as the real server answers.
 */
export function parseWatchOptions(selection: Selection, isLegacyPath: boolean): WatchOptions {
  const { query } = selection;
  const timeoutSeconds = readInteger(query, 'timeoutSeconds');
  const allowBookmarks = readBoolean(query, 'allowWatchBookmarks') ?? false;
  const matches = parseSelection(selection);
  const resourceVersion = readResourceVersion(query);
  const start = startOf(resourceVersion, readSendInitialEvents(query, isLegacyPath), allowBookmarks);
  return {
    start: isLegacyPath && start.at === 'initial-events' ? { ...start, mark: false } : start,
    matches,
    allowBookmarks,
    timeoutSeconds: timeoutSeconds === 0 ? undefined : timeoutSeconds,
  };
}

function startOf(
  resourceVersion: number,
  sendInitialEvents: boolean | undefined,
  allowBookmarks: boolean,
): WatchStart {
  // A watch from nothing, or from 0, is silently made a watch-list.
  if (sendInitialEvents ?? resourceVersion === 0) {
    return { at: 'initial-events', notOlderThan: resourceVersion, mark: allowBookmarks };
  }
  return resourceVersion === 0 ? { at: 'now' } : { at: 'resource-version', resourceVersion };
}

function readSendInitialEvents(query: URLSearchParams, isLegacyPath: boolean): boolean | undefined {
  const sendInitialEvents = readBoolean(query, 'sendInitialEvents');
  const match = query.get('resourceVersionMatch') ?? '';
  if (isLegacyPath && sendInitialEvents !== undefined) {
    throw invalidListOptions('sendInitialEvents: Forbidden: sendInitialEvents is forbidden for list');
  }
  if (match !== '' && sendInitialEvents === undefined) {
    throw invalidListOptions(
      'resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided',
    );
  }
  if (sendInitialEvents !== undefined && match !== 'NotOlderThan') {
    throw invalidListOptions(
      'resourceVersionMatch: Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan',
    );
  }
  return sendInitialEvents;
}

/** apimachinery pkg/runtime/conversion.go, Convert_Slice_string_To_bool. */
function readBoolean(query: URLSearchParams, name: string): boolean | undefined {
  const value = query.get(name);
  if (value === null) return undefined;
  return value !== '0' && value.toLowerCase() !== 'false';
}

/** A whole number; undefined where it is absent. @throws ApiError 400 */
export function readInteger(query: URLSearchParams, name: string): number | undefined {
  const value = query.get(name);
  if (value === null) return undefined;
  if (!/^\d{1,15}$/.test(value))
    throw badRequest(`${name}: strconv.ParseInt: parsing "${value}": invalid syntax`);
  return Number(value);
}

/** 0 where it is absent. @throws ApiError 500, as the real server */
export function readResourceVersion(query: URLSearchParams): number {
  const value = query.get('resourceVersion') ?? '';
  if (value === '') return 0;
  if (!/^\d{1,15}$/.test(value)) throw invalidResourceVersion(value);
  return Number(value);
}
