/**
 * What a LIST answers: the newest state, or on `resourceVersionMatch=Exact` that of one resourceVersion, by pages where
 * a limit is given. Other lists come from the real server's cache in one page too.
 */
import { invalidListOptions, resourceVersionTooLarge, resourceVersionTooOld } from './api-error.ts';
import { type ApiObject, keyOf } from './api-object.ts';
import type { ObjectStore } from './object-store.ts';
import { parseSelection, type Selection } from './selectors.ts';
import { readInteger, readResourceVersion } from './watch-options.ts';

/** One page of a list. */
export interface ListPage {
  readonly resourceVersion: number;
  readonly objects: readonly ApiObject[];
  /** The token that asks for the next page; empty where this is the last one. */
  readonly next: string;
}

/** @throws ApiError as the real server answers. */
export function listObjects(store: ObjectStore, selection: Selection): ListPage {
  const { kind, query } = selection;
  const matches = parseSelection(selection);
  const limit = readInteger(query, 'limit') ?? 0;
  const { resourceVersion = store.resourceVersion, behind } = startOf(query);
  if (resourceVersion > store.resourceVersion)
    throw resourceVersionTooLarge(resourceVersion, store.resourceVersion);
  const state = store.objectsAt(kind, resourceVersion);
  if (state === undefined) throw resourceVersionTooOld(resourceVersion, store.oldestResourceVersion);
  const objects = state.filter((object) => keyOf(object.metadata) > behind && matches(object));
  const isWhole = limit === 0 || objects.length <= limit || !isExact(query);
  if (isWhole) return { resourceVersion, objects, next: '' };
  const page = objects.slice(0, limit);
  const token = { rv: resourceVersion, behind: keyOf(page.at(-1)?.metadata ?? {}) };
  return { resourceVersion, objects: page, next: Buffer.from(JSON.stringify(token)).toString('base64url') };
}

/** A continue token is of an exact list, and says so itself. */
function isExact(query: URLSearchParams): boolean {
  return query.get('resourceVersionMatch') === 'Exact' || query.has('continue');
}

interface ListStart {
  /** Undefined: the newest. */
  readonly resourceVersion: number | undefined;
  /** The key of the last object of the page before; empty for the first page. */
  readonly behind: string;
}

/** apimachinery pkg/apis/meta/internalversion/validation. */
function startOf(query: URLSearchParams): ListStart {
  const token = query.get('continue') ?? '';
  const match = query.get('resourceVersionMatch') ?? '';
  const resourceVersion = readResourceVersion(query);
  if (token !== '') {
    if (match !== '')
      throw invalidListOptions(
        'resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden when continue is provided',
      );
    return parseToken(token);
  }
  if (match !== 'Exact') return { resourceVersion: undefined, behind: '' };
  if (resourceVersion === 0)
    throw invalidListOptions(
      'resourceVersionMatch: Forbidden: resourceVersionMatch "exact" is forbidden for resourceVersion "0"',
    );
  return { resourceVersion, behind: '' };
}

function parseToken(token: string): ListStart {
  try {
    const parsed: unknown = JSON.parse(Buffer.from(token, 'base64url').toString());
    if (typeof parsed === 'object' && parsed !== null && 'rv' in parsed && 'behind' in parsed)
      return { resourceVersion: Number(parsed.rv), behind: String(parsed.behind) };
  } catch {
    // Said below.
  }
  throw invalidListOptions('continue: Invalid value: continue key is not valid');
}
