/**
 * The proxy for clients, put together: listener, forwarding, tunnels.
 */
import type { AddressInfo } from 'node:net';
import type { Upstream } from '../upstream/upstream.ts';
import { forward, type ForwardOptions } from './forward.ts';
import { Listener, type ServingTls } from './listener.ts';
import { tunnel } from './tunnel.ts';
import type { OpenWatch } from './watch-hook.ts';

/** What a {@link Proxy} is made from. */
export interface ProxyOptions {
  readonly tls: ServingTls;
  readonly upstream: Upstream;
  /** Takes filtered watches over; without it everything passes through. */
  readonly openWatch?: OpenWatch | undefined;
  /** While true, watches are answered 429 and everything else 503 (R5, R31). */
  readonly isDraining: () => boolean;
}

/** A running proxy. */
export interface Proxy {
  /**
   * Binds; port 0 takes a free one.
   *
   * @throws Error when the address cannot be bound.
   */
  listen(host: string, port: number): Promise<AddressInfo>;
  /** Where it listens; throws before {@link Proxy.listen}. */
  readonly address: AddressInfo;
  /** Open client connections. */
  readonly connections: number;
  /** Stops listening and cuts what is still open. Upstream stays as it is. */
  close(): Promise<void>;
}

/** Makes a proxy that does not listen yet. */
export function createProxy({ tls, upstream, openWatch, isDraining }: ProxyOptions): Proxy {
  const options: ForwardOptions = { upstream, openWatch, isDraining };
  return new Listener({
    tls,
    onRequest: (req, res) => {
      forward(options, req, res);
    },
    onUpgrade: (wish) => void tunnel(options, wish),
  });
}
