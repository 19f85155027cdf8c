/**
 * Parses the path of a request as the API server does (apiserver pkg/endpoints/request/requestinfo.go). Pure; never
 * throws.
 */

export interface ResourcePath {
  /** True if the deprecated segment `/watch/` follows the version; the request is then always a watch. */
  readonly byPrefix: boolean;
  /** `/api/v1` or `/apis/GROUP/VERSION`. */
  readonly root: string;
  /** The plural name of the resource. */
  readonly collection: string;
  /** Empty if there is none. */
  readonly namespace: string;
  /** True if the API server routes the path to a collection or an object, not to anything below an object. */
  readonly isRouted: boolean;
  /** Empty for a collection. */
  readonly name: string;
  /** Empty if there is none. */
  readonly subresource: string;
}

/** @returns undefined if the decoded path names no resource */
export function resourcePath(path: string): ResourcePath | undefined {
  // The limit bounds the work: a hostile target may consist of slashes.
  const segments = path.replaceAll(/^\/+|(?<!\/)\/+$/g, '').split('/', MOST_SEGMENTS);
  const prefix = segments[0];
  // /api/VERSION/... or /apis/GROUP/VERSION/...
  const behindVersion = prefix === 'api' ? 2 : prefix === 'apis' ? 3 : Infinity;
  if (segments.length <= behindVersion) return undefined;
  const byPrefix = segments[behindVersion] === 'watch';
  let parts = segments.slice(byPrefix ? behindVersion + 1 : behindVersion);
  if (parts[0] === undefined) return undefined;
  let namespace = '';
  // Routing requires exactly one leading slash, although RequestInfo trims several.
  let isRouted = !path.startsWith('//');
  if (parts[0] === 'namespaces' && parts[2] !== undefined && !NAMESPACE_SUBRESOURCES.has(parts[2])) {
    namespace = parts[1] ?? '';
    isRouted &&= namespace !== '';
    parts = parts.slice(2);
  }
  const [collection = '', name = '', subresource = ''] = parts;
  isRouted &&= parts.length <= 2;
  const root = `/${segments.slice(0, behindVersion).join('/')}`;
  return { byPrefix, root, collection, namespace, isRouted, name, subresource };
}

/** /apis/GROUP/VERSION/watch/namespaces/NAMESPACE/RESOURCE/NAME, and one more segment to detect a longer path. */
const MOST_SEGMENTS = 9;

/** requestinfo.go, namespaceSubresources. */
const NAMESPACE_SUBRESOURCES: ReadonlySet<string> = new Set(['status', 'finalize']);
