/**
 * The proxy for clients, put together: listener, forwarding, tunnels.
 */
import type { AddressInfo } from 'node:net';
import { ByteBudget } from '../../core/limits/byte-budget.ts';
import type { Upstream } from '../../platform/upstream/upstream.ts';
import { Callers } from './callers.ts';
import { forward } from './forward.ts';
import type { ForwardOptions } from './forward-options.ts';
import { type GuestLimit, Guests } from './guests.ts';
import { InFlight } from './in-flight.ts';
import type { ConnectionBound } from '../../platform/listen/connection-limits.ts';
import type { GuardedServer, ServingTls } from '../../platform/listen/guarded-server.ts';
import { clientListener, type ListenerLimits } from './listener.ts';
import type { OwnCredentials } from './own-credentials.ts';
import { tunnel } from './tunnel.ts';
import type { OpenWatch, TapList } from './watch-hook.ts';

/** What clients may take at one time (R27). */
export interface ProxyLimits extends ListenerLimits {
  /** Filtered watches. */
  readonly maxStreams: number;
  /** Upgraded connections, and those that wait to be. */
  readonly maxUpgrades: number;
  /** All other requests. */
  readonly maxRequests: number;
}

const DEFAULT_LIMITS: ProxyLimits = {
  maxConnections: Infinity,
  maxStreams: Infinity,
  maxUpgrades: Infinity,
  maxRequests: Infinity,
  handshakeTimeoutMs: 10_000,
  headersTimeoutMs: 30_000,
};

/**
 * Of the places for connections, those in which a request may be under way. The others are for connections that have yet
 * to ask: only then can be told whose they are, and who has to give way for them.
 */
const BUSY_CONNECTIONS = 0.8;

/** What a {@link Proxy} is made from. */
export interface ProxyOptions {
  readonly tls: ServingTls;
  readonly upstream: Upstream;
  /** Without them callers' credentials are forwarded (I7). */
  readonly ownCredentials?: OwnCredentials | undefined;
  /** Takes filtered watches over; without it everything passes through. */
  readonly openWatch?: OpenWatch | undefined;
  /** Looks at lists of what is filtered while they pass. */
  readonly tapList?: TapList | undefined;
  /** See {@link ForwardOptions}. */
  readonly passWatch?: ForwardOptions['passWatch'];
  /** While true, watches are answered 429 and everything else 503 (R5, R31). */
  readonly isDraining: () => boolean;
  /** Where nothing is said, there is no limit but those of time. */
  readonly limits?: Partial<ProxyLimits> | undefined;
  /** What is kept for clients draws on it; without one there is no limit. */
  readonly budget?: ByteBudget | undefined;
  /** Something was refused over a limit. */
  readonly onRefused?: ((limit: GuestLimit) => void) | undefined;
  /** A connection was ended at a bound, or not let in. */
  readonly onConnectionBound?: ((bound: ConnectionBound) => void) | undefined;
}

/** A running proxy. */
export class Proxy {
  readonly #listener: GuardedServer;
  readonly #inFlight = new InFlight();

  constructor({ tls, upstream, limits, budget, onRefused, onConnectionBound, ...given }: ProxyOptions) {
    const { maxStreams, maxUpgrades, maxRequests, ...connectionLimits } = { ...DEFAULT_LIMITS, ...limits };
    const options: ForwardOptions = {
      ...given,
      upstream,
      inFlight: this.#inFlight,
      callers: new Callers(),
      guests: new Guests({
        limits: {
          streams: maxStreams,
          upgrades: maxUpgrades,
          requests: maxRequests,
          connections: Math.ceil(BUSY_CONNECTIONS * connectionLimits.maxConnections),
        },
        budget: budget ?? new ByteBudget(Infinity),
        onRefused: (limit) => onRefused?.(limit),
      }),
    };
    this.#listener = clientListener({
      tls,
      limits: connectionLimits,
      budget,
      onBound: (bound) => {
        onConnectionBound?.(bound);
        if (bound === 'connections') onRefused?.('connections');
      },
      onRequest: (req, res) => {
        forward(options, req, res);
      },
      onUpgrade: (upgrade) => void tunnel(options, upgrade),
    });
  }

  /**
   * Binds; port 0 takes a free one.
   *
   * @throws Error when the address cannot be bound.
   */
  listen(host: string, port: number): Promise<AddressInfo> {
    return this.#listener.listen(host, port);
  }

  /** Serves another certificate, from the next handshake on. */
  setTls(tls: ServingTls): void {
    this.#listener.setTls(tls);
  }

  /** Where it listens; throws before {@link Proxy.listen}. */
  get address(): AddressInfo {
    return this.#listener.address;
  }

  /** Open client connections. */
  get connections(): number {
    return this.#listener.connections;
  }

  /** Resolves when no client is connected any more. */
  clientsGone(): Promise<void> {
    return this.#listener.clientsGone();
  }

  /**
   * Answers what is still waiting for upstream, and resolves when every request that ends by itself has ended; set
   * `isDraining` first. Watches are left to who owns them.
   */
  drain(): Promise<void> {
    return this.#inFlight.drain();
  }

  /** Stops listening and cuts what is still open. Upstream stays as it is. */
  close(): Promise<void> {
    return this.#listener.close();
  }
}
