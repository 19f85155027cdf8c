/** Classifies a request as the API server does: path first, then the `watch` parameter. */
import { DOCUMENTS, HEALTH_PATHS } from './discovery.ts';
import { isWatchQuery } from './watch-options.ts';

/** What a request asks for. */
export type Route =
  | { readonly kind: 'health' }
  | { readonly kind: 'document'; readonly document: object }
  | { readonly kind: 'list'; readonly query: URLSearchParams }
  | { readonly kind: 'watch'; readonly query: URLSearchParams; readonly isLegacyPath: boolean }
  | { readonly kind: 'node'; readonly name: string }
  | { readonly kind: 'unknown' };

const NODES_PATH = /^\/api\/v1(\/watch)?\/nodes(?:\/([^/]+))?$/;

/** Classifies a request target such as `/api/v1/nodes?watch=1`; methods are checked where they matter. */
export function parseRoute(target: string): Route {
  const separator = target.indexOf('?');
  const rawPath = separator < 0 ? target : target.slice(0, separator);
  const path = rawPath.length > 1 && rawPath.endsWith('/') ? rawPath.slice(0, -1) : rawPath;
  const query = new URLSearchParams(separator < 0 ? '' : target.slice(separator));
  if (HEALTH_PATHS.has(path)) return { kind: 'health' };
  const document = DOCUMENTS.get(path);
  if (document !== undefined) return { kind: 'document', document };
  const match = NODES_PATH.exec(path);
  if (match === null) return { kind: 'unknown' };
  const [, legacyPrefix, segment] = match;
  const name = segment === undefined ? undefined : decodeSegment(segment);
  if (legacyPrefix !== undefined) {
    // The deprecated form: a name in the path is a selector.
    if (name !== undefined) query.set('fieldSelector', `metadata.name=${name}`);
    return { kind: 'watch', query, isLegacyPath: true };
  }
  if (name !== undefined) return { kind: 'node', name };
  return isWatchQuery(query) ? { kind: 'watch', query, isLegacyPath: false } : { kind: 'list', query };
}

/** A malformed escape stays as it is: it names nothing that exists. */
function decodeSegment(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
