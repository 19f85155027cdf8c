/**
 * Request targets against a slow reading of the rules by which an API server tells a watch (R1, P1.1 to P1.4): Go's
 * url.Parse, url.ParseQuery and RequestInfo, over strings of bytes.
 */
import assert from 'node:assert/strict';
import { NODES } from '../../../src/core/resource/node.ts';
import { classify, type Classified } from '../../../src/serve/proxy/classify.ts';
import { mutate } from '../mutate.ts';
import type { Random } from '../random.ts';
import type { Target } from '../target.ts';

const PATHS = [
  ...['/api/v1/nodes', '/api/v1/nodes/', '/api/v1/nodes/n1', '/api/v1/watch/nodes', '/api/v1/watch/nodes/n1'],
  ...[
    '/api/v1/pods',
    '/api/v1/namespaces/a/pods',
    '/apis/apps/v1/deployments',
    '/api/v1/namespaces/a/status',
  ],
  ...['/api/v1/nodes/n1/status', '/api/v1/watch/namespaces/a/pods', '//api/v1/nodes', '/api/v1/%6eodes', '/'],
  ...[
    '/api/v1/nodes%2F',
    '/api/v1/watch',
    '/apis/apps/v1/watch/deployments',
    '/version',
    '/api/v1/pods/../nodes',
  ],
];
const PARAMETERS = [
  ...[
    'watch',
    'watch=',
    'watch=1',
    'watch=true',
    'watch=0',
    'watch=false',
    'watch=FaLsE',
    'watch=no',
    'Watch=1',
  ],
  ...[
    'allowWatchBookmarks=true',
    'sendInitialEvents=false',
    'resourceVersion=5',
    'timeoutSeconds=300',
    'continue=x',
  ],
  ...[
    'fieldSelector=metadata.name%3Dn1',
    'labelSelector=a%20in%20(b,c)',
    'labelSelector=a+b',
    'watch=true;x',
    '%zz=1',
  ],
  ...[
    '%77atch=1',
    '',
    'timeoutSeconds=+5',
    'timeoutSeconds=1e3',
    'resourceVersionMatch=NotOlderThan',
    'watch=%30',
  ],
];
const WORDS = [
  ...[
    '&',
    '=',
    '?',
    '/',
    '%',
    '%2',
    '%2F',
    '%00',
    '+',
    ';',
    '#',
    '//',
    '..',
    '\\',
    '%ff',
    '%E2%82%AC',
    'watch',
    'nodes',
  ],
  ...['api', 'v1', '=true', '&&', '%77', '%', '%%', 'http://h'],
].map((word) => Buffer.from(word));

export const requestTarget: Target = {
  name: 'request-targets',
  promises: ['filtered-watch', 'filtered-list', 'watch', 'other'],
  make: (random) => Buffer.from(randomTarget(random)),
  vary: (input, random, others) => mutate(input, random, WORDS, others),
  check(input) {
    const target = input.toString('latin1');
    for (const method of ['GET', 'HEAD', 'POST']) {
      const found = classify(method, target);
      assert.deepEqual(found, method === 'GET' ? expected(target) : { kind: 'other' });
    }
    return classify('GET', target).kind;
  },
};

/** A request target as clients send them, more or less. */
export function randomTarget(random: Random): string {
  const query = Array.from({ length: random.below(5) }, () => random.pick(PARAMETERS)).join('&');
  return `${random.pick(PATHS)}${query === '' && random.oneIn(2) ? '' : `?${query}`}`;
}

function expected(target: string): Classified {
  const question = target.indexOf('?');
  const path = unescaped(question === -1 ? target : target.slice(0, question), false);
  if (path === undefined) return { kind: 'other' };
  const query = queryOf(question === -1 ? '' : target.slice(question + 1));
  const segments = trimmed(path).split('/');
  const isGroupless = segments[0] === 'api';
  if (!isGroupless && segments[0] !== 'apis') return { kind: 'other' };
  const behind = segments.slice(isGroupless ? 2 : 3);
  if (behind.length === 0) return { kind: 'other' };
  const isByPath = behind[0] === 'watch';
  if (isByPath) behind.shift();
  if (behind.length === 0) return { kind: 'other' };
  const isNodes = isRouteOfNodes(path, segments, behind);
  // RequestInfo: what stands behind /namespaces/NAME/ is the resource, but for two subresources of namespaces.
  const [first, , third] = behind;
  if (first === 'namespaces' && third !== undefined && third !== 'status' && third !== 'finalize')
    behind.splice(0, 2);
  const name = behind[1] ?? '';
  const isWatch = isByPath || (name === '' && isTrue(query.get('watch')));
  if (isWatch && isNodes)
    return {
      kind: 'filtered-watch',
      resource: NODES,
      namespace: '',
      name: utf8(name),
      preset: '',
      query: options(query),
    };
  if (isWatch) return { kind: 'watch' };
  const isList = isNodes && name === '' && !query.has('continue');
  return isList
    ? { kind: 'filtered-list', resource: NODES, namespace: '', preset: '', query: options(query) }
    : { kind: 'other' };
}

/** go-restful matches /api/v1/nodes, /api/v1/nodes/NAME and the same under /watch/, with at most slashes behind. */
function isRouteOfNodes(path: string, segments: readonly string[], behind: readonly string[]): boolean {
  if (path.startsWith('//') || segments[0] !== 'api' || segments[1] !== 'v1') return false;
  return behind[0] === 'nodes' && behind.length <= 2;
}

/** net/url, ParseQuery: pairs with a semicolon or a wrong escape are left out; of several, the first is read. */
function queryOf(raw: string): Map<string, string> {
  const query = new Map<string, string>();
  for (const pair of raw.split('&')) {
    if (pair === '' || pair.includes(';')) continue;
    const [rawKey = '', ...rest] = pair.split('=');
    const key = unescaped(rawKey, true);
    const value = unescaped(rest.join('='), true);
    if (key !== undefined && value !== undefined && !query.has(key)) query.set(key, value);
  }
  return query;
}

/** net/url, unescape: byte by byte; undefined where it returns an error. */
function unescaped(raw: string, isQuery: boolean): string | undefined {
  let bytes = '';
  for (let at = 0; at < raw.length; at++) {
    const character = raw.charAt(at);
    if (character === '%') {
      const code = '0123456789abcdef'.indexOf(raw.charAt(at + 1).toLowerCase());
      const low = '0123456789abcdef'.indexOf(raw.charAt(at + 2).toLowerCase());
      if (at + 2 >= raw.length || code === -1 || low === -1) return undefined;
      bytes += String.fromCharCode(code * 16 + low);
      at += 2;
    } else bytes += isQuery && character === '+' ? ' ' : character;
  }
  return bytes;
}

function trimmed(path: string): string {
  let text = path;
  while (text.startsWith('/')) text = text.slice(1);
  while (text.endsWith('/')) text = text.slice(0, -1);
  return text;
}

const isTrue = (value: string | undefined): boolean =>
  value !== undefined && value !== '0' && value.toLowerCase() !== 'false';

const utf8 = (bytes: string): string => Buffer.from(bytes, 'latin1').toString('utf8');

function options(query: ReadonlyMap<string, string>) {
  const text = (key: string): string => utf8(query.get(key) ?? '');
  const seconds = text('timeoutSeconds');
  const isNumber =
    seconds !== '' && Array.from(seconds.replace('+', '')).every((digit) => digit >= '0' && digit <= '9');
  const number = isNumber && seconds !== '+' && seconds.lastIndexOf('+') <= 0 ? Number(seconds) : 0;
  return {
    allowWatchBookmarks: isTrue(query.get('allowWatchBookmarks')),
    sendInitialEvents: query.has('sendInitialEvents') ? isTrue(query.get('sendInitialEvents')) : undefined,
    resourceVersion: text('resourceVersion'),
    resourceVersionMatch: text('resourceVersionMatch'),
    timeoutSeconds: number > 0 ? number : undefined,
    labelSelector: text('labelSelector'),
    fieldSelector: text('fieldSelector'),
  };
}
