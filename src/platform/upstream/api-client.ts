/**
 * The program's own requests to an API server, or to a proxy before it, over connections of their own. JSON out, JSON
 * back; each answer must be complete and in time.
 */
import { jsonIn } from '../text/json-value.ts';
import type { Credentials } from './credentials.ts';
import type { Exchange, ResponseHandler } from './exchange.ts';
import type { UpstreamTarget } from './target.ts';
import { Upstream } from './upstream.ts';
import { jsonRequest, type WholeAnswer, wholeAnswer } from './whole-answer.ts';

export interface ApiRequest {
  /** GET by default. */
  readonly method?: 'GET' | 'POST' | 'PUT' | 'PATCH';
  readonly path: string;
  readonly body?: unknown;
  /** `application/json` by default. */
  readonly accept?: string;
  /** Sent as bearer token if the client has no credentials. */
  readonly token?: string | undefined;
  readonly timeoutMs?: number;
  /** The most bytes that are read of the answer. */
  readonly maxBytes?: number;
  /** True if a 200 counts as answered with its headers: a watch has no end to wait for. */
  readonly headersOnly?: boolean;
}

export interface ApiAnswer {
  readonly status: number;
  /** Undefined if the body is not JSON or exceeds the bounds for parsing. */
  readonly body: unknown;
  readonly date?: string | undefined;
}

export interface ApiClientOptions {
  readonly target: UpstreamTarget;
  readonly credentials?: Credentials;
  /** For example `watchsieve-webhook/0.1.0`. */
  readonly userAgent: string;
  /** For one request now and then, a separate HTTP/1.1 connection is enough. */
  readonly http?: 'auto' | '1.1';
  /** Default limit for a request, and the limit for connecting; 10 s by default. */
  readonly timeoutMs?: number;
  /** Default limit for an answer; 4 MiB by default. */
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
   * If the API server does not know the credentials, they are forgotten, and the next request gets others if there are
   * any.
   * @throws UpstreamError if there is no answer or it is not complete in time; AnswerTooLarge; CredentialsError
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

  /** Sends a request whose answer is read as it arrives. @throws CredentialsError */
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
