/**
 * The TLS listener for clients: HTTP/1.1 by the guarded server alone. No framework sits on it, because every request
 * must be handled before any router or body parser (R3); it would have nothing to do.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { GuardedServer, type ServingTls } from '../../platform/listen/guarded-server.ts';
import type { ConnectionBound } from '../../platform/listen/connection-limits.ts';
import type { Upgrade } from '../../platform/listen/upgrade.ts';
import type { ByteBudget } from '../../core/limits/byte-budget.ts';
import { answer, answerOnSocket } from './answer.ts';
import { refused } from './status-body.ts';

/** What a client listener is made from. */
export interface ListenerOptions {
  readonly tls: ServingTls;
  readonly onRequest: (req: IncomingMessage, res: ServerResponse) => void;
  readonly onUpgrade: (upgrade: Upgrade) => void;
  readonly limits: ListenerLimits;
  /** A connection was ended, or not let in. */
  readonly onBound: (bound: ConnectionBound) => void;
  readonly budget?: ByteBudget | undefined;
}

/** What clients may take of the listener (R27). */
export interface ListenerLimits {
  /** Open connections, upgraded ones included. */
  readonly maxConnections: number;
  /** Longest TLS handshake (milliseconds). */
  readonly handshakeTimeoutMs: number;
  /** A request's head must be complete by then: a client may not hold a connection by dripping bytes (milliseconds). */
  readonly headersTimeoutMs: number;
}

/** R4 asks for 64 KiB at least, Go's own default is 1 MiB: many such at once are garbage faster than it is collected. */
const MAX_HEAD_BYTES = 128 * 1024;
/** Longer than the 90 s after which client-go drops an idle connection, so that it is never us (R4). */
const KEEP_ALIVE_MS = 120_000;

/** An https server for clients. No limit on a request's duration: bodies may be large, responses last for hours. */
export function clientListener({ limits, ...options }: ListenerOptions): GuardedServer {
  return new GuardedServer({
    ...options,
    isUpgrade: isTunnel,
    refusals: {
      answer: (res, refusal) => {
        answer(res, refused(refusal));
      },
      answerOnSocket: (socket, refusal) => {
        answerOnSocket(socket, refused(refusal));
      },
    },
    limits: {
      maxConnections: limits.maxConnections,
      maxHeadBytes: MAX_HEAD_BYTES,
      handshakeTimeoutMs: limits.handshakeTimeoutMs,
      headTimeoutMs: limits.headersTimeoutMs,
      keepAliveMs: KEEP_ALIVE_MS,
    },
  });
}

/**
 * Whether an `Upgrade` header means a tunnel. HTTP/2 in clear never does, and an upgrade with a body
 * cannot be told apart from tunnelled bytes: both are served as if they had not asked (RFC 9110 7.8).
 */
function isTunnel({ headers }: IncomingMessage): boolean {
  const hasBody = headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
  return !hasBody && headers.upgrade?.toLowerCase() !== 'h2c';
}
