/**
 * A bare TLS server in the place of the API server: HTTP/2 and HTTP/1.1 with one request handler, and
 * hands on what tests need to break: sessions, sockets, a switch that freezes all traffic.
 */
import assert from 'node:assert/strict';
import { createServer as createHttpsServer } from 'node:https';
import { createSecureServer, type ServerHttp2Session, type Settings } from 'node:http2';
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2';
import { LOOPBACK, type TestCertificates } from './certificates.ts';

/** Over HTTP/1.1 they are node:http's, which differ in nothing the handlers use but `stream`. */
export type ApiRequest = Http2ServerRequest;
export type ApiResponse = Http2ServerResponse;

/** How the server is made. */
export interface ApiServerOptions {
  readonly handler: (req: ApiRequest, res: ApiResponse) => void;
  readonly upgrade?: (req: IncomingMessage, socket: Duplex, head: Buffer) => void;
  /** Implied by `upgrade`, which Node's HTTP/2 server knows nothing of. */
  readonly http1Only?: boolean;
  readonly settings?: Settings;
  readonly certificates?: TestCertificates;
}

/** A listening server. */
export interface ApiServer extends AsyncDisposable {
  readonly port: number;
  /** HTTP/2 sessions in the order they came, ended ones included. */
  readonly sessions: readonly ServerHttp2Session[];
  /** TLS connections ever accepted. */
  readonly accepted: number;
  /** Open raw sockets. */
  readonly sockets: ReadonlySet<Socket>;
}

/** Starts one on a free port of 127.0.0.1. */
export async function startApiServer(options: ApiServerOptions): Promise<ApiServer> {
  const { tls } = options.certificates ?? LOOPBACK;
  const server =
    options.http1Only === true || options.upgrade !== undefined
      ? createHttpsServer({ ...tls, maxHeaderSize: 512 * 1024 })
      : createSecureServer({
          ...tls,
          allowHTTP1: true,
          maxHeaderListPairs: 4000,
          // Go has no such limits: Node counts an aborted stream's queue for ever, and its resets (by default 33 a
          // second; the rate counts only where both are set).
          maxSessionMemory: 2 ** 20,
          streamResetBurst: 2 ** 20,
          streamResetRate: 2 ** 20,
          maxSendHeaderBlockLength: 512 * 1024,
          settings: { maxHeaderListSize: 512 * 1024, ...options.settings },
        });
  const sessions: ServerHttp2Session[] = [];
  const sockets = new Set<Socket>();
  let accepted = 0;
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  server.on('secureConnection', () => (accepted += 1));
  server.on('session', (session: ServerHttp2Session) => {
    sessions.push(session);
    session.on('error', ignore);
  });
  server.on('sessionError', ignore);
  server.on('request', (req: ApiRequest, res: ApiResponse) => {
    req.on('error', ignore);
    res.on('error', ignore);
    options.handler(req, res);
  });
  if (options.upgrade !== undefined) server.on('upgrade', options.upgrade);
  const { promise, resolve } = Promise.withResolvers<undefined>();
  server.listen(0, '127.0.0.1', () => {
    resolve(undefined);
  });
  await promise;
  const address = server.address();
  assert.ok(typeof address === 'object' && address !== null);
  return {
    port: address.port,
    sessions,
    sockets,
    get accepted() {
      return accepted;
    },
    async [Symbol.asyncDispose]() {
      const closed = Promise.withResolvers<undefined>();
      server.close(() => {
        closed.resolve(undefined);
      });
      for (const session of sessions) session.destroy();
      for (const socket of sockets) socket.destroy();
      await closed.promise;
    },
  };
}

/** A handler: `/watch...` gets one chunk and stays open, everything else its protocol and target. */
export function watchOrEcho(open: ApiResponse[] = []): ApiServerOptions['handler'] {
  return (req, res) => {
    if (!req.url.startsWith('/watch')) {
      res.end(`echo ${req.httpVersion} ${req.url}`);
      return;
    }
    open.push(res);
    res.writeHead(200);
    res.write('first\n');
  };
}

/** Waits until something that has no event is true; for the few places without one. */
export async function eventually(holds: () => boolean, what: string): Promise<void> {
  for (let waited = 0; waited < 5000; waited += 5) {
    if (holds()) return;
    await delay(5);
  }
  throw new Error(`still not true: ${what}`);
}

function ignore(): void {
  // Tests break connections on purpose.
}
