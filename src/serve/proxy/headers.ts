/**
 * Selects the headers that cross the proxy (R3): all except hop-by-hop headers. Flat `[name, value, ...]` arrays
 * preserve order, spelling and repeated fields.
 */
import { without as withoutFields } from '../../core/request/fields.ts';
import { locationBehind } from './preset-path.ts';

/** The headers of RFC 9110 section 7.6.1 and RFC 2616 section 13.5.1. */
const HOP_BY_HOP: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'proxy-authenticate',
  'proxy-authorization',
  'te',
  'transfer-encoding',
  'upgrade',
  'http2-settings',
]);

/** Headers that are also dropped from requests: upstream has its own host, and this program answers Expect (R3). */
const REQUEST_ONLY: ReadonlySet<string> = new Set(['host', 'expect', 'trailer']);

/** Headers of a watch request that a LIST made for the watch must not repeat. */
const WATCH_ONLY: ReadonlySet<string> = new Set([
  'accept',
  'accept-encoding',
  'user-agent',
  'range',
  'audit-id',
  'traceparent',
  'tracestate',
]);

export function requestHeaders(raw: readonly string[]): string[] {
  return without(raw, (name) => REQUEST_ONLY.has(name));
}

/** The headers of a filtered watch's request. They ask upstream not to compress the watch, which must be read (R13). */
export function filteredWatchHeaders(raw: readonly string[]): string[] {
  const kept = without(raw, (name) => REQUEST_ONLY.has(name) || name === 'accept-encoding');
  kept.push('Accept-Encoding', 'identity');
  return kept;
}

/**
 * The headers of a LIST that this program makes with the authority of a watch and no other (I7). Credentials and
 * impersonation are kept; headers about the watch itself are dropped.
 *
 * @param raw - the unchanged headers of the request that opened the watch
 */
export function listHeadersOf(raw: readonly string[], accept: string): string[] {
  const kept = without(
    raw,
    (name) => REQUEST_ONLY.has(name) || WATCH_ONLY.has(name) || /^(content|if|sec)-/.test(name),
  );
  kept.push('Accept', accept, 'Accept-Encoding', 'identity', 'User-Agent', 'watchsieve');
  return kept;
}

/** The headers of an upgrade request. Its Connection and Upgrade headers are forwarded to upstream. */
export function upgradeRequestHeaders(raw: readonly string[], protocol: string): string[] {
  const kept = requestHeaders(raw);
  kept.push('Connection', 'Upgrade', 'Upgrade', protocol);
  return kept;
}

/** The headers of a response to the client. @param preset the preset in the client's server path */
export function responseHeaders(raw: readonly string[], hasBody: boolean, preset = ''): string[] {
  // Node.js rejects a Trailer header without a chunked body, because it could not send the trailers.
  const hasLength = valuesOf(raw, 'content-length').length > 0;
  const kept = without(raw, (name) => name === 'trailer' && (hasLength || !hasBody));
  return preset === '' ? kept : withLocation(kept, preset);
}

function withLocation(headers: readonly string[], preset: string): string[] {
  return headers.map((value, at) =>
    at % 2 === 1 && headers[at - 1]?.toLowerCase() === 'location' ? locationBehind(preset, value) : value,
  );
}

/**
 * The headers of a response whose body may be shortened here, so that Content-Length no longer applies.
 *
 * @param isDecoded - true if upstream's Content-Encoding is undone here; its Vary header stays true
 */
export function filteredResponseHeaders(raw: readonly string[], isDecoded: boolean): string[] {
  return without(
    raw,
    (name) => name === 'content-length' || name === 'trailer' || (isDecoded && name === 'content-encoding'),
  );
}

/** The headers of a 101 response. Its Connection and Upgrade headers are relayed to the client. */
export function switchedHeaders(raw: readonly string[]): string[] {
  const kept = without(raw, () => false);
  kept.push('Connection', 'Upgrade');
  for (const protocol of valuesOf(raw, 'upgrade')) kept.push('Upgrade', protocol);
  return kept;
}

/** Every value of a header, in order; `name` in lower case. */
export function valuesOf(raw: readonly string[], name: string): string[] {
  const values: string[] = [];
  for (let at = 0; at + 1 < raw.length; at += 2) {
    if (raw[at]?.toLowerCase() === name) values.push(raw[at + 1] ?? '');
  }
  return values;
}

/** Every value of a request's header that is forwarded to upstream, in order; `name` in lower case. */
export function forwardedValuesOf(raw: readonly string[], name: string): string[] {
  return namedInConnection(raw).has(name) ? [] : valuesOf(raw, name);
}

function without(raw: readonly string[], isDropped: (name: string) => boolean): string[] {
  const named = namedInConnection(raw);
  return withoutFields(raw, (name) => HOP_BY_HOP.has(name) || named.has(name) || isDropped(name));
}

function namedInConnection(raw: readonly string[]): ReadonlySet<string> {
  const names = valuesOf(raw, 'connection').flatMap((value) => value.split(','));
  return new Set(names.map((name) => name.trim().toLowerCase()));
}
