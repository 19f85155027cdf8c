/** Headers of requests and responses against the rule, written plainly: what must go goes, all else stays as it came (R3). */
import assert from 'node:assert/strict';
import {
  filteredResponseHeaders,
  filteredWatchHeaders,
  requestHeaders,
  responseHeaders,
} from '../../../src/serve/proxy/headers.ts';
import { mutate } from '../mutate.ts';
import type { Random } from '../random.ts';
import type { Target } from '../target.ts';

const NAMES = [
  ...[
    'Connection',
    'connection',
    'Keep-Alive',
    'Proxy-Connection',
    'Proxy-Authenticate',
    'Proxy-Authorization',
    'TE',
  ],
  ...[
    'Trailer',
    'Transfer-Encoding',
    'Upgrade',
    'HTTP2-Settings',
    'Host',
    'Expect',
    'Accept-Encoding',
    'X-A',
    'x-b',
  ],
  ...[
    'Content-Length',
    'Content-Encoding',
    'Retry-After',
    'Warning',
    'Authorization',
    'Impersonate-User',
    'Audit-Id',
  ],
];
const VALUES = [
  'close',
  'X-A',
  'x-b, keep-alive',
  'X-A,,Retry-After ,',
  '',
  '5',
  'gzip',
  'chunked',
  ' TE ',
  '100-continue',
];
const WORDS = [...NAMES, ...VALUES, '\n', ': ', ','].map((word) => Buffer.from(word));
const HOP_BY_HOP =
  /^(connection|keep-alive|proxy-connection|proxy-authenticate|proxy-authorization|te|transfer-encoding|upgrade|http2-settings)$/i;

type Header = readonly [name: string, value: string];

export const headersTarget: Target = {
  name: 'headers',
  promises: ['named in Connection', 'plain'],
  make(random) {
    return Buffer.from(Array.from({ length: random.below(9) }, () => line(random)).join('\n'));
  },
  vary: (input, random, others) => mutate(input, random, WORDS, others),
  check(input) {
    const headers = headersOf(input);
    const named = headers
      .filter(([name]) => name.toLowerCase() === 'connection')
      .flatMap(([, value]) => value.split(','))
      .map((name) => name.trim().toLowerCase());
    const kept = (mustGo: RegExp): string[] =>
      headers
        .filter(
          ([name]) => !HOP_BY_HOP.test(name) && !mustGo.test(name) && !named.includes(name.toLowerCase()),
        )
        .flat();
    const raw = headers.flat();
    assert.deepEqual(requestHeaders(raw), kept(/^(host|expect|trailer)$/i));
    assert.deepEqual(filteredWatchHeaders(raw), [
      ...kept(/^(host|expect|trailer|accept-encoding)$/i),
      ...['Accept-Encoding', 'identity'],
    ]);
    const hasLength = headers.some(([name]) => name.toLowerCase() === 'content-length');
    assert.deepEqual(responseHeaders(raw, true), kept(hasLength ? /^trailer$/i : /^$/));
    assert.deepEqual(responseHeaders(raw, false), kept(/^trailer$/i));
    assert.deepEqual(filteredResponseHeaders(raw, false), kept(/^(content-length|trailer)$/i));
    assert.deepEqual(
      filteredResponseHeaders(raw, true),
      kept(/^(content-length|trailer|content-encoding)$/i),
    );
    return named.length > 0 ? 'named in Connection' : 'plain';
  },
};

const line = (random: Random): string => `${random.pick(NAMES)}: ${random.pick(VALUES)}`;

/** One header a line. Names that no HTTP parser lets through are none. */
function headersOf(input: Buffer): Header[] {
  return input
    .toString('latin1')
    .split('\n')
    .map((text): Header => {
      const colon = text.indexOf(':');
      return colon === -1 ? [text, ''] : [text.slice(0, colon), text.slice(colon + 1).trim()];
    })
    .filter(([name]) => /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(name));
}
