/**
 * A recording as an API server: LIST and watch of what was recorded, when a clock says that it is due. Owns the sockets
 * and the timers of watches.
 */
import { once } from 'node:events';
import { ServerResponse } from 'node:http';
import { createSecureServer, type Http2ServerRequest, type Http2ServerResponse } from 'node:http2';
import type { Socket } from 'node:net';
import { isWatchQuery } from '../simulator/watch-options.ts';
import { TICK_MS, type Clock } from './clock.ts';
import type { Replayed } from './replayed.ts';

export interface ReplayOptions {
  readonly replayed: Replayed;
  /** Serving certificate and its key, PEM. */
  readonly tls: { readonly certPem: string; readonly keyPem: string };
  readonly clock: Clock;
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
}

export interface ReplayServer {
  readonly address: { readonly host: string; readonly port: number };
  /** Ends watches and connections at once. */
  close(): Promise<void>;
}

const JSON_TYPE = { 'content-type': 'application/json', 'cache-control': 'no-cache, private' };
const HEALTH: readonly string[] = ['/healthz', '/livez', '/readyz'];

/** It listens when the promise resolves. */
export async function startReplay({
  replayed,
  tls,
  clock,
  host,
  port,
}: ReplayOptions): Promise<ReplayServer> {
  const server = createSecureServer({ allowHTTP1: true, cert: tls.certPem, key: tls.keyPem });
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  server.on('sessionError', () => undefined);
  server.on('request', (request, response) => {
    request.on('error', () => undefined);
    response.on('error', () => undefined);
    answer(replayed, clock, request, response);
  });
  server.listen(port, host);
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the replay has no TCP address');
  return {
    address: { host, port: address.port },
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

function answer(
  replayed: Replayed,
  clock: Clock,
  request: Http2ServerRequest,
  response: Http2ServerResponse,
): void {
  const [path = '', search = ''] = request.url.split('?', 2);
  const query = new URLSearchParams(search);
  if (HEALTH.includes(path)) send(response, 200, 'ok');
  else if (path === '/version')
    send(response, 200, '{"major":"1","minor":"37","gitVersion":"v1.37.0-replay"}\n');
  else if (request.method !== 'GET')
    send(response, 405, status(405, 'MethodNotAllowed', 'a recording is read only'));
  else if (path === replayed.path && isWatchQuery(query)) watch(replayed, clock, query, response);
  else if (path === replayed.path) send(response, 200, replayed.list());
  else if (path === parentOf(replayed.path)) send(response, 200, discovery(replayed.path));
  else send(response, 404, status(404, 'NotFound', 'the recording holds nothing of it'));
}

function watch(
  replayed: Replayed,
  clock: Clock,
  query: URLSearchParams,
  response: Http2ServerResponse,
): void {
  const from = replayed.beginning(query);
  response.writeHead(200, JSON_TYPE);
  if (from === 'gone') {
    response.end(
      `{"type":"ERROR","object":${status(410, 'Expired', 'too old resource version').trimEnd()}}\n`,
    );
    return;
  }
  const { frames, initial } = replayed;
  // Time passes from the first change on, or from where the client was.
  const dueOf = clock.watch(frames[Math.max(from, initial)]?.atMs ?? 0);
  let at = from;
  let isFull = false;
  const play = (): void => {
    const due = dueOf();
    for (let next = frames[at]; next !== undefined && !isFull; next = frames[at]) {
      if (at >= initial && next.atMs > due) break;
      at++;
      isFull = !response.write(next.bytes);
    }
    // What has been played stays open, as a watch of a quiet cluster does.
    if (at === frames.length) clearInterval(timer);
  };
  const timer = setInterval(play, TICK_MS);
  response.on('drain', () => {
    isFull = false;
    play();
  });
  response.once('close', () => clearInterval(timer));
  // A watcher learns at once that its watch began; HTTP/2 needs no flush.
  if (response instanceof ServerResponse) response.flushHeaders();
  play();
}

function parentOf(path: string): string {
  return path.replace(/\/(?:namespaces\/[^/]+\/)?[^/]+$/, '');
}

function discovery(path: string): string {
  const name = path.slice(path.lastIndexOf('/') + 1);
  const groupVersion = parentOf(path).replace(/^\/apis?\//, '');
  const resource = {
    name,
    singularName: '',
    namespaced: path.includes('/namespaces/'),
    kind: '',
    verbs: ['list', 'watch'],
  };
  return `${JSON.stringify({ kind: 'APIResourceList', groupVersion, resources: [resource] })}\n`;
}

function status(code: number, reason: string, message: string): string {
  const body = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message, reason, code };
  return `${JSON.stringify(body)}\n`;
}

function send(response: Http2ServerResponse, code: number, body: string | Buffer): void {
  response.writeHead(code, JSON_TYPE);
  response.end(body);
}
