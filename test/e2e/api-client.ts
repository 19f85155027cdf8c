/**
 * A plain HTTP client for an API server or for the proxy in front of it: no retries, no decoding,
 * exactly the headers it is told, so that answers of both can be compared.
 */

import { Client } from 'undici';
import type { Dispatcher } from 'undici';

import { parseJson } from '../support/json-value.ts';

export interface Endpoint {
  /** https://HOST:PORT */
  readonly server: string;
  /** PEM. */
  readonly ca: string;
  readonly token: string;
  /** The name in its certificate, where it is not the one of `server`. */
  readonly servername?: string;
}

export type Headers = Readonly<Record<string, string>>;

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
}

export interface RequestOptions {
  readonly headers?: Headers;
  readonly body?: string | Buffer;
}

const REQUEST_TIMEOUT_MS = 30_000;

export class ApiClient {
  readonly #client: Client;
  readonly #token: string;

  constructor(endpoint: Endpoint) {
    this.#token = endpoint.token;
    this.#client = new Client(endpoint.server, {
      allowH2: true,
      connect: { ca: endpoint.ca, servername: endpoint.servername },
      // A watch may be silent for as long as it likes (R4).
      bodyTimeout: 0,
    });
  }

  /** The answer as soon as its headers are there: for streams. */
  open(method: Dispatcher.HttpMethod, path: string, options: RequestOptions & { signal?: AbortSignal } = {}) {
    const { headers = {}, body = null, signal } = options;
    return this.#client.request({
      method,
      path,
      headers: { 'user-agent': 'watchsieve-e2e', authorization: `Bearer ${this.#token}`, ...headers },
      body,
      ...(signal === undefined ? {} : { signal }),
    });
  }

  /** The whole answer, which has 30 s to come. */
  async request(method: Dispatcher.HttpMethod, path: string, options: RequestOptions = {}): Promise<Answer> {
    const signal = AbortSignal.timeout(REQUEST_TIMEOUT_MS);
    const answer = await this.open(method, path, { ...options, signal });
    const body = Buffer.from(await answer.body.arrayBuffer());
    return { status: answer.statusCode, headers: answer.headers, body };
  }

  get(path: string, headers: Headers = {}): Promise<Answer> {
    return this.request('GET', path, { headers });
  }

  /**
   * Sends an object as JSON, for set-up: anything but success is an error.
   * @throws with method, path, status and the server's message.
   */
  async send(method: 'POST' | 'PATCH' | 'PUT' | 'DELETE', path: string, object: unknown): Promise<unknown> {
    const type = method === 'PATCH' ? 'application/strategic-merge-patch+json' : 'application/json';
    const options = { headers: { 'content-type': type }, body: JSON.stringify(object) };
    const answer = await this.request(method, path, options);
    const text = answer.body.toString();
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${text.slice(0, 500)}`);
    return parseJson(text);
  }

  async getJson(path: string): Promise<unknown> {
    const answer = await this.get(path);
    if (answer.status !== 200)
      throw new Error(`GET ${path}: ${answer.status} ${answer.body.toString('utf8', 0, 500)}`);
    return parseJson(answer.body.toString());
  }

  close(): Promise<void> {
    return this.#client.destroy();
  }
}
