/**
 * The TLS listener for clients: HTTP/1.1, and HTTP/2 before a hub, served by the guarded server without any framework.
 * A framework's router and body parser would have nothing to do, because every request is handled before them (R3).
 */
import type { IncomingMessage } from 'node:http';
import {
  GuardedServer,
  HANDSHAKE_TIMEOUT_MS,
  type ServingTls,
} from '../../platform/listen/guarded-server.ts';
import type { ConnectionBound } from '../../platform/listen/connection-limits.ts';
import type { ClientRequest, ClientResponse } from '../../platform/listen/served.ts';
import type { Upgrade } from '../../platform/listen/upgrade.ts';
import type { ByteBudget } from '../../core/limits/byte-budget.ts';
import { answer, answerOnSocket } from './answer.ts';
import { refused } from './status-body.ts';

export interface ListenerOptions {
  readonly tls: ServingTls;
  /**
   * True for a hub. Its clients are many and far away, and have other replicas to go to: they may share a connection by
   * HTTP/2, and are asked to move on after a while. A sidecar's clients have a connection each, over loopback.
   */
  readonly isHub: boolean;
  readonly onRequest: (req: ClientRequest, res: ClientResponse) => void;
  readonly onUpgrade: (upgrade: Upgrade) => void;
  readonly limits: ProxyLimits;
  /** Called when a connection was ended at a limit or not accepted. */
  readonly onBound: (bound: ConnectionBound) => void;
  readonly budget?: ByteBudget | undefined;
}

/** The limits for all clients of the listener at one time (R27). */
export interface ProxyLimits {
  /** Open connections, upgraded ones included. */
  readonly maxConnections: number;
  /** The longest TLS handshake (milliseconds). */
  readonly handshakeTimeoutMs: number;
  /** The longest time for a request's head (ms), so that a client cannot occupy a connection by single bytes. */
  readonly headersTimeoutMs: number;
  /** See {@link ConnectionLimits.moveAfterMs}; for a hub alone (milliseconds). */
  readonly moveAfterMs: number;
  /** Filtered watches. */
  readonly maxStreams: number;
  /** Upgraded connections, including those that wait for upstream. */
  readonly maxUpgrades: number;
  /** All other requests. */
  readonly maxRequests: number;
}

/** R4 requires at least 64 KiB. Many heads of 1 MiB, Go's default, would exceed the pace of the garbage collector. */
const MAX_HEAD_BYTES = 128 * 1024;
/** client-go closes an idle connection after 90 s. With a longer time it is always the client that closes (R4). */
export const KEEP_ALIVE_MS = 120_000;
/** The limits that no setting changes. */
export const LISTENER_TIMES = {
  handshakeTimeoutMs: HANDSHAKE_TIMEOUT_MS,
  headersTimeoutMs: 30_000,
  /** Soon enough for a replica that is new, and so rarely that handshakes cost nothing beside what is served. */
  moveAfterMs: 5 * 60_000,
};

/** Makes the https server for clients. Requests have no time limit: bodies may be large, responses last for hours. */
export function clientListener({ tls, limits, budget, isHub, ...on }: ListenerOptions): GuardedServer {
  return new GuardedServer({
    tls,
    budget,
    isUpgrade: isTunnel,
    onStream: isHub ? on.onRequest : undefined,
    handlers: {
      ...on,
      refusals: {
        answer: (res, refusal) => answer(res, refused(refusal)),
        answerOnSocket: (socket, refusal) => answerOnSocket(socket, refused(refusal)),
      },
    },
    limits: {
      connections: {
        maxConnections: limits.maxConnections,
        headTimeoutMs: limits.headersTimeoutMs,
        moveAfterMs: isHub ? limits.moveAfterMs : undefined,
      },
      maxHeadBytes: MAX_HEAD_BYTES,
      handshakeTimeoutMs: limits.handshakeTimeoutMs,
      keepAliveMs: KEEP_ALIVE_MS,
    },
  });
}

/**
 * True if an `Upgrade` header asks for a tunnel. Cleartext HTTP/2 never does. The body of an upgrade could not be told
 * from tunnelled bytes. In both cases the header is ignored (RFC 9110 7.8).
 */
function isTunnel({ headers }: IncomingMessage): boolean {
  const hasBody = headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
  return !hasBody && headers.upgrade?.toLowerCase() !== 'h2c';
}
