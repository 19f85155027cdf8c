/** The few requests that the webhook sends to the API server, with its own credentials: JSON out, JSON back, in time. */
import type { Credentials } from '../../platform/upstream/credentials.ts';
import type { UpstreamTarget } from '../../platform/upstream/target.ts';
import { Upstream } from '../../platform/upstream/upstream.ts';
import { jsonIn, jsonRequest, wholeAnswer } from '../../platform/upstream/whole-answer.ts';
import { isRecord } from '../../platform/text/record.ts';

export interface ApiRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH';
  /** Path of the API. */
  readonly path: string;
  readonly body?: unknown;
  /** How long it may take, 10 s unless said. */
  readonly timeoutMs?: number;
  /** What of the answer is taken, 4 MiB unless said. */
  readonly maxBytes?: number;
}

export interface ApiAnswer {
  readonly status: number;
  /** Undefined for what is no JSON. */
  readonly body: unknown;
}

export interface Api {
  /** @throws UpstreamError, CredentialsError where there is no answer */
  ask(request: ApiRequest): Promise<ApiAnswer>;
}

/** The API server answered, and not what was hoped for. Its message names users and resources, and holds no secret. */
export class ApiProblem extends Error {
  override readonly name = 'ApiProblem';
  /** Whether it may be otherwise in a moment, without anybody doing anything: overload, a restart. */
  readonly isTransient: boolean;

  constructor(message: string, status = 0) {
    super(message);
    this.isTransient = status === 429 || status >= 500;
  }
}

/** Says what could not be done, in the API server's own words. */
export function refusal(what: string, { status, body }: ApiAnswer): ApiProblem {
  const message = isRecord(body) && typeof body['message'] === 'string' ? body['message'] : 'no reason given';
  return new ApiProblem(`${what}: ${status}, ${message}`, status);
}

const TIMEOUT_MS = 10_000;
/** Secrets and configurations are smaller by far. */
const MAX_BODY_BYTES = 4 * 1024 * 1024;

export interface ApiClientOptions {
  readonly target: UpstreamTarget;
  readonly credentials: Credentials;
  /** As `watchsieve-webhook/0.1.0`. */
  readonly userAgent: string;
}

export class ApiClient implements Api {
  readonly #options: ApiClientOptions;
  readonly #upstream: Upstream;

  constructor(options: ApiClientOptions) {
    const { target, credentials } = options;
    this.#options = options;
    this.#upstream = new Upstream({
      target,
      credentials,
      // One request now and then: a connection of its own is all it needs.
      http: '1.1',
      pingIntervalMs: TIMEOUT_MS,
      pingTimeoutMs: TIMEOUT_MS,
      connectTimeoutMs: TIMEOUT_MS,
    });
  }

  async ask({
    method,
    path,
    body,
    timeoutMs = TIMEOUT_MS,
    maxBytes = MAX_BODY_BYTES,
  }: ApiRequest): Promise<ApiAnswer> {
    const { credentials, userAgent } = this.#options;
    const authorization = await credentials.authorization();
    const contentType = method === 'PATCH' ? 'application/json-patch+json' : 'application/json';
    const request = jsonRequest({ method, target: path, userAgent, authorization, body, contentType });
    const answer = await wholeAnswer((handler) => this.#upstream.send(request, handler), {
      timeoutMs,
      maxBytes,
    });
    const status = answer.head.statusCode;
    if (status === 401) credentials.rejected();
    return { status, body: jsonIn(answer.body) };
  }

  close(): Promise<void> {
    return this.#upstream.close();
  }
}
