/**
 * One request to upstream and its response back, streamed both ways with back-pressure (R3). Whatever
 * happens, the client gets upstream's answer, our own Status (R5), or a visibly broken connection; and
 * when the client is gone, upstream hears of it at once (R10).
 */
import { PassThrough, type Readable } from 'node:stream';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Exchange, ResponseHandler, ResponseHead, UpstreamRequest } from '../upstream/exchange.ts';
import type { Upstream } from '../upstream/upstream.ts';
import { UpstreamError } from '../upstream/upstream-error.ts';
import { answer } from './answer.ts';
import { classify, isWatch, type Classified } from './classify.ts';
import {
  filteredResponseHeaders,
  filteredWatchHeaders,
  requestHeaders,
  responseHeaders,
  valuesOf,
} from './headers.ts';
import type { InFlight, Serving } from './in-flight.ts';
import { LateExchange, type OwnCredentials } from './own-credentials.ts';
import { refused, unavailable, unsendable } from './status-body.ts';
import type { ListTapping, OpenWatch, TapList, WatchHandler } from './watch-hook.ts';

/** What {@link forward} needs besides the request. */
export interface ForwardOptions {
  readonly upstream: Upstream;
  /** Undefined where callers bring their own (I7). */
  readonly ownCredentials?: OwnCredentials | undefined;
  readonly openWatch?: OpenWatch | undefined;
  readonly tapList?: TapList | undefined;
  /** Undefined: a watch may be sent upstream. Otherwise to be waited for: why not, or undefined. Never rejects. */
  readonly passWatch?: (() => Promise<string | undefined> | undefined) | undefined;
  /** True from the moment no new stream may start (R31). */
  readonly isDraining: () => boolean;
  /** Knows every request from here on until its response is over. */
  readonly inFlight: InFlight;
  /** Filtered watches at one time (R27). */
  readonly maxStreams: number;
  /** A filtered watch over the limit was refused. */
  readonly onStreamRefused: () => void;
}

const SHUTTING_DOWN = 'this proxy is shutting down';

/** Answers one request. Never throws; the response is finished later. */
export function forward(options: ForwardOptions, req: IncomingMessage, res: ServerResponse): void {
  const { method = 'GET', url: target = '' } = req;
  // Upstream's Date is relayed; ours would be a second one.
  res.sendDate = false;
  if (!target.startsWith('/')) {
    answer(res, refused('bad-target'));
    return;
  }
  const { upstream, ownCredentials } = options;
  if (ownCredentials?.admits(req.rawHeaders) === false) {
    answer(res, refused('unauthorized'));
    return;
  }
  const classified = classify(method, target);
  if (options.isDraining()) {
    answer(res, unavailable(isWatch(classified), SHUTTING_DOWN));
    return;
  }
  const isFiltered = classified.kind === 'filtered-watch';
  const { inFlight, maxStreams, onStreamRefused } = options;
  if (isFiltered && inFlight.filteredWatches >= maxStreams) {
    onStreamRefused();
    answer(res, unavailable(true, `--max-streams allows ${maxStreams} filtered watches at one time`));
    return;
  }
  const relay = new Relay(options, classified, req, res);
  const headers = isFiltered ? filteredWatchHeaders(req.rawHeaders) : requestHeaders(req.rawHeaders);
  const request = { method, target, headers, body: bodyOf(req) };
  const send = (): Exchange =>
    ownCredentials === undefined
      ? upstream.send(request, relay)
      : sendAsOurselves(upstream, ownCredentials, request, relay);
  const held = isWatch(classified) ? options.passWatch?.() : undefined;
  if (held === undefined) relay.begin(send());
  else void relay.wait(held, send);
}

function sendAsOurselves(
  upstream: Upstream,
  credentials: OwnCredentials,
  request: UpstreamRequest,
  relay: Relay,
): Exchange {
  const exchange = new LateExchange();
  const start = async (): Promise<void> => {
    try {
      const headers = await credentials.exchange(request.headers);
      if (!exchange.isAborted) exchange.started(upstream.send({ ...request, headers }, relay));
    } catch (cause) {
      request.body?.destroy();
      if (!exchange.isAborted) relay.onError(new UpstreamError('headers', 'credentials', cause));
    }
  };
  void start();
  return exchange;
}

/** Hears upstream's response and writes it to the client. */
class Relay implements ResponseHandler, Serving {
  readonly #options: ForwardOptions;
  readonly #classified: Classified;
  readonly #req: IncomingMessage;
  readonly #res: ServerResponse;
  #exchange: Exchange | undefined;
  #isServed = false;
  /** Set once a watch was taken over. */
  #owner: WatchHandler | undefined;
  #tap: ListTapping | undefined;
  /** Whether nothing more is read until the tap has caught up. */
  #isTapBehind = false;

  constructor(options: ForwardOptions, classified: Classified, req: IncomingMessage, res: ServerResponse) {
    this.#options = options;
    this.#classified = classified;
    this.#req = req;
    this.#res = res;
  }

  get isWatch(): boolean {
    return isWatch(this.#classified);
  }

  get isFilteredWatch(): boolean {
    return this.#classified.kind === 'filtered-watch';
  }

  begin(exchange: Exchange): void {
    this.#exchange = exchange;
    this.#serve();
    this.#res.on('drain', () => {
      // Who took the watch over has its own queue, and its own time to resume.
      if (this.#owner === undefined && !this.#isTapBehind) exchange.resume();
    });
  }

  /** Begins when nothing speaks against it any more, unless the client has gone or was answered meanwhile. */
  async wait(held: Promise<string | undefined>, send: () => Exchange): Promise<void> {
    this.#serve();
    const cause = await held;
    if (this.#res.headersSent || this.#res.closed) return;
    if (cause === undefined) this.begin(send());
    else this.#unanswered(cause);
  }

  refuse(): void {
    if (this.#res.headersSent) return;
    this.#exchange?.abort();
    this.#unavailable(SHUTTING_DOWN);
  }

  onResponse(head: ResponseHead): void {
    this.#options.ownCredentials?.answered(head.statusCode);
    try {
      this.#owner = this.#openWatch(head);
      this.#tap = this.#tapList(head);
      this.#writeHead(head);
    } catch (error) {
      // Node refuses what is not valid HTTP: a header with control characters, an impossible status.
      this.#exchange?.abort();
      this.#unavailable(`the API server's answer cannot be relayed (${codeOf(error)})`);
    }
  }

  onData(chunk: Buffer): boolean {
    if (this.#owner !== undefined) return this.#owner.onData(chunk);
    const isWritable = this.#res.write(chunk);
    this.#isTapBehind = this.#tap?.onData(chunk) === false;
    return isWritable && !this.#isTapBehind;
  }

  onEnd(trailers: readonly string[]): void {
    if (this.#owner !== undefined) {
      this.#owner.onEnd(trailers);
      return;
    }
    const end = (): void => {
      if (trailers.length > 0) this.#res.addTrailers(pairs(trailers));
      this.#res.end();
    };
    if (this.#tap === undefined) end();
    else this.#tap.onEnd(end);
  }

  onError(error: UpstreamError): void {
    if (this.#owner !== undefined) {
      this.#owner.onError(error);
    } else if (this.#res.headersSent) {
      // The client must see that the body is not whole.
      this.#res.destroy();
    } else if (error.code === 'request') {
      answer(this.#res, unsendable(error.message));
    } else {
      this.#unanswered(error.message);
    }
  }

  #serve(): void {
    if (this.#isServed) return;
    this.#isServed = true;
    const { inFlight } = this.#options;
    inFlight.add(this);
    // 'close' comes after a finished response too; aborting what is over does nothing.
    this.#res.once('close', () => {
      inFlight.remove(this);
      this.#exchange?.abort();
    });
  }

  #unanswered(cause: string): void {
    this.#unavailable(`no answer from ${this.#options.upstream.target.description}: ${cause}`);
  }

  #openWatch(head: ResponseHead): WatchHandler | undefined {
    const { openWatch } = this.#options;
    if (this.#classified.kind !== 'filtered-watch' || this.#exchange === undefined) return undefined;
    return openWatch?.({
      classified: this.#classified,
      head,
      exchange: this.#exchange,
      requestHeaders: this.#req.headers,
      rawRequestHeaders: this.#req.rawHeaders,
      res: this.#res,
    });
  }

  #tapList(head: ResponseHead): ListTapping | undefined {
    if (this.#classified.kind !== 'filtered-list') return undefined;
    const caughtUp = (): void => {
      if (!this.#isTapBehind) return;
      this.#isTapBehind = false;
      if (!this.#res.writableNeedDrain) this.#exchange?.resume();
    };
    return this.#options.tapList?.({ classified: this.#classified, head, caughtUp });
  }

  #writeHead({ statusCode, statusMessage, headers }: ResponseHead): void {
    const hasBody = this.#req.method !== 'HEAD' && statusCode !== 204 && statusCode !== 304;
    const kept =
      this.#owner === undefined
        ? responseHeaders(headers, hasBody)
        : filteredResponseHeaders(headers, this.#owner.decodes === true);
    if (statusMessage === '') this.#res.writeHead(statusCode, kept);
    else this.#res.writeHead(statusCode, statusMessage, kept);
    // Now, not with the first byte of the body: that may be a minute away (R6).
    this.#res.flushHeaders();
  }

  #unavailable(cause: string): void {
    if (this.#res.headersSent) this.#res.destroy();
    else answer(this.#res, unavailable(this.isWatch, cause));
  }
}

/**
 * The request's body as a stream of its own: the transports destroy a body they cannot send, and
 * destroying the request itself would take the client's connection with it, and our answer.
 */
function bodyOf(req: IncomingMessage): Readable | null {
  const length = valuesOf(req.rawHeaders, 'content-length')[0];
  const hasBody =
    req.headers['transfer-encoding'] !== undefined || (length !== undefined && Number(length) > 0);
  if (!hasBody) return null;
  const body = new PassThrough();
  req.pipe(body);
  // Unread rest of a body would block the connection's next request.
  body.once('close', () => req.resume());
  body.on('error', noop);
  return body;
}

function pairs(flat: readonly string[]): [string, string][] {
  const result: [string, string][] = [];
  for (let at = 0; at + 1 < flat.length; at += 2) result.push([flat[at] ?? '', flat[at + 1] ?? '']);
  return result;
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string'
    ? error.code
    : 'malformed';
}

function noop(): void {
  // The error is reported by the exchange.
}
