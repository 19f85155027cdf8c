/**
 * Requests of our own to an API server, or to a proxy before it, over connections of their own: JSON out, JSON back, each
 * answer whole and in time.
 */
import { jsonIn } from '../text/json-value.ts';
import type { Credentials } from './credentials.ts';
import type { Exchange, ResponseHandler } from './exchange.ts';
import type { UpstreamTarget } from './target.ts';
import { Upstream } from './upstream.ts';
import { jsonRequest, type WholeAnswer, wholeAnswer } from './whole-answer.ts';

export interface ApiRequest {
  /** GET unless said. */
  readonly method?: 'GET' | 'POST' | 'PUT' | 'PATCH';
  /** Path of the API. */
  readonly path: string;
  readonly body?: unknown;
  /** `application/json` unless said. */
  readonly accept?: string;
  /** Sent as bearer token where the client has no credentials. */
  readonly token?: string | undefined;
  /** How long it may take. */
  readonly timeoutMs?: number;
  /** What of the answer is taken. */
  readonly maxBytes?: number;
  /** Whether a 200 is there with its headers: a watch has no end to wait for. */
  readonly headersOnly?: boolean;
}

export interface ApiAnswer {
  readonly status: number;
  /** Undefined for what is no JSON, or more of it than is looked at. */
  readonly body: unknown;
  /** The `Date` header. */
  readonly date?: string | undefined;
}

export interface ApiClientOptions {
  readonly target: UpstreamTarget;
  readonly credentials?: Credentials;
  /** As `watchsieve-webhook/0.1.0`. */
  readonly userAgent: string;
  /** One request now and then needs no more than the connection of its own that HTTP/1.1 is. */
  readonly http?: 'auto' | '1.1';
  /** Of a request for which nothing else is said, and of dialling; 10 s unless said. */
  readonly timeoutMs?: number;
  /** Of an answer for which nothing else is said; 4 MiB unless said. */
  readonly maxBytes?: number;
}

const TIMEOUT_MS = 10_000;
const MAX_BODY_BYTES = 4 * 1024 * 1024;

export class ApiClient {
  readonly #options: ApiClientOptions;
  readonly #upstream: Upstream;

  constructor(options: ApiClientOptions) {
    const { target, credentials, http = '1.1', timeoutMs = TIMEOUT_MS } = options;
    this.#options = options;
    this.#upstream = new Upstream({
      target,
      credentials,
      http,
      pingIntervalMs: timeoutMs,
      pingTimeoutMs: timeoutMs,
      connectTimeoutMs: timeoutMs,
    });
  }

  /**
   * Credentials that are not known there are forgotten: the next request has others, if there are any.
   *
   * @throws UpstreamError where there is no answer, not all of it in time, or more of it (AnswerTooLarge); CredentialsError
   */
  async ask(request: ApiRequest): Promise<ApiAnswer> {
    const { timeoutMs = TIMEOUT_MS, maxBytes = MAX_BODY_BYTES } = { ...this.#options, ...request };
    const answer = await wholeAnswer((handler) => this.open(request, handler), {
      timeoutMs,
      maxBytes,
      isThere: ({ statusCode }) => request.headersOnly === true && statusCode === 200,
    });
    if (answer.head.statusCode === 401) this.#options.credentials?.rejected();
    return answerOf(answer);
  }

  /** Sends a request whose answer is read as it comes. @throws CredentialsError */
  async open(request: ApiRequest, handler: ResponseHandler): Promise<Exchange> {
    const { credentials, userAgent } = this.#options;
    const { method = 'GET', path: target, token, body, ...given } = request;
    const authorization =
      (await credentials?.authorization()) ?? (token === undefined ? undefined : `Bearer ${token}`);
    const contentType = method === 'PATCH' ? 'application/json-patch+json' : 'application/json';
    return this.#upstream.send(
      jsonRequest({ ...given, method, target, userAgent, authorization, body, contentType }),
      handler,
    );
  }

  close(): Promise<void> {
    return this.#upstream.close();
  }
}

function answerOf({ head: { statusCode, headers }, body }: WholeAnswer): ApiAnswer {
  const date = headers.findIndex((text, index) => index % 2 === 0 && text.toLowerCase() === 'date');
  return { status: statusCode, body: jsonIn(body), date: date < 0 ? undefined : headers[date + 1] };
}
