/** The whole proxy between an upstream that does what a test tells it and clients that keep every byte. */
import assert from 'node:assert/strict';
import { request as httpsRequest } from 'node:https';
import type { ClientRequest, IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { connect as connectTcp, type Socket } from 'node:net';
import type { TestContext } from 'node:test';
import { connect as connectTls } from 'node:tls';
import type { StartTimer } from '../../src/platform/timer.ts';
import { run, runReady, type Running } from '../serve/harness.ts';
import { ACCEPT } from '../lab/simulator/harness.ts';
import { eventually, startApiServer, type ApiRequest, type ApiResponse } from '../support/api-server.ts';
import { LOOPBACK } from '../support/certificates.ts';
import { startRelay, type Relay } from '../support/upstream.ts';
import { CONTENT_TYPE, frameLength, type TestEncoding } from './frames.ts';
import type { HttpVersion } from './table.ts';

/** One combination that every fault is tried in. */
export interface Variant {
  readonly encoding: TestEncoding;
  readonly http: HttpVersion;
}

/** A request as upstream has it, not answered yet. */
export interface Arrival {
  readonly req: ApiRequest;
  readonly res: ApiResponse;
}

/** Timers of streams: they fire when a test says so, by how long they were to last. */
export class HeldTimers {
  readonly #timers = new Set<{ readonly ms: number; readonly fire: () => void }>();

  readonly start: StartTimer = (ms, fire) => {
    const timer = { ms, fire };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  };

  get running(): number {
    return this.#timers.size;
  }

  /** Fires every timer of this length. */
  fire(ms: number): void {
    const due = [...this.#timers].filter((timer) => timer.ms === ms);
    assert.ok(due.length > 0, `no timer of ${ms} ms is running`);
    for (const timer of due) {
      this.#timers.delete(timer);
      timer.fire();
    }
  }
}

/** An upstream under the test's control. Requests other than those for Nodes are answered at once. */
export class Scene {
  readonly variant: Variant;
  readonly proxy: Running;
  readonly timers: HeldTimers;
  readonly #t: TestContext;
  readonly #server: Awaited<ReturnType<typeof startApiServer>>;
  readonly #relay: Relay | undefined;
  readonly #arrivals: Arrival[];

  private constructor(parts: {
    t: TestContext;
    variant: Variant;
    proxy: Running;
    timers: HeldTimers;
    server: Awaited<ReturnType<typeof startApiServer>>;
    relay: Relay | undefined;
    arrivals: Arrival[];
  }) {
    this.variant = parts.variant;
    this.proxy = parts.proxy;
    this.timers = parts.timers;
    this.#t = parts.t;
    this.#server = parts.server;
    this.#relay = parts.relay;
    this.#arrivals = parts.arrivals;
  }

  /** @param argv flags of the proxy */
  static async start(t: TestContext, variant: Variant, argv: readonly string[] = []): Promise<Scene> {
    const arrivals: Arrival[] = [];
    const server = await startApiServer({
      http1Only: variant.http === '1.1',
      handler: (req, res) => {
        if (req.url.startsWith('/api/v1/nodes')) arrivals.push({ req, res });
        else res.end('{}');
      },
    });
    t.after(() => server[Symbol.asyncDispose]());
    const relay = argv.includes(BLACK_HOLE[0]) ? await startRelay(server.port) : undefined;
    if (relay !== undefined) t.after(() => relay[Symbol.asyncDispose]());
    const timers = new HeldTimers();
    const proxy = await runReady(
      t,
      { url: `https://127.0.0.1:${relay?.port ?? server.port}`, caPem: LOOPBACK.ca },
      {
        argv: [...upstreamHttp(variant.http), ...argv],
        startTimer: timers.start,
      },
    );
    return new Scene({ t, variant, proxy, timers, server, relay, arrivals });
  }

  /** Begins a request for Nodes; resolves when upstream has it. */
  async ask(query: string): Promise<{ client: TestClient; upstream: Arrival }> {
    const arrived = this.#arrivals.length;
    const client = new TestClient(this.#t, this.proxy, this.variant.encoding, query);
    await eventually(() => this.#arrivals.length > arrived, 'the request has arrived upstream');
    const upstream = this.#arrivals[arrived];
    assert.ok(upstream !== undefined);
    return { client, upstream };
  }

  /** A watch that upstream has begun to answer. */
  async watch(query: string): Promise<{ client: TestClient; upstream: Arrival }> {
    const { client, upstream } = await this.ask(`watch=1&${query}`);
    upstream.res.writeHead(200, { 'content-type': CONTENT_TYPE.watch[this.variant.encoding] });
    // Over either version this sends the head, and nothing else.
    upstream.res.write('');
    assert.equal(await client.status, 200);
    return { client, upstream };
  }

  /** Closes every connection, without an end of any response. */
  loseConnections(): void {
    for (const socket of this.#server.sockets) socket.destroy();
  }

  /** Resets every connection by TCP RST. */
  resetConnections(): void {
    for (const socket of this.#server.sockets) socket.resetAndDestroy();
  }

  /** Sends these bytes on every connection below TLS. */
  writeBelowTls(bytes: Buffer): void {
    for (const socket of this.#server.sockets) socket.write(bytes);
  }

  /** TLS connections that were ever accepted. */
  get connections(): number {
    return this.#server.accepted;
  }

  goAway(): void {
    for (const session of this.#server.sessions) if (!session.closed) session.goaway(0);
  }

  /** From now on no byte passes, and nobody is told; needs the flags {@link BLACK_HOLE}. */
  dropPackets(): void {
    assert.ok(this.#relay !== undefined);
    this.#relay.freeze();
  }

  /** Waits until the proxy has swallowed so many events. */
  async swallowed(events: number): Promise<void> {
    for (let swallowed = 0; swallowed < events;)
      swallowed = (await this.proxy.scrape()).sum('watchsieve_events_total', { verdict: 'swallowed' });
  }

  /** Whose streams ended, and how. */
  async endedBy(): Promise<Record<string, number>> {
    const samples = (await this.proxy.scrape()).of('watchsieve_streams_ended_total');
    return Object.fromEntries(
      samples.filter(({ value }) => value > 0).map(({ labels, value }) => [labels['cause'] ?? '', value]),
    );
  }
}

/** Flags that notice a black hole within 200 ms. */
export const BLACK_HOLE = ['--upstream-ping-interval', '100ms', '--upstream-ping-timeout', '100ms'] as const;

/** A proxy for an upstream that a test made itself, which need not answer. */
export function startProxy(t: TestContext, { http }: Variant, url: string): Promise<Running> {
  // Answers of a silent upstream are to come soon.
  const argv = [...upstreamHttp(http), '--upstream-connect-timeout', '200ms'];
  return run(t, { url, caPem: LOOPBACK.ca }, { argv });
}

const upstreamHttp = (http: HttpVersion): string[] => ['--upstream-http', http === '2' ? 'auto' : '1.1'];

/** One request for Nodes through the proxy, on a connection of its own. */
export class TestClient {
  /** Rejects when there is no answer. */
  readonly status: Promise<number>;
  /** How the response ended: as its sender meant it, or broken off. */
  readonly ended: Promise<'clean' | 'broken'>;
  readonly #request: ClientRequest;
  readonly #tcp: Socket;
  readonly #encoding: TestEncoding;
  readonly #chunks: Buffer[] = [];
  readonly #startedAt = performance.now();
  #endedAt = Infinity;
  #response: IncomingMessage | undefined;
  #hasEnded = false;

  constructor(
    t: TestContext,
    { url, caPem }: Pick<Running, 'url' | 'caPem'>,
    encoding: TestEncoding,
    query: string,
  ) {
    this.#encoding = encoding;
    const answered = Promise.withResolvers<number>();
    const ended = Promise.withResolvers<'clean' | 'broken'>();
    this.status = answered.promise;
    this.ended = ended.promise;
    // Clients that go on purpose wait for neither.
    answered.promise.catch(() => undefined);
    const { hostname: host, port } = new URL(url);
    const tcp = connectTcp({ host, port: Number(port) });
    tcp.on('error', () => tcp.destroy());
    this.#tcp = tcp;
    this.#request = httpsRequest(`${url}/api/v1/nodes?${query}`, {
      createConnection: () => connectTls({ socket: tcp, host, ca: caPem }),
      headers: { accept: ACCEPT[encoding] },
    });
    const settle = (how: 'clean' | 'broken') => {
      this.#hasEnded = true;
      this.#endedAt = performance.now();
      ended.resolve(how);
    };
    this.#request.on('error', (error) => {
      answered.reject(error);
      settle('broken');
    });
    this.#request.once('response', (response) => {
      this.#response = response;
      response.on('error', () => undefined);
      response.on('data', (chunk: Buffer) => this.#chunks.push(chunk));
      response.once('close', () => settle(response.complete ? 'clean' : 'broken'));
      answered.resolve(response.statusCode ?? 0);
    });
    this.#request.end();
    t.after(() => this.#request.destroy());
  }

  get headers(): IncomingHttpHeaders {
    return this.#response?.headers ?? {};
  }

  get bytes(): Buffer {
    return Buffer.concat(this.#chunks);
  }

  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /** From before the request to the end of the response (milliseconds). */
  get ms(): number {
    return this.#endedAt - this.#startedAt;
  }

  /** How many frames have come. @throws Error when the last one is not whole */
  get events(): number {
    let rest = this.bytes;
    let events = 0;
    for (; rest.length > 0; events++) {
      const length = frameLength(this.#encoding, rest);
      assert.ok(length <= rest.length, 'the last frame is not whole');
      rest = rest.subarray(length);
    }
    return events;
  }

  /** Waits until so many bytes have come. */
  async has(bytes: number): Promise<void> {
    await eventually(() => this.bytes.length >= bytes, `${bytes} bytes have come`);
  }

  stopReading(): void {
    this.#response?.pause();
  }

  leave(): void {
    this.#request.destroy();
  }

  /** Leaves by TCP RST. */
  reset(): void {
    this.#tcp.resetAndDestroy();
  }
}
