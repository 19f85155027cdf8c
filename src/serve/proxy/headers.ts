/**
 * Which headers cross the proxy (R3): all but those that speak of one connection only. Works on flat
 * `[name, value, ...]` arrays, so order, spelling and repeated fields stay as they came.
 */

/** RFC 9110 section 7.6.1 and the ones RFC 2616 section 13.5.1 named. */
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

/** Dropped from requests in addition: upstream has its own authority; Expect is answered by us (R3). */
const REQUEST_ONLY: ReadonlySet<string> = new Set(['host', 'expect', 'trailer']);

/** Of the request that opened a watch, and of no other made in its name. */
const WATCH_ONLY: ReadonlySet<string> = new Set([
  'accept',
  'accept-encoding',
  'user-agent',
  'range',
  'audit-id',
  'traceparent',
  'tracestate',
]);

/** Headers of a request on its way to upstream. */
export function requestHeaders(raw: readonly string[]): string[] {
  return without(raw, (name) => REQUEST_ONLY.has(name));
}

/** Headers of a filtered watch's request: upstream must not compress what we are to read (R13). */
export function filteredWatchHeaders(raw: readonly string[]): string[] {
  const kept = without(raw, (name) => REQUEST_ONLY.has(name) || name === 'accept-encoding');
  kept.push('Accept-Encoding', 'identity');
  return kept;
}

/**
 * Headers of a LIST of our own that has a watch's authority and no other (I7): who asks, and for whom, is carried
 * over; what spoke of the watch itself is not.
 *
 * @param raw - headers of the request that opened the watch, as they came
 */
export function listHeadersOf(raw: readonly string[], accept: string): string[] {
  const kept = without(
    raw,
    (name) => REQUEST_ONLY.has(name) || WATCH_ONLY.has(name) || /^(content|if|sec)-/.test(name),
  );
  kept.push('Accept', accept, 'Accept-Encoding', 'identity', 'User-Agent', 'watchsieve');
  return kept;
}

/** Headers of an upgrade request: the wish to upgrade is end to end here. */
export function upgradeRequestHeaders(raw: readonly string[], protocol: string): string[] {
  const kept = requestHeaders(raw);
  kept.push('Connection', 'Upgrade', 'Upgrade', protocol);
  return kept;
}

/** Headers of a response on its way to the client. */
export function responseHeaders(raw: readonly string[], hasBody: boolean): string[] {
  // Node refuses to announce trailers where it cannot send them: without a chunked body.
  const hasLength = valuesOf(raw, 'content-length').length > 0;
  return without(raw, (name) => name === 'trailer' && (hasLength || !hasBody));
}

/**
 * Headers of a response whose body we may shorten: it has no length of its own any more.
 *
 * @param isDecoded - whether we undo upstream's Content-Encoding. What it says of Vary stays true.
 */
export function filteredResponseHeaders(raw: readonly string[], isDecoded: boolean): string[] {
  return without(
    raw,
    (name) => name === 'content-length' || name === 'trailer' || (isDecoded && name === 'content-encoding'),
  );
}

/** Headers of a 101: the switch is end to end here. */
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

/** Every value of a request's header that gets to upstream, in order; `name` in lower case. */
export function forwardedValuesOf(raw: readonly string[], name: string): string[] {
  return namedInConnection(raw).has(name) ? [] : valuesOf(raw, name);
}

function without(raw: readonly string[], isDropped: (name: string) => boolean): string[] {
  const named = namedInConnection(raw);
  const kept: string[] = [];
  for (let at = 0; at + 1 < raw.length; at += 2) {
    const name = raw[at] ?? '';
    const key = name.toLowerCase();
    if (HOP_BY_HOP.has(key) || named.has(key) || isDropped(key)) continue;
    kept.push(name, raw[at + 1] ?? '');
  }
  return kept;
}

function namedInConnection(raw: readonly string[]): ReadonlySet<string> {
  const names = valuesOf(raw, 'connection').flatMap((value) => value.split(','));
  return new Set(names.map((name) => name.trim().toLowerCase()));
}
