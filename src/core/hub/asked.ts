/**
 * Decides whether a hub can answer a request from memory. A request goes to the API server if it has an option that is
 * not handled here, or if the API server might understand the request differently.
 */
import { codecOf, CODECS } from '../codec/codecs.ts';
import type { Codec } from '../codec/codec.ts';
import { objectKey } from '../codec/object-key.ts';
import { isTrue, parseQuery } from '../request/query.ts';
import { attributesOf, type RequestAttributes } from '../request/request-attributes.ts';
import { collectionPath, type Resource } from '../resource/resource.ts';
import type { Interest } from './reader.ts';
import { type Freshness, startOfList, startOfWatch, type WatchStart } from './start.ts';

export interface AskedOfHub {
  /** The caller must be allowed to make a request with these attributes (I10). */
  readonly attributes: RequestAttributes;
  readonly codec: Codec;
  readonly what: AskedList | AskedWatch;
}

export interface AskedList {
  readonly kind: 'list';
  readonly freshness: Freshness;
}

export interface AskedWatch {
  readonly kind: 'watch';
  readonly start: WatchStart;
  readonly interest: Interest;
  /** Whole seconds above 0; undefined if the server may choose. */
  readonly timeoutSeconds: number | undefined;
}

/**
 * @param accept all values of the Accept header, joined by commas; empty if there is none
 * @returns undefined if only the API server can answer
 */
export function askedOfHub(
  { method, target }: { readonly method: string; readonly target: string },
  accept: string,
  resource: Resource,
): AskedOfHub | undefined {
  const question = target.indexOf('?');
  const path = question === -1 ? target : target.slice(0, question);
  const attributes = path === collectionPath(resource) ? attributesOf(method, target) : undefined;
  const codec = codecAskedFor(accept);
  if (attributes === undefined || codec?.reads(resource) !== true) return undefined;
  const query = parseQuery(question === -1 ? '' : target.slice(question + 1));
  const what = attributes.verb === 'list' ? list(query) : watch(query, attributes, resource);
  return what && { attributes, codec, what };
}

type Query = ReadonlyMap<string, string>;

const OF_BOTH = ['watch', 'resourceVersion', 'resourceVersionMatch', 'labelSelector', 'fieldSelector'];
const OF_LISTS: ReadonlySet<string> = new Set([...OF_BOTH, 'limit']);
const OF_WATCHES: ReadonlySet<string> = new Set([
  ...OF_BOTH,
  'allowWatchBookmarks',
  'sendInitialEvents',
  'timeoutSeconds',
  // client-go also sends `timeout`, which the API server ignores for watches (apiserver filters/request_deadline.go).
  'timeout',
]);

function hasOnly(query: Query, known: ReadonlySet<string>): boolean {
  return query.keys().every((key) => known.has(key));
}

function list(query: Query): AskedList | undefined {
  const isSelected = textOf(query, 'labelSelector') !== '' || textOf(query, 'fieldSelector') !== '';
  if (isSelected || !hasOnly(query, OF_LISTS)) return undefined;
  const freshness = startOfList({ ...stateIn(query), limit: textOf(query, 'limit') });
  return freshness === 'upstream' ? undefined : { kind: 'list', freshness };
}

function watch(query: Query, { name }: RequestAttributes, resource: Resource): AskedWatch | undefined {
  if (textOf(query, 'labelSelector') !== '' || !hasOnly(query, OF_WATCHES)) return undefined;
  // A name without a namespace does not identify a namespaced object.
  const isOfName = name !== '' && !resource.namespaced;
  const fieldSelector = textOf(query, 'fieldSelector');
  const isKnown = isOfName && [`metadata.name=${name}`, `metadata.name==${name}`].includes(fieldSelector);
  if (fieldSelector !== '' && !isKnown) return undefined;
  const seconds = Number(textOf(query, 'timeoutSeconds'));
  if (seconds < 0) return undefined;
  const sendInitialEvents = query.get('sendInitialEvents');
  const allowWatchBookmarks = isTrue(query.get('allowWatchBookmarks'));
  const start = startOfWatch({
    ...stateIn(query),
    ...{ allowWatchBookmarks },
    sendInitialEvents: sendInitialEvents === undefined ? undefined : isTrue(sendInitialEvents),
  });
  if (start === 'upstream') return undefined;
  const interest = { bookmarks: allowWatchBookmarks, key: isKnown ? objectKey('', name) : undefined };
  return { kind: 'watch', start, interest, timeoutSeconds: seconds > 0 ? seconds : undefined };
}

function stateIn(query: Query): { readonly resourceVersion: string; readonly resourceVersionMatch: string } {
  return {
    resourceVersion: textOf(query, 'resourceVersion'),
    resourceVersionMatch: textOf(query, 'resourceVersionMatch'),
  };
}

function textOf(query: Query, key: string): string {
  return query.get(key) ?? '';
}

const ANY: ReadonlySet<string> = new Set(['*/*', 'application/*']);

/**
 * The codec of the first media type. Undefined in two cases: a media type has no codec here (the API server may support
 * it), or a media type has parameters (they ask for another form of objects or another order of preference).
 */
function codecAskedFor(accept: string): Codec | undefined {
  if (accept.trim() === '') return CODECS.json;
  const codecs = accept.split(',').map((clause) => {
    const mediaType = clause.trim().toLowerCase();
    return ANY.has(mediaType) ? CODECS.json : codecOf(mediaType);
  });
  return codecs.includes(undefined) ? undefined : codecs[0];
}
