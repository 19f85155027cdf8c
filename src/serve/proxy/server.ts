/** The proxy for clients, composed of listener, forwarding and tunnels. */
import type { AddressInfo } from 'node:net';
import type { ByteBudget } from '../../core/limits/byte-budget.ts';
import type { Resource } from '../../core/resource/resource.ts';
import type { Upstream } from '../../platform/upstream/upstream.ts';
import { Callers } from './callers.ts';
import { forward } from './forward.ts';
import type { ForwardOptions } from './forward-options.ts';
import { type GuestLimit, Guests } from './guests.ts';
import { InFlight } from './in-flight.ts';
import type { ConnectionBound } from '../../platform/listen/connection-limits.ts';
import type { GuardedServer, ServingTls } from '../../platform/listen/guarded-server.ts';
import { clientListener, type ProxyLimits } from './listener.ts';
import type { ClientPresets } from './preset-path.ts';
import type { OwnCredentials } from './own-credentials.ts';
import { tunnel } from './tunnel.ts';
import type { OpenWatch, TapList } from './watch-hook.ts';

/**
 * The share of the connections that may have a request in flight. The rest is for connections without a request yet:
 * only their request identifies the caller, and so decides which guest gives way.
 */
const BUSY_CONNECTIONS = 0.8;

export interface ProxyOptions {
  readonly tls: ServingTls;
  readonly upstream: Upstream;
  /** If undefined, callers' credentials are forwarded (I7). */
  readonly ownCredentials?: OwnCredentials | undefined;
  /** The resources whose watches and lists are read. */
  readonly sieved: readonly Resource[];
  /** The presets that clients may have in their server path. */
  readonly presets: ClientPresets;
  readonly hubRoute?: ForwardOptions['hubRoute'];
  readonly isHub: ForwardOptions['isHub'];
  /** Takes filtered watches over. */
  readonly openWatch: OpenWatch;
  /** Reads lists of sieved resources while they pass through. */
  readonly tapList: TapList;
  readonly passWatch: ForwardOptions['passWatch'];
  /** While true, watches are answered 429 and everything else 503 (R5, R31). */
  readonly isDraining: () => boolean;
  readonly limits: ProxyLimits;
  /** The budget for all bytes that are kept for clients. */
  readonly budget: ByteBudget;
  readonly onRefused: (limit: GuestLimit) => void;
  readonly onConnectionBound: (bound: ConnectionBound) => void;
}

export class Proxy {
  readonly #listener: GuardedServer;
  readonly #inFlight = new InFlight();
  readonly #isHub: boolean;

  constructor({ tls, limits, budget, onRefused, onConnectionBound, ...forwarding }: ProxyOptions) {
    this.#isHub = forwarding.isHub;
    const options: ForwardOptions = {
      ...forwarding,
      inFlight: this.#inFlight,
      callers: new Callers(),
      guests: new Guests({
        limits: {
          streams: limits.maxStreams,
          upgrades: limits.maxUpgrades,
          requests: limits.maxRequests,
          connections: Math.ceil(BUSY_CONNECTIONS * limits.maxConnections),
        },
        budget,
        onRefused,
      }),
    };
    this.#listener = clientListener({
      tls,
      limits,
      budget,
      isHub: this.#isHub,
      onBound: (bound) => {
        onConnectionBound(bound);
        if (bound === 'connections') onRefused('connections');
      },
      onRequest: (req, res) => forward(options, req, res),
      onUpgrade: (upgrade) => void tunnel(options, upgrade),
    });
  }

  /** Port 0 takes a free port. @throws Error if the address cannot be bound */
  listen(host: string, port: number): Promise<AddressInfo> {
    return this.#listener.listen(host, port);
  }

  /** Serves another certificate, from the next handshake on. */
  setTls(tls: ServingTls): void {
    this.#listener.setTls(tls);
  }

  get connections(): number {
    return this.#listener.connections;
  }

  /** Resolves when no client is connected any more. */
  clientsGone(): Promise<void> {
    return this.#listener.clientsGone();
  }

  /**
   * Refuses requests that still wait for upstream, and resolves when every request that ends by itself has ended. Set
   * `isDraining` first. Watches are not ended here but by their owner. Clients of a hub are asked to go to another one.
   */
  drain(): Promise<void> {
    if (this.#isHub) this.#listener.moveOn();
    return this.#inFlight.drain();
  }

  /** Stops listening and breaks all open connections of clients. Connections to upstream stay open. */
  close(): Promise<void> {
    return this.#listener.close();
  }
}
