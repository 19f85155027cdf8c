/**
 * The only error that this folder throws: the API server could not be asked, or stopped answering. Errors of libraries
 * are converted here, once, and kept as the cause.
 */
import { codeOf } from '../text/failure.ts';

/** How far the exchange was: no connection yet, no response head yet, or inside the body. */
export type UpstreamPhase = 'connect' | 'headers' | 'body';

/** The kinds of failure: a closed set for metrics and messages. */
const MEANING = {
  dns: 'its name cannot be resolved',
  refused: 'connection refused',
  unreachable: 'no route to it',
  timeout: 'no answer in time',
  tls: 'its certificate or the TLS handshake was not accepted',
  ca: 'its CA certificate cannot be read',
  credentials: 'no credentials for it could be obtained',
  reset: 'the connection broke',
  /** Neither PINGs nor TCP probes were answered. */
  dead: 'it no longer answers probes',
  protocol: 'it sent malformed HTTP',
  /** The request was not processed (RFC 9113 section 8.7). */
  'turned-away': 'it turned the request away',
  request: 'the request cannot be sent to it as it is',
  closed: 'this proxy is shutting down',
} as const;
export type UpstreamErrorCode = keyof typeof MEANING;

/** Failures that always happen before a request is sent. */
const BEFORE_IT_IS_SENT: ReadonlySet<UpstreamErrorCode> = new Set(['ca', 'credentials', 'turned-away']);
/** Failures of one request, or of this program. */
const NO_OUTAGE: ReadonlySet<UpstreamErrorCode> = new Set(['request', 'turned-away', 'closed']);

/** A request that got no answer or only part of one. */
export class UpstreamError extends Error {
  override readonly name = 'UpstreamError';
  readonly phase: UpstreamPhase;
  readonly code: UpstreamErrorCode;

  constructor(phase: UpstreamPhase, code: UpstreamErrorCode, cause?: unknown) {
    super(describe(code, cause), cause === undefined ? {} : { cause });
    this.phase = phase;
    this.code = code;
  }

  /** True if no part of the request was processed, so it may be sent again, whatever it asks for (R5). */
  get isUnprocessed(): boolean {
    return this.phase === 'connect' || BEFORE_IT_IS_SENT.has(this.code);
  }

  /** True if the failure casts doubt on whether the API server is there. */
  get isOutage(): boolean {
    return !NO_OUTAGE.has(this.code);
  }
}

/**
 * Converts any error of a library into an {@link UpstreamError}; an UpstreamError is returned unchanged. Without a
 * connection, the phase is always `connect`.
 */
export function toUpstreamError(phase: UpstreamPhase, thrown: unknown): UpstreamError {
  if (thrown instanceof UpstreamError) {
    return thrown.phase === phase || thrown.phase === 'connect'
      ? thrown
      : new UpstreamError(phase, thrown.code, thrown.cause);
  }
  const code = meaningOf(thrown);
  // The kernel's probes were not answered on an existing connection: ETIMEDOUT, or the network's error for them.
  const isDead = phase !== 'connect' && (code === 'timeout' || code === 'unreachable');
  return new UpstreamError(phase, isDead ? 'dead' : code, thrown);
}

function describe(code: UpstreamErrorCode, cause: unknown): string {
  // The library's message is left out: clients and logs see this text, and the message may quote bytes of a header
  // (R26).
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
  // For example two Authorization headers, which HTTP/1.1 can carry and Node's HTTP/2 cannot.
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
  // Happy Eyeballs reports one error per address. The last one is used; none is better than another.
  if (thrown instanceof AggregateError) {
    const last: unknown = thrown.errors.at(-1);
    if (last !== undefined) return meaningOf(last);
  }
  const code = codeOf(thrown) ?? '';
  return BY_CODE[code] ?? (CERTIFICATE.test(code) ? 'tls' : 'protocol');
}
