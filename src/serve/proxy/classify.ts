/**
 * Decides which requests are watches, and which of them are watches of a sieved resource, by the rules of the API
 * server (R1; apiserver pkg/endpoints/request/requestinfo.go, pkg/endpoints/installer.go). Pure; never throws. A wrong
 * "no" only means that a stream is not filtered; a wrong "yes" is corrected by the response.
 */
import { collectionRoot, type Resource } from '../../core/resource/resource.ts';
import { SIEVED_BY_DEFAULT } from '../../core/resource/node.ts';
import { isTrue, parseQuery, percentDecode } from '../../core/request/query.ts';
import { type ResourcePath, resourcePath } from '../../core/request/resource-path.ts';

/** The options of a watch that this program uses, decoded as Kubernetes does; texts are empty when absent. */
export interface WatchQuery {
  readonly allowWatchBookmarks: boolean;
  /** Undefined when absent, which is not the same as false. */
  readonly sendInitialEvents: boolean | undefined;
  readonly resourceVersion: string;
  readonly resourceVersionMatch: string;
  /** Whole seconds above 0; undefined when absent, malformed or left to the server. */
  readonly timeoutSeconds: number | undefined;
  readonly labelSelector: string;
  readonly fieldSelector: string;
}

/** A watch whose events may be filtered. */
export interface FilteredWatch {
  readonly kind: 'filtered-watch';
  readonly resource: Resource;
  /** The namespace in the path; empty for all namespaces. */
  readonly namespace: string;
  /** The object named in the path (`/api/v1/watch/nodes/NAME`); empty for the whole collection. */
  readonly name: string;
  /** The preset in the client's server path; empty if there is none. */
  readonly preset: string;
  readonly query: WatchQuery;
}

/** A LIST of a sieved resource. Its result is the state that a client holds before it watches. */
export interface FilteredList {
  readonly kind: 'filtered-list';
  readonly resource: Resource;
  /** As in {@link FilteredWatch}. */
  readonly namespace: string;
  readonly preset: string;
  readonly query: Pick<WatchQuery, 'labelSelector' | 'fieldSelector'>;
}

export type Classified =
  FilteredWatch | FilteredList | { readonly kind: 'watch' } | { readonly kind: 'other' };

/** True if the answer is a stream that lasts until one side ends it. */
export function isWatch({ kind }: Classified): boolean {
  return kind === 'filtered-watch' || kind === 'watch';
}

/**
 * True if a request may safely be sent twice, because it only reads. A GET that connects to a Pod or a Service may have
 * any effect, so it is not repeatable (R5).
 */
export function isRepeatable(method: string, rawTarget: string): boolean {
  if (method !== 'GET' && method !== 'HEAD') return false;
  const question = rawTarget.indexOf('?');
  const path = percentDecode(question === -1 ? rawTarget : rawTarget.slice(0, question));
  if (path === undefined) return false;
  const resource = resourcePath(path);
  return resource === undefined || !CONNECTING.has(resource.subresource);
}

/** Subresources whose verb is "connect". The API server accepts any method for them. */
const CONNECTING: ReadonlySet<string> = new Set(['exec', 'attach', 'portforward', 'proxy']);

const WATCH: Classified = { kind: 'watch' };
const OTHER: Classified = { kind: 'other' };

/**
 * Classifies a request by its method and raw target. Only GET can be a watch: the API server answers
 * 405 to every other method on these routes.
 */
export function classify(
  method: string,
  rawTarget: string,
  sieved: readonly Resource[] = SIEVED_BY_DEFAULT,
  preset = '',
): Classified {
  if (method !== 'GET') return OTHER;
  const question = rawTarget.indexOf('?');
  const path = percentDecode(question === -1 ? rawTarget : rawTarget.slice(0, question));
  if (path === undefined) return OTHER;
  const found = resourcePath(path);
  if (found === undefined) return OTHER;
  const { namespace, name } = found;
  const resource = sieved.find((one) => isOf(one, found));
  const query = parseQuery(question === -1 ? '' : rawTarget.slice(question + 1));
  const asked = name === '' && isTrue(query.get('watch'));
  if (!found.byPrefix && !asked) {
    // A later page is not a whole state, and a request with a name is for a single object.
    const isList = name === '' && !query.has('continue');
    return resource !== undefined && isList
      ? { kind: 'filtered-list', resource, namespace, preset, query: watchQuery(query) }
      : OTHER;
  }
  if (resource === undefined) return WATCH;
  return { kind: 'filtered-watch', resource, namespace, name, preset, query: watchQuery(query) };
}

/** True if a path names the collection of this resource or one of its objects. */
function isOf(resource: Resource, { root, collection, namespace, name, isRouted }: ResourcePath): boolean {
  if (!isRouted || collection !== resource.plural || root !== collectionRoot(resource)) return false;
  // The path of a namespaced object must contain its namespace.
  return resource.namespaced ? namespace !== '' || name === '' : namespace === '';
}

function watchQuery(query: ReadonlyMap<string, string>): WatchQuery {
  const sendInitialEvents = query.get('sendInitialEvents');
  const timeout = query.get('timeoutSeconds') ?? '';
  const seconds = /^\+?\d+$/.test(timeout) ? Number(timeout) : 0;
  return {
    allowWatchBookmarks: isTrue(query.get('allowWatchBookmarks')),
    sendInitialEvents: sendInitialEvents === undefined ? undefined : isTrue(sendInitialEvents),
    resourceVersion: query.get('resourceVersion') ?? '',
    resourceVersionMatch: query.get('resourceVersionMatch') ?? '',
    timeoutSeconds: seconds > 0 ? seconds : undefined,
    labelSelector: query.get('labelSelector') ?? '',
    fieldSelector: query.get('fieldSelector') ?? '',
  };
}
