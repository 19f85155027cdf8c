/**
 * The attributes of a LIST or watch, as the API server gives them to its authorizer (apiserver
 * pkg/endpoints/request/requestinfo.go). A request that could be read in more than one way has no attributes.
 */
import { isTrue, parseQuery, percentDecode } from './query.ts';
import { type ResourcePath, resourcePath } from './resource-path.ts';

export interface RequestAttributes {
  readonly verb: 'list' | 'watch';
  /** Empty for the core group. */
  readonly group: string;
  readonly version: string;
  /** The plural name. */
  readonly resource: string;
  /** Empty if there is none. */
  readonly subresource: string;
  /** Empty for all namespaces. */
  readonly namespace: string;
  /** The single object named in the path or by `metadata.name=`; empty for the whole collection. */
  readonly name: string;
  /** The text from the query; empty if there is none or if the authorizer does not get it. */
  readonly labelSelector: string;
  readonly fieldSelector: string;
}

/** A target with more characters has no attributes, so no part of the program answers such a request by itself. */
const MAX_TARGET = 8192;

/** @returns undefined if the request is not, or not certainly, a LIST or watch */
export function attributesOf(method: string, rawTarget: string): RequestAttributes | undefined {
  if (method !== 'GET' || rawTarget.length > MAX_TARGET) return undefined;
  const question = rawTarget.indexOf('?');
  const path = percentDecode(question === -1 ? rawTarget : rawTarget.slice(0, question));
  const found = path === undefined ? undefined : resourcePath(path);
  if (found === undefined || !isPlain(found)) return undefined;
  const query = parseQuery(question === -1 ? '' : rawTarget.slice(question + 1));
  if (NUMBERS.some((key) => !isNumber(query.get(key)))) return undefined;
  const attributes = found.byPrefix ? byPrefix(found) : byQuery(found, query);
  return attributes === undefined || textsOf(attributes).some((text) => text.includes('\uFFFD'))
    ? undefined
    : attributes;
}

/** The decoded texts. Invalid UTF-8 is decoded to a replacement character, which makes different texts look alike. */
function textsOf({
  resource,
  namespace,
  name,
  labelSelector,
  fieldSelector,
  ...place
}: RequestAttributes): string[] {
  return [place.group, place.version, resource, namespace, name, labelSelector, fieldSelector];
}

/**
 * Options that the API server reads as numbers. If the API server cannot read such an option, it authorizes other
 * attributes than these, and then refuses the request.
 */
const NUMBERS = ['limit', 'timeoutSeconds'] as const;

function isNumber(value: string | undefined): boolean {
  return value === undefined || /^[+-]?\d{1,18}$/.test(value);
}

/**
 * True for a collection and for a single object. Two cases are exceptions: the API server counts a single Namespace as
 * inside the namespace of the same name, and for `proxy` it authorizes another verb.
 */
function isPlain({ isRouted, subresource, collection, name }: ResourcePath): boolean {
  return (
    isRouted &&
    subresource === '' &&
    collection !== '' &&
    collection !== 'proxy' &&
    !(collection === 'namespaces' && name !== '')
  );
}

/** The deprecated watch paths. There the authorizer gets no selectors, and no name from a selector. */
function byPrefix(found: ResourcePath): RequestAttributes {
  return { ...placeOf(found), verb: 'watch', name: found.name, labelSelector: '', fieldSelector: '' };
}

function byQuery(found: ResourcePath, query: ReadonlyMap<string, string>): RequestAttributes | undefined {
  if (found.name !== '') return undefined;
  const labelSelector = query.get('labelSelector') ?? '';
  const fieldSelector = query.get('fieldSelector') ?? '';
  const name = nameIn(fieldSelector);
  // The API server uses the name only if it can read all options. This program cannot tell whether a label selector can
  // be read, because it does not parse label selectors.
  if (name === undefined || (name !== '' && labelSelector !== '')) return undefined;
  const verb = isTrue(query.get('watch')) ? 'watch' : 'list';
  return { ...placeOf(found), verb, name, labelSelector, fieldSelector };
}

function placeOf({
  root,
  collection,
  namespace,
}: ResourcePath): Pick<RequestAttributes, 'group' | 'version' | 'resource' | 'subresource' | 'namespace'> {
  const segments = root.split('/');
  const version = segments.at(-1) ?? '';
  const group = segments[1] === 'apis' ? (segments[2] ?? '') : '';
  return { group, version, resource: collection, subresource: '', namespace };
}

/**
 * The value of `metadata.name=` in a field selector (apimachinery pkg/fields/selector.go); empty if it has none.
 *
 * @returns undefined for an escape, a term without operator, a second name, or a name that no path could contain
 */
function nameIn(fieldSelector: string): string | undefined {
  if (fieldSelector.includes('\\')) return undefined;
  let name = '';
  for (const term of fieldSelector.split(',')) {
    if (term === '') continue;
    const { field, operator, value } = TERM.exec(term)?.groups ?? {};
    if (operator === undefined) return undefined;
    if (field !== 'metadata.name' || operator === '!=') continue;
    if (name !== '' || value === undefined || !isSegment(value)) return undefined;
    name = value;
  }
  return name;
}

/** A term of a field selector. Its first operator counts. */
const TERM = /^(?<field>[^!=]*)(?<operator>!=|==|=)(?<value>.*)$/s;

/** apimachinery pkg/api/validate/content/path_segment.go. */
function isSegment(value: string): boolean {
  return value !== '' && value !== '.' && value !== '..' && !/[/%]/.test(value);
}
