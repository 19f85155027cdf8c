/**
 * Stands in front of the real API server, speaks HTTP/2 or HTTP/1.1 as it does, relays every answer byte for byte, and
 * breaks what it is told to break: running streams, the next answer to a watch or a LIST, the port itself.
 */

import { constants } from 'node:http2';

import { Client } from 'undici';

import { Switch } from '../faults/switch.ts';
import type { HttpVersion } from '../faults/table.ts';
import { startApiServer } from '../support/api-server.ts';
import type { ApiRequest, ApiResponse, ApiServer } from '../support/api-server.ts';
import { LOOPBACK } from '../support/certificates.ts';
import type { Endpoint } from './api-client.ts';

/** The highest there can be: every stream that is there goes on (RFC 9113 section 6.8). */
const LAST_STREAM = 2 ** 31 - 1;

/** An answer in the place of the API server's. */
export interface InsteadOf {
  readonly code: number;
  readonly retryAfter?: string;
  /** Given: a Status with this reason. Left out: a line of text. */
  readonly reason?: string;
}

/** What happens to a request, once for each client that sends it: to a watch, or to a LIST. */
type Meeting = (req: ApiRequest, res: ApiResponse) => 'done' | 'cut in the middle';

interface Stream {
  readonly res: ApiResponse;
  /** What the next chunk is cut by. */
  cut: 'end' | 'lost' | undefined;
}

export class FaultInjector {
  readonly #api: ApiServer;
  readonly #port: Switch;
  readonly #client: Client;
  readonly #streams = new Set<Stream>();
  readonly #meetings = new Map<string, Meeting>();
  #held: (() => void)[] | undefined;

  private constructor(api: ApiServer, port: Switch, client: Client) {
    this.#api = api;
    this.#port = port;
    this.#client = client;
  }

  static async start(target: Pick<Endpoint, 'server' | 'ca'>, http: HttpVersion): Promise<FaultInjector> {
    const client = new Client(target.server, {
      allowH2: true,
      connect: { ca: target.ca },
      bodyTimeout: 0,
      headersTimeout: 0,
    });
    const api = await startApiServer({
      http1Only: http === '1.1',
      handler: (req, res) => void injector.#serve(req, res),
    });
    const port = await Switch.start(api.port);
    const injector = new FaultInjector(api, port, client);
    return injector;
  }

  get at(): { readonly server: string; readonly ca: string } {
    return { server: `https://127.0.0.1:${this.#port.port}`, ca: LOOPBACK.ca };
  }

  get streams(): number {
    return this.#streams.size;
  }

  /** Ends every stream behind the bytes sent so far, which are whole frames when nothing happens. */
  endStreams(): void {
    for (const { res } of this.#streams) res.end();
  }

  /** Each stream's next chunk is sent by half, and then the response ends, or the connection is lost. */
  cutNextChunk(by: 'end' | 'lost'): void {
    for (const stream of this.#streams) stream.cut = by;
  }

  /** HTTP/2 only. */
  resetStreams(): void {
    for (const { res } of this.#streams) res.stream.close(constants.NGHTTP2_INTERNAL_ERROR);
  }

  loseConnections(): void {
    for (const socket of this.#api.sockets) socket.destroy();
  }

  /** By TCP RST. */
  resetConnections(): void {
    for (const socket of this.#api.sockets) socket.resetAndDestroy();
  }

  /** HTTP/2 only: GOAWAY NO_ERROR. */
  goAway(): void {
    for (const session of this.#api.sessions)
      if (!session.destroyed) session.goaway(constants.NGHTTP2_NO_ERROR, LAST_STREAM);
  }

  /** From now on nothing that the API server sends on streams is passed on, until {@link release}. */
  hold(): void {
    this.#held = [];
  }

  release(): void {
    const held = this.#held ?? [];
    this.#held = undefined;
    for (const write of held) write();
  }

  /** Nobody listens any more, until {@link reopen}. */
  refuse(): Promise<void> {
    return this.#port.close();
  }

  async reopen(): Promise<void> {
    await this.#port.reopen(this.#api.port);
  }

  /** The next watch of each client is answered so; clients are told apart by their encodings. */
  answerWatches(instead: InsteadOf): void {
    this.#meet('watch', (_req, res) => {
      answer(res, instead);
      return 'done';
    });
  }

  /** The connection of the next watch of each client is closed without an answer. */
  hangUpOnWatches(): void {
    this.#meet('watch', (req) => {
      this.#lose(req);
      return 'done';
    });
  }

  /** The next LIST of each client ends in its middle, by the loss of its connection. */
  cutLists(): void {
    this.#meet('list', () => 'cut in the middle');
  }

  async stop(): Promise<void> {
    await this.#port.close();
    await this.#client.destroy();
    await this.#api[Symbol.asyncDispose]();
  }

  #meet(verb: 'watch' | 'list', meeting: Meeting): void {
    for (const encoding of ['json', 'protobuf']) this.#meetings.set(`${verb} ${encoding}`, meeting);
  }

  async #serve(req: ApiRequest, res: ApiResponse): Promise<void> {
    const isNodes = req.url.startsWith('/api/v1/nodes?');
    const isWatch = isNodes && req.url.includes('watch=true');
    const verb = isWatch ? 'watch' : isNodes ? 'list' : 'other';
    const key = `${verb} ${req.headers.accept?.includes('protobuf') === true ? 'protobuf' : 'json'}`;
    const met = this.#meetings.get(key)?.(req, res);
    this.#meetings.delete(key);
    if (met === 'done') return;
    const gone = new AbortController();
    res.once('close', () => gone.abort());
    try {
      const { statusCode, headers, body } = await this.#client.request({
        method: 'GET',
        path: req.url,
        headers: relayed(req.headers),
        signal: gone.signal,
      });
      res.writeHead(statusCode, relayed(headers));
      if (isWatch) await this.#stream(body, res);
      else await relay(body, res, met === 'cut in the middle');
      if (!res.writableEnded) res.end();
    } catch {
      // The API server has gone, or we cut: no end of the response, so nobody takes it for whole. Where the response is
      // over already, others may be running on its connection.
      if (!gone.signal.aborted) this.#lose(req);
    }
  }

  /** Closes the connection below TLS and HTTP/2, which would say good-bye. */
  #lose(req: ApiRequest): void {
    const { remotePort } = req.socket;
    for (const socket of this.#api.sockets) if (socket.remotePort === remotePort) socket.destroy();
  }

  async #stream(body: AsyncIterable<Buffer>, res: ApiResponse): Promise<void> {
    const stream: Stream = { res, cut: undefined };
    this.#streams.add(stream);
    res.once('close', () => this.#streams.delete(stream));
    // The head at once, as the API server itself sends it.
    res.write('');
    for await (const chunk of body) {
      // Ended by us: one more write would be an error, for which Node resets the stream.
      if (res.writableEnded) return;
      if (stream.cut !== undefined) {
        await written(res, chunk.subarray(0, chunk.length >> 1));
        if (stream.cut === 'end') return;
        throw new Error('lost');
      }
      if (this.#held === undefined) res.write(chunk);
      else this.#held.push(() => void res.write(chunk));
    }
  }
}

function answer(res: ApiResponse, { code, retryAfter, reason }: InsteadOf): void {
  res.writeHead(code, {
    'content-type': reason === undefined ? 'text/plain; charset=utf-8' : 'application/json',
    ...(retryAfter === undefined ? {} : { 'retry-after': retryAfter }),
  });
  const status = { kind: 'Status', apiVersion: 'v1', status: 'Failure', message: 'injected', reason, code };
  res.end(reason === undefined ? 'injected\n' : JSON.stringify(status));
}

async function relay(body: AsyncIterable<Buffer>, res: ApiResponse, cut: boolean): Promise<void> {
  for await (const chunk of body) {
    if (cut) {
      await written(res, chunk.subarray(0, chunk.length >> 1));
      throw new Error('cut');
    }
    res.write(chunk);
  }
}

/** Resolves when the bytes have left, or never will. */
function written(res: ApiResponse, bytes: Buffer): Promise<void> {
  return new Promise((resolve) => {
    res.once('close', resolve);
    res.write(bytes, () => setImmediate(resolve));
  });
}

const HOP_BY_HOP: ReadonlySet<string> = new Set(['connection', 'transfer-encoding', 'keep-alive', 'host']);

function relayed<T>(headers: Readonly<Record<string, T>>): Record<string, T> {
  return Object.fromEntries(
    Object.entries(headers).filter(([name]) => !name.startsWith(':') && !HOP_BY_HOP.has(name)),
  );
}
