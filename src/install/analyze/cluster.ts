/** The cluster as its user: read-only requests with the credentials that the kubeconfig, or the Pod, gives. */
import { boundedText } from '../../platform/text/bounded.ts';
import { printable } from '../../platform/text/printable.ts';
import { CredentialsError, type Credentials } from '../../platform/upstream/credentials.ts';
import type { Exchange, ResponseHandler } from '../../platform/upstream/exchange.ts';
import type { UpstreamTarget } from '../../platform/upstream/target.ts';
import { UpstreamError } from '../../platform/upstream/upstream-error.ts';
import { Upstream } from '../../platform/upstream/upstream.ts';
import { AnswerTooLarge, jsonRequest, wholeAnswer } from '../../platform/upstream/whole-answer.ts';
import { fieldOf, parsed, nameAt } from './values.ts';

const TIMEOUT_MS = 15_000;
const PING_MS = 30_000;
/** No answer of discovery is larger. */
const MAX_BODY_BYTES = 16 * 1024 * 1024;
const MAX_STATUS_BYTES = 64 * 1024;

export interface Answer {
  readonly status: number;
  readonly body: unknown;
}

/** Why it cannot be said how noisy a cluster is, in one line that says what to do. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
}

export interface ClusterOptions {
  readonly target: UpstreamTarget;
  readonly credentials: Credentials;
  readonly userAgent: string;
}

interface Sent {
  readonly method: string;
  readonly target: string;
  readonly accept: string;
  readonly post: unknown;
}

export class Cluster {
  readonly #upstream: Upstream;
  readonly #options: ClusterOptions;

  constructor(options: ClusterOptions) {
    this.#options = options;
    const { target, credentials } = options;
    this.#upstream = new Upstream({
      target,
      credentials,
      http: 'auto',
      pingIntervalMs: PING_MS,
      pingTimeoutMs: TIMEOUT_MS,
      connectTimeoutMs: TIMEOUT_MS,
    });
  }

  /** The answer to a GET, whatever its status. @throws Refusal where there is none */
  async get(target: string): Promise<Answer> {
    return this.#ask('GET', target, undefined);
  }

  /** As whom the API server sees these credentials; undefined where it does not say. Stores nothing. */
  async userName(): Promise<string | undefined> {
    const review = { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' };
    const path = '/apis/authentication.k8s.io/v1/selfsubjectreviews';
    const { status, body } = await this.#ask('POST', path, review);
    const name = nameAt(fieldOf(body, 'status'), 'userInfo', 'username');
    return status === 201 && name !== '' ? named(name) : undefined;
  }

  /** Opens a watch. @throws Refusal where credentials cannot be had */
  async watch(target: string, accept: string, handler: ResponseHandler): Promise<Exchange> {
    return this.#send({ method: 'GET', target, accept, post: undefined }, handler);
  }

  /** Asks for credentials anew where the API server did not know the last ones. */
  forgetCredentials(): void {
    this.#options.credentials.rejected();
  }

  /** One line for what kept a request from being answered. */
  refusal(error: unknown): Refusal {
    const where = this.#options.target.description;
    if (error instanceof Refusal) return error;
    const cause = error instanceof UpstreamError ? error.cause : error;
    if (cause instanceof CredentialsError) return new Refusal(cause.message, { cause: error });
    const why = error instanceof Error ? error.message : String(error);
    return new Refusal(`cannot reach ${where}: ${why}`, { cause: error });
  }

  async close(): Promise<void> {
    await this.#upstream.close();
  }

  async #ask(method: string, target: string, post: unknown): Promise<Answer> {
    const first = await this.#askOnce(method, target, post);
    if (first.status !== 401) return first;
    this.forgetCredentials();
    return this.#askOnce(method, target, post);
  }

  async #askOnce(method: string, target: string, post: unknown): Promise<Answer> {
    const sent = { method, target, accept: 'application/json', post };
    try {
      const { head, body } = await wholeAnswer((handler) => this.#send(sent, handler), {
        timeoutMs: TIMEOUT_MS,
        maxBytes: MAX_BODY_BYTES,
      });
      return { status: head.statusCode, body: parsed(body) };
    } catch (error) {
      if (error instanceof AnswerTooLarge) throw new Refusal(`the answer to ${target} is too large`);
      throw this.refusal(error);
    }
  }

  async #send({ method, target, accept, post }: Sent, handler: ResponseHandler): Promise<Exchange> {
    const { credentials, userAgent } = this.#options;
    let authorization: string | undefined;
    try {
      authorization = await credentials.authorization();
    } catch (error) {
      throw this.refusal(error);
    }
    const request = jsonRequest({ method, target, userAgent, accept, authorization, body: post });
    return this.#upstream.send(request, handler);
  }
}

/** The body of an answer that is an error, as far as it is read. */
export class StatusBody {
  readonly #chunks: Buffer[] = [];
  #bytes = 0;

  push(chunk: Buffer): void {
    this.#bytes += chunk.length;
    if (this.#bytes <= MAX_STATUS_BYTES) this.#chunks.push(Buffer.from(chunk));
  }

  /** Of a Kubernetes Status; empty where it is none. */
  get message(): string {
    return nameAt(parsed(Buffer.concat(this.#chunks)), 'message');
  }
}

/** A text of others, in one line of ours. */
export function named(text: string): string {
  return printable(boundedText(text, 300));
}
