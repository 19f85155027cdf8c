/**
 * A model of client-go's reflector and the rest client below it: LIST, watch, and what it does on each fault
 * (tools/cache/reflector.go, rest/request.go, rest/with_retry.go, client-go 0.34). HTTP/1.1 and JSON. It counts the
 * LISTs it sends, each attempt by itself.
 */
import { Client, type Dispatcher } from 'undici';
import { isRetriedByRestClient, nextAfter, type Outcome } from './reactions.ts';
import type { VirtualClock } from './virtual-clock.ts';

const MAX_RETRIES = 10;
const FIRST_BACKOFF_MS = 800;
const LAST_BACKOFF_MS = 30_000;
/** Between two tries of a request whose connection broke before an answer. */
const RECONNECT_MS = 1000;

export interface ReflectorOptions {
  readonly url: string;
  readonly caPem: string;
  readonly clock: VirtualClock;
  /** Whether it sets allowWatchBookmarks. */
  readonly bookmarks: boolean;
}

interface Metadata {
  readonly name: string;
  readonly resourceVersion: string;
  readonly labels?: Readonly<Record<string, string>>;
}
interface Event {
  readonly type: string;
  readonly object: { readonly code?: number; readonly metadata: Metadata };
}
interface List {
  readonly metadata: { readonly resourceVersion: string };
  readonly items: readonly { readonly metadata: Metadata }[];
}

type Response = Dispatcher.ResponseData;

export class ModelReflector {
  lists = 0;
  watches = 0;
  resourceVersion = '0';
  /** Labels by Node. */
  readonly store = new Map<string, Readonly<Record<string, string>>>();
  readonly #options: ReflectorOptions;
  readonly #client: Client;
  #backoffMs = FIRST_BACKOFF_MS;
  #isStopped = false;

  constructor(options: ReflectorOptions) {
    this.#options = options;
    this.#client = new Client(options.url, {
      connect: { ca: options.caPem },
      allowH2: false,
      bodyTimeout: 0,
      headersTimeout: 0,
    });
  }

  /** Lists and watches until it is stopped. */
  async run(): Promise<void> {
    while (!this.#stopped()) {
      await this.#listAndWatch();
      if (!this.#stopped()) await this.#backOff();
    }
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.#client.destroy();
  }

  // A method, because stopping may happen during an await, which type narrowing does not see.
  #stopped(): boolean {
    return this.#isStopped;
  }

  async #listAndWatch(): Promise<void> {
    if (!(await this.#list())) return;
    while (!this.#stopped()) {
      const outcome = await this.#watch();
      if (this.#stopped() || nextAfter(outcome) === 'list') return;
      if (outcome.kind !== 'ended' || outcome.errorCode !== undefined) await this.#backOff();
    }
  }

  async #list(): Promise<boolean> {
    try {
      const query = `limit=500&resourceVersion=${this.resourceVersion}`;
      const response = await this.#ask(query, () => (this.lists += 1));
      const text = await response.body.text();
      if (response.statusCode !== 200) return false;
      const { metadata, items } = JSON.parse(text) as List;
      this.store.clear();
      for (const item of items) this.store.set(item.metadata.name, item.metadata.labels ?? {});
      this.resourceVersion = metadata.resourceVersion;
      return true;
    } catch {
      return false;
    }
  }

  async #watch(): Promise<Outcome> {
    const { clock, bookmarks } = this.#options;
    const since = clock.now;
    let response: Response;
    try {
      const query = `watch=1&resourceVersion=${this.resourceVersion}&allowWatchBookmarks=${bookmarks}`;
      response = await this.#ask(query, () => (this.watches += 1));
    } catch (error) {
      if (isRefused(error)) return { kind: 'refused' };
      // What the rest client could not connect for, after its retries, it hands on as an empty watch.
      return isBroken(error)
        ? { kind: 'ended', events: 0, ms: clock.now - since }
        : { kind: 'status', code: 0, retryAfter: false };
    }
    if (response.statusCode !== 200) {
      await response.body.dump();
      return { kind: 'status', code: response.statusCode, retryAfter: hasRetryAfter(response) };
    }
    const { events, errorCode } = await this.#follow(response);
    // While a watch runs nobody sleeps: a long one is long by the events it had.
    return {
      kind: 'ended',
      events,
      ms: clock.now - since,
      ...(errorCode === undefined ? {} : { errorCode }),
    };
  }

  /** Reads events to the end of the stream, however it comes. */
  async #follow({ body }: Response): Promise<{ events: number; errorCode?: number }> {
    let events = 0;
    let unread = '';
    try {
      for await (const chunk of body.setEncoding('utf8')) {
        const lines = (unread + String(chunk)).split('\n');
        unread = lines.pop() ?? '';
        for (const line of lines) {
          const event = JSON.parse(line) as Event;
          if (event.type === 'ERROR') {
            body.on('error', () => undefined).destroy();
            return { events, errorCode: event.object.code ?? 500 };
          }
          this.#apply(event);
          events += 1;
        }
      }
    } catch {
      // ErrUnexpectedEOF and connection reset are ends like any other.
    }
    return { events };
  }

  #apply({ type, object: { metadata } }: Event): void {
    this.resourceVersion = metadata.resourceVersion;
    if (type === 'DELETED') this.store.delete(metadata.name);
    else if (type !== 'BOOKMARK') this.store.set(metadata.name, metadata.labels ?? {});
  }

  /** The rest client: sends again what it may. @throws the connection's error when that lasts */
  async #ask(query: string, count: () => unknown): Promise<Response> {
    for (let retries = 0; ; retries++) {
      count();
      try {
        const response = await this.#client.request({ method: 'GET', path: `/api/v1/nodes?${query}` });
        const { statusCode } = response;
        if (retries === MAX_RETRIES || !isRetriedByRestClient(statusCode, hasRetryAfter(response)))
          return response;
        await response.body.dump();
        await this.#options.clock.sleep(Number(response.headers['retry-after']) * 1000);
      } catch (error) {
        if (retries === MAX_RETRIES || !isBroken(error) || this.#stopped()) throw error;
        await this.#options.clock.sleep(RECONNECT_MS);
      }
    }
  }

  async #backOff(): Promise<void> {
    await this.#options.clock.sleep(this.#backoffMs);
    this.#backoffMs = Math.min(this.#backoffMs * 2, LAST_BACKOFF_MS);
  }
}

function hasRetryAfter({ headers }: Response): boolean {
  return headers['retry-after'] !== undefined;
}

const codeOf = (error: unknown): unknown =>
  typeof error === 'object' && error !== null ? Reflect.get(error, 'code') : undefined;

function isRefused(error: unknown): boolean {
  return codeOf(error) === 'ECONNREFUSED';
}

/** EOF, reset or broken off before an answer. */
function isBroken(error: unknown): boolean {
  return ['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET'].includes(String(codeOf(error)));
}
