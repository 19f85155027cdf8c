/**
 * Says which requests are watches, and which of them are watches of what is sieved, as the API server decides it
 * (R1; apiserver pkg/endpoints/request/requestinfo.go, pkg/endpoints/installer.go). Pure and total. A
 * wrong "no" only means that a stream is not filtered; a wrong "yes" is corrected by the response.
 */
import { collectionRoot, type Resource } from '../../core/resource/resource.ts';
import { SIEVED } from '../../core/resource/resources.ts';
import { parseQuery, percentDecode } from './query.ts';

/** Options of a watch that matter here, as Kubernetes decodes them. */
export interface WatchQuery {
  readonly allowWatchBookmarks: boolean;
  /** Undefined when absent, which is not the same as false. */
  readonly sendInitialEvents: boolean | undefined;
  /** Opaque; empty when absent. */
  readonly resourceVersion: string;
  /** Empty when absent. */
  readonly resourceVersionMatch: string;
  /** Whole seconds above 0; undefined when absent, malformed or left to the server. */
  readonly timeoutSeconds: number | undefined;
  /** Empty when absent. */
  readonly labelSelector: string;
  /** Empty when absent. */
  readonly fieldSelector: string;
}

/** A watch whose events may be filtered. */
export interface FilteredWatch {
  readonly kind: 'filtered-watch';
  readonly resource: Resource;
  /** The namespace in the path; empty where there is none: then it is all of them. */
  readonly namespace: string;
  /** The object named in the path (`/api/v1/watch/nodes/NAME`); empty for the whole collection. */
  readonly name: string;
  readonly query: WatchQuery;
}

/** A list of all objects whose watches may be filtered: what a client holds before it watches. */
export interface FilteredList {
  readonly kind: 'filtered-list';
  readonly resource: Resource;
  /** As in {@link FilteredWatch}. */
  readonly namespace: string;
  readonly query: Pick<WatchQuery, 'labelSelector' | 'fieldSelector'>;
}

/** What a request is to us. */
export type Classified =
  FilteredWatch | FilteredList | { readonly kind: 'watch' } | { readonly kind: 'other' };

/** Whether the answer is a stream that goes on until somebody ends it. */
export function isWatch({ kind }: Classified): boolean {
  return kind === 'filtered-watch' || kind === 'watch';
}

/**
 * Whether it does no harm to send a request twice: it reads. What opens a way into a Pod or a Service is a GET too, and
 * may do anything (R5).
 */
export function isRepeatable(method: string, rawTarget: string): boolean {
  if (method !== 'GET' && method !== 'HEAD') return false;
  const question = rawTarget.indexOf('?');
  const path = percentDecode(question === -1 ? rawTarget : rawTarget.slice(0, question));
  if (path === undefined) return false;
  const resource = resourcePath(path);
  return resource === undefined || !CONNECTING.has(resource.subresource);
}

/** Subresources whose verb is "connect"; the API server takes it with any method. */
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
  sieved: readonly Resource[] = SIEVED,
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
    // A later page is no state of its own; a name makes it a single object.
    const isList = name === '' && !query.has('continue');
    return resource !== undefined && isList
      ? { kind: 'filtered-list', resource, namespace, query: watchQuery(query) }
      : OTHER;
  }
  if (resource === undefined) return WATCH;
  return { kind: 'filtered-watch', resource, namespace, name, query: watchQuery(query) };
}

/** Whether a path is that of a collection of this resource, or of one of its objects. */
function isOf(resource: Resource, { root, collection, namespace, name, isRouted }: ResourcePath): boolean {
  if (!isRouted || root !== collectionRoot(resource) || collection !== resource.plural) return false;
  // Of what lies in namespaces no object can be named without its own.
  return resource.namespaced ? namespace !== '' || name === '' : namespace === '';
}

interface ResourcePath {
  /** The deprecated `/watch/` segment behind the version: always a watch. */
  readonly byPrefix: boolean;
  /** `/api/v1`, `/apis/GROUP/VERSION`. */
  readonly root: string;
  /** The resource's plural. */
  readonly collection: string;
  /** Empty where there is none. */
  readonly namespace: string;
  /** Whether it is the path of a collection or of an object, and not of something below one. */
  readonly isRouted: boolean;
  /** Empty for a collection. */
  readonly name: string;
  /** Empty where there is none. */
  readonly subresource: string;
}

/** Takes a decoded path apart as RequestInfo does; undefined for what names no resource. */
function resourcePath(path: string): ResourcePath | undefined {
  // No more of them than anything below asks for: a target may be all slashes.
  const segments = path.replaceAll(/^\/+|(?<!\/)\/+$/g, '').split('/', MOST_SEGMENTS);
  const prefix = segments[0];
  // /api/VERSION/... or /apis/GROUP/VERSION/...
  const behindVersion = prefix === 'api' ? 2 : prefix === 'apis' ? 3 : Infinity;
  if (segments.length <= behindVersion) return undefined;
  const byPrefix = segments[behindVersion] === 'watch';
  let parts = segments.slice(byPrefix ? behindVersion + 1 : behindVersion);
  if (parts[0] === undefined) return undefined;
  let namespace = '';
  // Routing wants exactly one leading slash; RequestInfo alone would trim several.
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

/** /apis/GROUP/VERSION/watch/namespaces/NAMESPACE/RESOURCE/NAME, and one more, by which a longer path is known. */
const MOST_SEGMENTS = 9;

/** requestinfo.go, namespaceSubresources. */
const NAMESPACE_SUBRESOURCES: ReadonlySet<string> = new Set(['status', 'finalize']);

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

/** apimachinery pkg/runtime/conversion.go, Convert_Slice_string_To_bool: present, not "0", not "false". */
function isTrue(value: string | undefined): boolean {
  return value !== undefined && value !== '0' && value.toLowerCase() !== 'false';
}
