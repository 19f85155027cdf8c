/** Read-only requests to the cluster, with the credentials from the kubeconfig or the Pod. */
import { boundedText } from '../../platform/text/bounded.ts';
import { printable } from '../../platform/text/printable.ts';
import { type ApiAnswer, ApiClient, type ApiRequest } from '../../platform/upstream/api-client.ts';
import { AnswerTooLarge } from '../../platform/upstream/whole-answer.ts';
import { CredentialsError, type Credentials } from '../../platform/upstream/credentials.ts';
import type { Exchange, ResponseHandler } from '../../platform/upstream/exchange.ts';
import type { UpstreamTarget } from '../../platform/upstream/target.ts';
import { UpstreamError } from '../../platform/upstream/upstream-error.ts';
import { jsonIn } from '../../platform/text/json-value.ts';
import { nameAt } from './values.ts';
import { messageOf } from '../../platform/text/failure.ts';

/** More than any answer of discovery has. */
const MAX_BODY_BYTES = 16 * 1024 * 1024;
const MAX_STATUS_BYTES = 64 * 1024;
const TIMEOUT_MS = 15_000;

/** The reason why a cluster cannot be analyzed, in one line that says what to do. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
}

export interface ClusterOptions {
  readonly target: UpstreamTarget;
  readonly credentials: Credentials;
  readonly userAgent: string;
}

export class Cluster {
  readonly #api: ApiClient;
  readonly #options: ClusterOptions;

  constructor(options: ClusterOptions) {
    this.#options = options;
    this.#api = new ApiClient({ ...options, http: 'auto', timeoutMs: TIMEOUT_MS, maxBytes: MAX_BODY_BYTES });
  }

  /** The answer to a GET, whatever its status. @throws Refusal if there is none */
  async get(path: string): Promise<ApiAnswer> {
    return this.#ask({ path });
  }

  /** The user name that the API server derives from these credentials; undefined if it does not say. Stores nothing. */
  async userName(): Promise<string | undefined> {
    const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' };
    const path = '/apis/authentication.k8s.io/v1/selfsubjectreviews';
    const answer = await this.#ask({ method: 'POST', path, body });
    const name = nameAt(answer.body, 'status', 'userInfo', 'username');
    return answer.status === 201 && name !== '' ? named(name) : undefined;
  }

  /** Opens a watch. @throws Refusal if the credentials are not available */
  async watch(path: string, accept: string, handler: ResponseHandler): Promise<Exchange> {
    try {
      return await this.#api.open({ path, accept }, handler);
    } catch (error) {
      throw this.refusal(error);
    }
  }

  /** Drops the credentials after the API server did not accept them. */
  forgetCredentials(): void {
    this.#options.credentials.rejected();
  }

  /** One line about why a request was not answered. */
  refusal(error: unknown): Refusal {
    const where = this.#options.target.description;
    if (error instanceof Refusal) return error;
    const cause = error instanceof UpstreamError ? error.cause : error;
    if (cause instanceof CredentialsError) return new Refusal(cause.message, { cause: error });
    const why = messageOf(error);
    return new Refusal(`cannot reach ${where}: ${why}`, { cause: error });
  }

  async close(): Promise<void> {
    await this.#api.close();
  }

  /** Asks again with other credentials if the first ones were not accepted. */
  async #ask(request: ApiRequest): Promise<ApiAnswer> {
    try {
      const first = await this.#api.ask(request);
      return first.status === 401 ? await this.#api.ask(request) : first;
    } catch (error) {
      if (error instanceof AnswerTooLarge) throw new Refusal(`the answer to ${request.path} is too large`);
      throw this.refusal(error);
    }
  }
}

/** The body of an error answer, read up to a limit. */
export class StatusBody {
  readonly #chunks: Buffer[] = [];
  #bytes = 0;

  push(chunk: Buffer): void {
    this.#bytes += chunk.length;
    if (this.#bytes <= MAX_STATUS_BYTES) this.#chunks.push(Buffer.from(chunk));
  }

  /** The message of a Kubernetes Status; empty if the body is not one. */
  get message(): string {
    return nameAt(jsonIn(Buffer.concat(this.#chunks)), 'message');
  }
}

/** Makes text from outside fit for one line of output. */
export function named(text: string): string {
  return printable(boundedText(text, 300));
}
