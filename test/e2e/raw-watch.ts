/**
 * A watch as bytes: the frames exactly as they came, split by rules of its own (it shares no code with
 * the proxy), and awaited by what they contain.
 */

import { ApiClient } from './api-client.ts';
import type { Endpoint, Headers } from './api-client.ts';
import type { Encoding } from './informer.ts';

const ACCEPT: Readonly<Record<Encoding, string>> = {
  json: 'application/json',
  protobuf: 'application/vnd.kubernetes.protobuf;stream=watch,application/vnd.kubernetes.protobuf',
};

export interface RawWatchOptions {
  readonly endpoint: Endpoint;
  readonly encoding: Encoding;
  /** With query. */
  readonly path: string;
  /** Besides what every request here has. */
  readonly headers?: Headers;
}

type Waiter = () => void;

export class RawWatch {
  readonly contentType: string | undefined;
  readonly frames: Buffer[] = [];
  /** Resolves at the end of the stream; rejects where it broke. */
  readonly ended: Promise<void>;
  readonly #encoding: Encoding;
  readonly #abort: AbortController;
  readonly #client: ApiClient;
  readonly #waiters = new Set<Waiter>();
  #rest = Buffer.alloc(0);

  private constructor(options: {
    readonly client: ApiClient;
    readonly abort: AbortController;
    readonly encoding: Encoding;
    readonly contentType: string | undefined;
    readonly body: AsyncIterable<Buffer>;
  }) {
    this.#client = options.client;
    this.#abort = options.abort;
    this.#encoding = options.encoding;
    this.contentType = options.contentType;
    this.ended = this.#read(options.body);
    // Awaited only by those who want the end; an abort of ours is not an error.
    this.ended.catch(() => undefined);
  }

  /** Resolves with the response headers, before the first event (R6). */
  static async open({ endpoint, encoding, path, headers: more }: RawWatchOptions): Promise<RawWatch> {
    const client = new ApiClient(endpoint);
    const abort = new AbortController();
    const headers = { accept: ACCEPT[encoding], ...more };
    const answer = await client.open('GET', path, { headers, signal: abort.signal });
    if (answer.statusCode !== 200)
      throw new Error(`GET ${path}: ${answer.statusCode} ${await answer.body.text()}`);
    const contentType = answer.headers['content-type'];
    return new RawWatch({
      client,
      abort,
      encoding,
      contentType: typeof contentType === 'string' ? contentType : undefined,
      body: answer.body,
    });
  }

  /** Waits until a frame holds these bytes. */
  async reached(needle: string, timeoutMs = 10_000): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<undefined>();
    const look = () => {
      if (this.frames.some((frame) => frame.includes(needle))) resolve(undefined);
    };
    const timer = setTimeout(() => {
      reject(new Error(`no frame with ${needle} among ${this.frames.length} within ${timeoutMs} ms`));
    }, timeoutMs);
    this.#waiters.add(look);
    look();
    try {
      await promise;
    } finally {
      clearTimeout(timer);
      this.#waiters.delete(look);
    }
  }

  async close(): Promise<void> {
    this.#abort.abort();
    await this.#client.close();
  }

  async #read(body: AsyncIterable<Buffer>): Promise<void> {
    for await (const chunk of body) {
      this.#rest = Buffer.concat([this.#rest, chunk]);
      for (let length = this.#frameLength(); length !== undefined; length = this.#frameLength()) {
        this.frames.push(Buffer.from(this.#rest.subarray(0, length)));
        this.#rest = this.#rest.subarray(length);
      }
      for (const look of this.#waiters) look();
    }
    if (this.#rest.length > 0)
      throw new Error(`the stream ended inside a frame, ${this.#rest.length} bytes of it`);
  }

  /** Of the first frame in `#rest`, delimiter or length prefix included; undefined while it is not whole. */
  #frameLength(): number | undefined {
    if (this.#encoding === 'json') {
      const newline = this.#rest.indexOf(0x0a);
      return newline === -1 ? undefined : newline + 1;
    }
    if (this.#rest.length < 4) return undefined;
    const length = 4 + this.#rest.readUInt32BE(0);
    return length <= this.#rest.length ? length : undefined;
  }
}
