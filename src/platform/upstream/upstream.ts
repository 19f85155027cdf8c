/**
 * The API server as the rest of the program sees it: send a request, open an upgrade, probe. Chooses HTTP/2 or HTTP/1.1
 * (R43) and informs the observers.
 */
import type { TLSSocket } from 'node:tls';
import { ByteBudget } from '../../core/limits/byte-budget.ts';
import { staysBelow } from './below-base.ts';
import type { Credentials } from './credentials.ts';
import { Dialer } from './dial.ts';
import {
  Delivery,
  type Exchange,
  type Lane,
  type ResponseHandler,
  type UpstreamObserver,
  type UpstreamRequest,
} from './exchange.ts';
import type { H1Connections } from './h1-connections.ts';
import { H2Connection } from './h2-connection.ts';
import { H2Connections } from './h2-connections.ts';
import { probe, type ProbeTarget } from './probe.ts';
import type { UpstreamTarget } from './target.ts';
import { Observers } from './observers.ts';
import { openUpgrade, type UpgradeAnswer, type UpgradeRequest } from './upgrade.ts';
import { toUpstreamError, UpstreamError } from './upstream-error.ts';

export interface UpstreamOptions {
  readonly target: UpstreamTarget;
  /** `auto` prefers HTTP/2 if the peer offers it; `1.1` never asks for HTTP/2. */
  readonly http: 'auto' | '1.1';
  /** Time between PINGs on HTTP/2, and the silence before the kernel's probes; milliseconds. */
  readonly pingIntervalMs: number;
  /** The longest wait for the answer to a PING; milliseconds. */
  readonly pingTimeoutMs: number;
  /** The longest wait for a connection, TLS and SETTINGS; milliseconds. */
  readonly connectTimeoutMs: number;
  /** The most requests at one time for which there are always connections enough. */
  readonly maxRequests?: number | undefined;
  /** The budget for bytes of requests that are kept until they are answered; without it nothing is kept. */
  readonly bodies?: ByteBudget | undefined;
  /** The program's own credentials; undefined if callers use theirs (I7). */
  readonly credentials?: Credentials | undefined;
}

/** More than one, because the first two connections may get long answers in one burst before that is known. */
const SPREAD_OVER = 3;
/** The streams that API servers allow on a connection. */
const STREAMS = 100;
/** The most connections of a kind, unless more requests may come than they carry. */
const MAX_CONNECTIONS = 16;

export class Upstream {
  readonly target: UpstreamTarget;
  readonly #options: UpstreamOptions;
  readonly #observers = new Observers();
  readonly #dialer: Dialer;
  /** Loaded only if the peer or a setting requires it: undici costs 7 MiB that are rarely needed. */
  #h1: H1Connections | undefined;
  readonly #h2: Readonly<Record<Lane, H2Connections>>;
  readonly #bodies: ByteBudget;
  /** The connection on which the peer turned out to have no HTTP/2; the first HTTP/1.1 request uses it. */
  #spare: TLSSocket | undefined;
  /** The number of certificates of this program so far. */
  #certificates = 0;

  constructor(options: UpstreamOptions) {
    const { target, connectTimeoutMs, pingIntervalMs, credentials } = options;
    this.target = target;
    this.#options = options;
    this.#bodies = options.bodies ?? new ByteBudget(0);
    this.#dialer = new Dialer({
      target,
      connectTimeoutMs,
      keepAliveMs: pingIntervalMs,
      credentials,
      onCount: (open) => this.#observers.connections(open),
    });
    credentials?.onCertificateChange?.(() => this.redial());
    const connections = (spreadOver: number): H2Connections => {
      const all: H2Connections = new H2Connections({
        open: () => this.#openHttp2(all),
        onHttp1: (delivery) => this.#http1().send(delivery),
        maxWaitMs: connectTimeoutMs,
        spreadOver,
        maxConnections: Math.max(MAX_CONNECTIONS, Math.ceil((options.maxRequests ?? 0) / STREAMS)),
      });
      return all;
    };
    this.#h2 = {
      shared: connections(SPREAD_OVER),
      apart: connections(SPREAD_OVER),
      crowd: connections(1),
    };
  }

  /** Open connections to the API server, including upgraded ones. */
  get connections(): number {
    return this.#dialer.count;
  }

  /** True if connections may carry the program's own credentials. Requests of other callers must not use them. */
  get hasOwnCredentials(): boolean {
    return this.#options.credentials !== undefined;
  }

  observe(observer: Partial<UpstreamObserver>): void {
    this.#observers.add(observer);
  }

  /** Sends a request. The handler is called only after this function has returned. */
  send(request: UpstreamRequest, handler: ResponseHandler): Exchange {
    const delivery = new Delivery(request, {
      handler,
      observer: this.#observers,
      bodies: this.#bodies,
    });
    if (!staysBelow(this.target.basePath, request.target)) {
      setImmediate(() => delivery.fail('headers', outside()));
      return { abort: () => delivery.settle(), resume: () => undefined };
    }
    // Once a peer has chosen HTTP/1.1, it is not asked again, because all replicas of an API server speak the same
    // protocols.
    return (this.#h1 ?? this.#h2[request.lane ?? 'shared']).send(delivery);
  }

  /** Requests a switch of protocols over a separate connection. @throws UpstreamError if there is no answer */
  async upgrade(request: UpgradeRequest, signal: AbortSignal): Promise<UpgradeAnswer> {
    try {
      if (!staysBelow(this.target.basePath, request.target)) throw outside();
      const answer = await openUpgrade({ dialer: this.#dialer, target: this.target }, request, signal);
      this.#observers.answered(answer.head.statusCode);
      return answer;
    } catch (thrown) {
      const error = toUpstreamError('headers', thrown);
      if (!signal.aborted) this.#observers.failed(error);
      throw error;
    }
  }

  /**
   * Asks without credentials. Any status is an answer (R29): a 401 proves as well as a 200 that the API server is
   * there. `/readyz` has a 5xx as long as it is not ready.
   * @returns the status code
   * @throws UpstreamError if there is no answer
   */
  async probe(target: ProbeTarget = '/version'): Promise<number> {
    try {
      const code = await probe({ dialer: this.#dialer, target: this.target }, target);
      this.#observers.answered(code);
      return code;
    } catch (thrown) {
      const error = toUpstreamError('headers', thrown);
      this.#observers.failed(error);
      throw error;
    }
  }

  /** The program's own certificate has changed: new requests use new connections, running ones continue. */
  redial(): void {
    this.#certificates++;
    for (const lane of Object.values(this.#h2)) lane.retire();
    this.#spare?.destroy();
    this.#spare = undefined;
    const former = this.#h1;
    if (former === undefined) return;
    this.#h1 = former.anew();
    former.retire();
  }

  async close(): Promise<void> {
    for (const lane of Object.values(this.#h2)) lane.close();
    this.#dialer.close();
    await this.#h1?.close();
  }

  /** It exists as soon as anything is known to need HTTP/1.1. */
  #http1(): H1Connections {
    if (this.#h1 === undefined) throw new Error('HTTP/1.1 was not loaded');
    return this.#h1;
  }

  async #useHttp1(): Promise<undefined> {
    const { H1Connections } = await import('./h1-connections.ts');
    const { origin, basePath } = this.target;
    this.#h1 ??= new H1Connections({ origin, basePath, dial: () => this.#dialHttp1() });
  }

  async #dialHttp1(): Promise<TLSSocket> {
    const spare = this.#spare;
    this.#spare = undefined;
    return spare?.destroyed === false ? spare : this.#dial(['http/1.1']);
  }

  /**
   * Connects once more if the certificate changed meanwhile, but not for ever, because each attempt may get another
   * certificate.
   */
  async #dial(protocols: readonly string[]): Promise<TLSSocket> {
    const before = this.#certificates;
    const socket = await this.#dialer.dial(protocols);
    if (before === this.#certificates) return socket;
    socket.destroy();
    return this.#dialer.dial(protocols);
  }

  async #openHttp2(connections: H2Connections): Promise<H2Connection | undefined> {
    const { target, http, pingIntervalMs, pingTimeoutMs, connectTimeoutMs } = this.#options;
    if (http === '1.1') return this.#useHttp1();
    const socket = await this.#dial(['h2', 'http/1.1']);
    if (socket.alpnProtocol !== 'h2') {
      // Lanes may find out at the same time, and only one spare connection is ever used.
      this.#spare?.destroy();
      this.#spare = socket;
      return this.#useHttp1();
    }
    return H2Connection.open(socket, connectTimeoutMs, {
      address: { authority: target.origin.slice('https://'.length), basePath: target.basePath },
      pingIntervalMs,
      pingTimeoutMs,
      onChange: () => connections.makeRoom(),
    });
  }
}

function outside(): UpstreamError {
  const cause = Object.assign(new Error('a target with dot segments'), { code: 'OUTSIDE_BASE_PATH' });
  return new UpstreamError('headers', 'request', cause);
}
