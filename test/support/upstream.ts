/** Makes an Upstream for a test server and reads its exchanges. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import type { Exchange, ResponseHead, UpstreamRequest } from '../../src/platform/upstream/exchange.ts';
import type { UpstreamTarget } from '../../src/platform/upstream/target.ts';
import { Upstream, type UpstreamOptions } from '../../src/platform/upstream/upstream.ts';
import type { UpstreamError } from '../../src/platform/upstream/upstream-error.ts';
import { LOOPBACK } from './certificates.ts';

/** A target on 127.0.0.1, verified against `ca`. */
export function loopbackTarget(port: number, ca: string = LOOPBACK.ca): UpstreamTarget {
  return {
    origin: `https://127.0.0.1:${port}`,
    hostname: '127.0.0.1',
    port,
    basePath: '',
    servername: undefined,
    readCa: () => Promise.resolve(ca),
    description: 'the test server',
  };
}

/** An Upstream and what its observer heard. */
export interface WatchedUpstream extends AsyncDisposable {
  readonly upstream: Upstream;
  readonly codes: number[];
  readonly failures: UpstreamError[];
  readonly counts: number[];
}

/** Makes an Upstream with short timeouts. */
export function watchedUpstream(
  target: UpstreamTarget,
  options: Partial<Omit<UpstreamOptions, 'target'>> = {},
): WatchedUpstream {
  const codes: number[] = [];
  const failures: UpstreamError[] = [];
  const counts: number[] = [];
  const upstream = new Upstream({
    target,
    http: 'auto',
    pingIntervalMs: 0,
    pingTimeoutMs: 1000,
    connectTimeoutMs: 2000,
    ...options,
  });
  upstream.observe({
    answered: (code) => codes.push(code),
    failed: (error) => failures.push(error),
    connections: (count) => counts.push(count),
  });
  return { upstream, codes, failures, counts, [Symbol.asyncDispose]: () => upstream.close() };
}

/** One exchange: each field settles when the response gets there. */
export interface ReadExchange {
  readonly exchange: Exchange;
  readonly head: Promise<ResponseHead>;
  readonly firstChunk: Promise<Buffer>;
  /** The body; rejects with the UpstreamError. */
  readonly body: Promise<Buffer>;
  readonly trailers: readonly string[];
  /** Calls of onEnd and onError. */
  readonly endings: number;
}

/** Sends a request and reads its response. */
export function send(upstream: Upstream, request: Partial<UpstreamRequest>): ReadExchange {
  const head = Promise.withResolvers<ResponseHead>();
  const firstChunk = Promise.withResolvers<Buffer>();
  const body = Promise.withResolvers<Buffer>();
  // A test that waits for the body alone must not fail for the others.
  for (const { promise } of [head, firstChunk, body]) promise.catch(() => undefined);
  const chunks: Buffer[] = [];
  const read = { trailers: [] as readonly string[], endings: 0 };
  const exchange = upstream.send(
    { method: 'GET', target: '/', headers: [], body: null, ...request },
    {
      onResponse: head.resolve,
      onData(chunk) {
        chunks.push(Buffer.from(chunk));
        firstChunk.resolve(Buffer.from(chunk));
        return true;
      },
      onEnd(trailers) {
        read.trailers = trailers;
        read.endings += 1;
        body.resolve(Buffer.concat(chunks));
      },
      onError(error) {
        read.endings += 1;
        for (const { reject } of [head, firstChunk, body]) reject(error);
      },
    },
  );
  return {
    exchange,
    head: head.promise,
    firstChunk: firstChunk.promise,
    body: body.promise,
    get trailers() {
      return read.trailers;
    },
    get endings() {
      return read.endings;
    },
  };
}

/** A TCP relay in front of a server that can stop passing bytes, as a dropped route does. */
export interface Relay extends AsyncDisposable {
  readonly port: number;
  /** Passes nothing more in either direction; connections stay open. */
  freeze(): void;
  /** What becomes of further connections: by default they are relayed as well. */
  newcomers: 'relayed' | 'refused' | 'ignored';
}

/** Accepts TCP connections and never says a word. */
export async function startSilentServer(): Promise<AsyncDisposable & { readonly port: number }> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket.on('error', () => socket.destroy()));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { port: portOf(server), [Symbol.asyncDispose]: () => closeServer(server, sockets) };
}

/** Starts a relay to a port of 127.0.0.1. */
export async function startRelay(to: number): Promise<Relay> {
  const sockets = new Set<Socket>();
  const track = (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.once('close', () => sockets.delete(socket));
  };
  const server = createServer((client) => {
    track(client);
    if (relay.newcomers === 'refused') client.destroy();
    if (relay.newcomers !== 'relayed') return;
    const onward = connect(to, '127.0.0.1');
    track(onward);
    client.pipe(onward).pipe(client);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const relay: Relay = {
    port: portOf(server),
    newcomers: 'relayed',
    freeze() {
      for (const socket of sockets) {
        socket.unpipe();
        socket.pause();
      }
    },
    [Symbol.asyncDispose]: () => closeServer(server, sockets),
  };
  return relay;
}

function portOf(server: Server): number {
  const address = server.address();
  assert.ok(typeof address === 'object' && address !== null);
  return address.port;
}

async function closeServer(server: Server, sockets: ReadonlySet<Socket>): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  for (const socket of sockets) socket.destroy();
  await closed;
}
