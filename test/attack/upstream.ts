/**
 * The API server of the attacks, a process of its own. Usage: node test/attack/upstream.ts KEY CERT [SIZE], which is the
 * ClusterSize, as JSON, of what is behind a hub. Writes its port as a line of JSON. HTTP/2 as Go serves it where that matters: a 401 ends the connection with a GOAWAY (apiserver
 * pkg/endpoints/filters/authentication.go, `Connection: close`), and requests that were aborted faster than their
 * handlers end are answered with ENHANCE_YOUR_CALM (golang.org/x/net/http2, scheduleHandler).
 */
import { readFileSync } from 'node:fs';
import {
  constants,
  createSecureServer,
  type Http2ServerRequest,
  type Http2ServerResponse,
  type Http2Session,
} from 'node:http2';
import type { Duplex } from 'node:stream';
import { type ClusterSize, EXPIRED_TOKEN } from './attack.ts';
import { Cluster } from './cluster.ts';

/** What Go allows a connection by default: handlers that run, and four times as many that wait to. */
const MAX_HANDLERS = 100;
const MAX_UNSTARTED = 4 * MAX_HANDLERS;
/** How long a handler takes to notice that its client has gone (milliseconds). */
const HANDLER_NOTICES_MS = 1000;
const EVENT_INTERVAL_MS = 50;
const LARGE_BYTES = 8 * 1024 * 1024;
const LONG_EVENT_BYTES = 1400 * 1024;
/** As long as etcd takes one. Made once: what takes time here keeps those waiting whose time is measured. */
const LONG_EVENT = Buffer.from(longEvent());
const UNFINISHED_EVENT = LONG_EVENT.subarray(0, -2);
const MANY_NODES = 5000;
/** The same, in the parts that are written. */
const INITIAL_EVENTS = Array.from({ length: MANY_NODES / 100 }, (_, part) =>
  Buffer.from(
    Array.from({ length: 100 }, (_, i) => {
      const at = part * 100 + i;
      return event('ADDED', `node-${at}`, at + 1);
    }).join(''),
  ),
);

const [keyFile = '', certFile = '', size] = process.argv.slice(2);
const cluster = size === undefined ? undefined : new Cluster(JSON.parse(size) as ClusterSize);
const server = createSecureServer({
  key: readFileSync(keyFile),
  cert: readFileSync(certFile),
  allowHTTP1: true,
  maxSessionMemory: 2 ** 20,
  maxHeaderListPairs: 4000,
  // Go has no such limits of its own; what it does have is below.
  streamResetBurst: 2 ** 20,
  streamResetRate: 2 ** 20,
  settings: { maxConcurrentStreams: MAX_HANDLERS, maxHeaderListSize: 512 * 1024 },
});
const handlers = new WeakMap<Http2Session, number>();

server.on('sessionError', ignore);
server.on('session', (session) => void session.on('error', ignore));
server.on('request', (req: Http2ServerRequest, res: Http2ServerResponse) => {
  req.on('error', ignore);
  res.on('error', ignore);
  const isHttp2 = req.httpVersion === '2.0';
  if (isHttp2) countHandler(req);
  const refusal =
    cluster?.refusal(req) ?? (req.headers.authorization === `Bearer ${EXPIRED_TOKEN}` ? 401 : undefined);
  if (refusal !== undefined) {
    res.writeHead(refusal);
    res.end('refused');
    if (isHttp2 && refusal === 401) res.stream.session?.close();
    return;
  }
  // Of a request that nobody has read Node.js resets the stream as soon as its answer is written, and on a busy connection
  // the reset comes before the end of the answer (Node 24, Http2Stream[kMaybeDestroy]). No API server does that.
  if (req.method === 'GET') req.resume();
  answer(req, res);
});
// Never answered.
server.on('upgrade', (_req: unknown, socket: Duplex) => void socket.on('error', ignore));
server.listen(0, '127.0.0.1', () => process.stdout.write(`${JSON.stringify(server.address())}\n`));

/** A handler runs until its answer is written, or some time after its client has gone. */
function countHandler(req: Http2ServerRequest): void {
  const { session } = req.stream;
  if (session === undefined) return;
  const running = (handlers.get(session) ?? 0) + 1;
  handlers.set(session, running);
  if (running > MAX_HANDLERS + MAX_UNSTARTED) {
    session.goaway(constants.NGHTTP2_ENHANCE_YOUR_CALM);
    session.destroy(undefined, constants.NGHTTP2_ENHANCE_YOUR_CALM);
  }
  req.stream.once('close', () => {
    const isAborted = req.stream.rstCode !== constants.NGHTTP2_NO_ERROR;
    const over = (): void => void handlers.set(session, (handlers.get(session) ?? 1) - 1);
    if (isAborted) setTimeout(over, HANDLER_NOTICES_MS);
    else over();
  });
}

function answer(req: Http2ServerRequest, res: Http2ServerResponse): void {
  const { pathname, searchParams } = new URL(req.url, 'https://x');
  if (cluster !== undefined && pathname.endsWith('/selfsubjectaccessreviews')) void cluster.review(req, res);
  else if (cluster !== undefined && pathname === '/api/v1/nodes')
    void cluster[searchParams.has('watch') ? 'watch' : 'list'](res, searchParams, written);
  else if (pathname === '/api/v1/nodes' && searchParams.has('watch')) watch(res, searchParams);
  else if (pathname === '/api/v1/nodes') json(res, list());
  else if (pathname === '/large') void large(res);
  else if (pathname === '/hang') req.resume();
  else json(res, '{"major":"1","minor":"37"}');
}

/** One changed Node after the other; before it, where asked for, 5,000 of them. */
function watch(res: Http2ServerResponse, query: URLSearchParams): void {
  res.writeHead(200, { 'content-type': 'application/json' });
  if (query.get('sendInitialEvents') === 'true') {
    void initialEvents(res);
    return;
  }
  const selector = query.get('labelSelector');
  if (selector === 'long' || selector === 'unfinished') {
    sendSlowly(res, selector === 'long' ? LONG_EVENT : UNFINISHED_EVENT);
    return;
  }
  let resourceVersion = Number(query.get('resourceVersion') ?? 0);
  const timer = setInterval(() => {
    resourceVersion += 1;
    if (!res.stream.destroyed) res.write(event('MODIFIED', 'changing', resourceVersion));
  }, EVENT_INTERVAL_MS);
  res.stream.once('close', () => clearInterval(timer));
  // So that its head is not late.
  res.write(event('ADDED', 'changing', resourceVersion));
}

/** At a pace at which others are answered too. */
function sendSlowly(res: Http2ServerResponse, bytes: Buffer): void {
  const partBytes = Math.ceil(bytes.length / 10);
  let sent = 0;
  const timer = setInterval(() => {
    if (!res.stream.destroyed) res.write(bytes.subarray(sent, sent + partBytes));
    sent += partBytes;
    if (sent >= bytes.length) clearInterval(timer);
  }, 1000);
  res.stream.once('close', () => clearInterval(timer));
}

async function initialEvents(res: Http2ServerResponse): Promise<void> {
  for (const events of INITIAL_EVENTS) if (!(await written(res, events))) return;
  const end = { 'k8s.io/initial-events-end': 'true' };
  const bookmark = { metadata: { resourceVersion: String(MANY_NODES), annotations: end } };
  res.write(line({ type: 'BOOKMARK', object: { kind: 'Node', apiVersion: 'v1', ...bookmark } }));
}

async function large(res: Http2ServerResponse): Promise<void> {
  res.writeHead(200, { 'content-type': 'application/octet-stream' });
  const chunk = Buffer.alloc(64 * 1024, 'x');
  for (let sent = 0; sent < LARGE_BYTES; sent += chunk.length) if (!(await written(res, chunk))) return;
  res.end();
}

/** @returns false where the client has gone */
async function written(res: Http2ServerResponse, bytes: Buffer | string): Promise<boolean> {
  const { stream } = res;
  if (stream.destroyed) return false;
  if (stream.write(bytes)) return true;
  return new Promise((resolve) => {
    const settle = (): void => {
      stream.off('drain', settle).off('close', settle);
      resolve(!stream.destroyed);
    };
    stream.on('drain', settle).on('close', settle);
  });
}

function list(): string {
  const items = Array.from({ length: MANY_NODES }, (_, i) => node(`node-${i}`, i + 1));
  return JSON.stringify({
    kind: 'NodeList',
    apiVersion: 'v1',
    metadata: { resourceVersion: String(MANY_NODES) },
    items,
  });
}

function event(type: string, name: string, resourceVersion: number): string {
  return line({ type, object: { kind: 'Node', apiVersion: 'v1', ...node(name, resourceVersion) } });
}

function longEvent(): string {
  const annotations = { long: 'x'.repeat(LONG_EVENT_BYTES) };
  const metadata = { name: 'long', uid: 'uid-of-long', resourceVersion: '2', annotations };
  return line({ type: 'MODIFIED', object: { kind: 'Node', apiVersion: 'v1', metadata } });
}

function node(name: string, resourceVersion: number): object {
  return {
    metadata: {
      name,
      uid: `uid-of-${name}`,
      resourceVersion: String(resourceVersion),
      labels: { 'kubernetes.io/hostname': name, sequence: String(resourceVersion) },
    },
    spec: {},
    status: { addresses: [{ type: 'InternalIP', address: '10.0.0.1' }] },
  };
}

function json(res: Http2ServerResponse, body: string): void {
  res.writeHead(200, { 'content-type': 'application/json' });
  res.end(body);
}

function line(value: object): string {
  return `${JSON.stringify(value)}\n`;
}

function ignore(): void {
  // Attackers break connections.
}
