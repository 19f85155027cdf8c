/** Classifies a request as the API server does: path first, then the `watch` parameter. */
import { DOCUMENTS, HEALTH_PATHS } from './discovery.ts';
import { type Kind, KINDS } from './kind.ts';
import { rootOf } from './resource-names.ts';
import type { Selection } from './selectors.ts';
import { isWatchQuery } from './watch-options.ts';

/** What a request asks for. */
export type Route =
  | { readonly kind: 'health' }
  | { readonly kind: 'document'; readonly document: object }
  | { readonly kind: 'list'; readonly selection: Selection }
  | { readonly kind: 'watch'; readonly selection: Selection; readonly isLegacyPath: boolean }
  | { readonly kind: 'object'; readonly of: Kind; readonly namespace: string; readonly name: string }
  | { readonly kind: 'unknown' };

/** Root, the deprecated `/watch`, namespace, plural and name. */
const RESOURCE_PATH =
  /^(\/api\/[^/]+|\/apis\/[^/]+\/[^/]+?)(\/watch)?(?:\/namespaces\/([^/]+))?\/([^/]+)(?:\/([^/]+))?$/;

/** Classifies a request target such as `/api/v1/nodes?watch=1`; methods are checked where they matter. */
export function parseRoute(target: string): Route {
  const separator = target.indexOf('?');
  const rawPath = separator < 0 ? target : target.slice(0, separator);
  const path = rawPath.length > 1 && rawPath.endsWith('/') ? rawPath.slice(0, -1) : rawPath;
  const query = new URLSearchParams(separator < 0 ? '' : target.slice(separator));
  if (HEALTH_PATHS.has(path)) return { kind: 'health' };
  const document = DOCUMENTS.get(path);
  if (document !== undefined) return { kind: 'document', document };
  const [, root, legacyPrefix, inNamespace, plural, segment] = RESOURCE_PATH.exec(path) ?? [];
  const kind = KINDS.find(({ resource }) => rootOf(resource) === root && resource.plural === plural);
  const namespace = inNamespace === undefined ? '' : decodeSegment(inNamespace);
  const name = segment === undefined ? undefined : decodeSegment(segment);
  if (kind === undefined || !isRouted(kind, namespace, name)) return { kind: 'unknown' };
  const selection = { kind, namespace, query };
  if (legacyPrefix !== undefined) {
    // The deprecated form: a name in the path is a selector.
    if (name !== undefined) query.set('fieldSelector', `metadata.name=${name}`);
    return { kind: 'watch', selection, isLegacyPath: true };
  }
  if (name !== undefined) return { kind: 'object', of: kind, namespace, name };
  return isWatchQuery(query)
    ? { kind: 'watch', selection, isLegacyPath: false }
    : { kind: 'list', selection };
}

/** What lies in namespaces is named in its own; all else in none. */
function isRouted({ resource }: Kind, namespace: string, name: string | undefined): boolean {
  return resource.namespaced ? namespace !== '' || name === undefined : namespace === '';
}

/** A malformed escape stays as it is: it names nothing that exists. */
function decodeSegment(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
