/**
 * The one error that leaves this folder: why the API server could not be asked, or stopped answering.
 * Foreign errors are turned into it once, here, with their cause kept.
 */
import { codeOf } from '../text/failure.ts';

/** How far an exchange had come: no connection yet, no response head yet, or in its body. */
export type UpstreamPhase = 'connect' | 'headers' | 'body';

/** What went wrong, as a closed set for metrics and texts. */
const MEANING = {
  dns: 'its name cannot be resolved',
  refused: 'connection refused',
  unreachable: 'no route to it',
  timeout: 'no answer in time',
  tls: 'its certificate or the TLS handshake was not accepted',
  ca: 'its CA certificate cannot be read',
  credentials: 'no credentials for it could be obtained',
  reset: 'the connection broke',
  /** No PING or TCP probe was answered. */
  dead: 'it no longer answers probes',
  protocol: 'it sent malformed HTTP',
  /** Unprocessed (RFC 9113 section 8.7). */
  'turned-away': 'it turned the request away',
  request: 'the request cannot be sent to it as it is',
  closed: 'this proxy is shutting down',
} as const;
export type UpstreamErrorCode = keyof typeof MEANING;

/** Faults before a request is sent, wherever they are found. */
const BEFORE_IT_IS_SENT: ReadonlySet<UpstreamErrorCode> = new Set(['ca', 'credentials', 'turned-away']);
/** Faults of one request, or of ours. */
const NO_OUTAGE: ReadonlySet<UpstreamErrorCode> = new Set(['request', 'turned-away', 'closed']);

/** A request that got no answer, or only part of one. */
export class UpstreamError extends Error {
  override readonly name = 'UpstreamError';
  readonly phase: UpstreamPhase;
  readonly code: UpstreamErrorCode;

  constructor(phase: UpstreamPhase, code: UpstreamErrorCode, cause?: unknown) {
    super(describe(code, cause), cause === undefined ? {} : { cause });
    this.phase = phase;
    this.code = code;
  }

  /** Nothing of the request can have been carried out: it may be sent again, whatever it asks for (R5). */
  get isUnprocessed(): boolean {
    return this.phase === 'connect' || BEFORE_IT_IS_SENT.has(this.code);
  }

  /** Whether it lets doubt that the API server is there. */
  get isOutage(): boolean {
    return !NO_OUTAGE.has(this.code);
  }
}

/**
 * Turns whatever a library threw or emitted into an {@link UpstreamError}; one stays what it is. Where there was no
 * connection, nothing later can be said.
 */
export function toUpstreamError(phase: UpstreamPhase, thrown: unknown): UpstreamError {
  if (thrown instanceof UpstreamError) {
    return thrown.phase === phase || thrown.phase === 'connect'
      ? thrown
      : new UpstreamError(phase, thrown.code, thrown.cause);
  }
  const code = meaningOf(thrown);
  // The kernel's probes went unanswered on a connection that once was: ETIMEDOUT, or what the network said of them.
  const isDead = phase !== 'connect' && (code === 'timeout' || code === 'unreachable');
  return new UpstreamError(phase, isDead ? 'dead' : code, thrown);
}

function describe(code: UpstreamErrorCode, cause: unknown): string {
  // No message: clients and logs see this, and it may quote bytes of a header (R26).
  const detail = codeOf(cause);
  return detail === undefined ? MEANING[code] : `${MEANING[code]} (${detail})`;
}

const BY_CODE: Readonly<Record<string, UpstreamErrorCode>> = {
  ENOTFOUND: 'dns',
  EAI_AGAIN: 'dns',
  ECONNREFUSED: 'refused',
  EHOSTUNREACH: 'unreachable',
  ENETUNREACH: 'unreachable',
  EADDRNOTAVAIL: 'unreachable',
  ETIMEDOUT: 'timeout',
  ECONNRESET: 'reset',
  EPIPE: 'reset',
  UND_ERR_SOCKET: 'reset',
  UND_ERR_CONNECT_TIMEOUT: 'timeout',
  UND_ERR_CLOSED: 'closed',
  UND_ERR_DESTROYED: 'closed',
  ERR_HTTP2_STREAM_ERROR: 'reset',
  ERR_HTTP2_SESSION_ERROR: 'reset',
  ERR_HTTP2_GOAWAY_SESSION: 'reset',
  ERR_HTTP2_INVALID_SESSION: 'reset',
  ERR_STREAM_PREMATURE_CLOSE: 'reset',
  UND_ERR_INVALID_ARG: 'request',
  UND_ERR_NOT_SUPPORTED: 'request',
  UND_ERR_REQ_CONTENT_LENGTH_MISMATCH: 'request',
  // One Authorization header twice, say: HTTP/1.1 carries it, Node's HTTP/2 does not.
  ERR_HTTP2_HEADER_SINGLE_VALUE: 'request',
  ERR_HTTP2_INVALID_CONNECTION_HEADERS: 'request',
  ERR_HTTP2_INVALID_HEADER_VALUE: 'request',
  ERR_INVALID_HTTP_TOKEN: 'request',
  ERR_INVALID_CHAR: 'request',
  ERR_UNESCAPED_CHARACTERS: 'request',
  EPROTO: 'tls',
};

/** OpenSSL's names of verification failures, as Node puts them into `code`. */
const CERTIFICATE = /CERT|VERIFY|SELF_SIGNED|ISSUER|ALTNAME|^ERR_SSL_|^ERR_TLS_/;

function meaningOf(thrown: unknown): UpstreamErrorCode {
  // Happy Eyeballs reports one error per address; the last address' is as good as any.
  if (thrown instanceof AggregateError) {
    const last: unknown = thrown.errors.at(-1);
    if (last !== undefined) return meaningOf(last);
  }
  const code = codeOf(thrown) ?? '';
  return BY_CODE[code] ?? (CERTIFICATE.test(code) ? 'tls' : 'protocol');
}
