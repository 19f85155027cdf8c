/**
 * One request to upstream and its response back, streamed both ways with back-pressure (R3). Whatever
 * happens, the client gets upstream's answer, our own Status where nothing can have been carried out (R5), or a visibly
 * broken connection; and when the client is gone, upstream hears of it at once (R10).
 */
import { PassThrough, type Readable } from 'node:stream';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type {
  Exchange,
  ResponseHandler,
  ResponseHead,
  UpstreamRequest,
} from '../../platform/upstream/exchange.ts';
import type { Upstream } from '../../platform/upstream/upstream.ts';
import { UpstreamError } from '../../platform/upstream/upstream-error.ts';
import { answer } from './answer.ts';
import { bytesOfHead } from './bytes-of-head.ts';
import type { Callers } from './callers.ts';
import { classify, isRepeatable, isWatch, type Classified } from './classify.ts';
import type { Guest, GuestLimit, Guests, PlaceKind } from './guests.ts';
import {
  filteredResponseHeaders,
  filteredWatchHeaders,
  requestHeaders,
  responseHeaders,
  valuesOf,
} from './headers.ts';
import type { InFlight, Serving } from './in-flight.ts';
import { LateExchange, type OwnCredentials } from './own-credentials.ts';
import { overLimit, refused, unavailable, unsendable } from './status-body.ts';
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
  /** Who takes what of this proxy, and whose they are (R27). */
  readonly guests: Guests;
  readonly callers: Callers;
}

const NOTHING = Buffer.alloc(0);
const SHUTTING_DOWN = 'this proxy is shutting down';

/** What one request costs besides its head: its objects here and in both transports (bytes). */
const REQUEST_BYTES = 16 * 1024;
/** Of a request's body in its own stream, the transport's and the socket's. */
const BODY_BYTES = 384 * 1024;
/** Of a body in its own stream, each way: below what Node.js takes by default, since all there are add up. */
const BODY_QUEUE_BYTES = 16 * 1024;
/** What a filtered watch keeps besides its baseline: an incomplete frame, one held back, scanners. */
const STREAM_BYTES = 64 * 1024;
/** What upstream may have sent after we have asked it to pause (h2-connection.ts, STREAM_WINDOW_BYTES). */
const PAUSED_BYTES = 512 * 1024;

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
  const digest = options.callers.digestOf(req.rawHeaders);
  const relay = new Relay(options, { classified, digest, req, res });
  const body = bodyOf(req);
  const limit = options.guests.enter(relay, bytesOf(req, body !== null, isFiltered));
  if (limit !== undefined) {
    body?.destroy();
    answer(res, unavailable(isWatch(classified), overLimit(limit, options.guests.limitOf(limit))));
    return;
  }
  const headers = isFiltered ? filteredWatchHeaders(req.rawHeaders) : requestHeaders(req.rawHeaders);
  // Where its credentials have been accepted before: a 401 makes the API server give the connection up.
  const isApart = classified.kind.startsWith('filtered-') && options.callers.isKnown(digest);
  const request = { method, target, headers, body, isApart };
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

/** What a request is expected to make us keep at most, answers that are not read left out. */
function bytesOf(req: IncomingMessage, hasBody: boolean, isFiltered: boolean): number {
  return REQUEST_BYTES + bytesOfHead(req) + (hasBody ? BODY_BYTES : 0) + (isFiltered ? STREAM_BYTES : 0);
}

interface Asked {
  readonly classified: Classified;
  /** Of the caller's credentials. */
  readonly digest: string;
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
}

/** Hears upstream's response and writes it to the client. */
class Relay implements ResponseHandler, Serving, Guest {
  readonly caller: string;
  readonly #digest: string;
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
  /** Counted while reading is paused: what is buffered on both sides of us. */
  #pausedBytes = 0;

  constructor(options: ForwardOptions, { classified, digest, req, res }: Asked) {
    this.#options = options;
    this.caller = options.callers.callerOf(digest);
    this.#digest = digest;
    this.#classified = classified;
    this.#req = req;
    this.#res = res;
  }

  get isWatch(): boolean {
    return isWatch(this.#classified);
  }

  get kind(): PlaceKind {
    return this.#classified.kind === 'filtered-watch' ? 'streams' : 'requests';
  }

  get canBeRefused(): boolean {
    return !this.#res.headersSent && this.#isRepeatable;
  }

  giveWay(limit: GuestLimit): void {
    if (this.canBeRefused) {
      this.#exchange?.abort();
      this.#unavailable(overLimit(limit, this.#options.guests.limitOf(limit)));
      return;
    }
    this.#owner?.giveWay();
    // A write may have been carried out, and an answer is not whole: only a broken connection says so (R5).
    if (this.#owner === undefined || limit === 'memory') this.#res.destroy();
  }

  begin(exchange: Exchange): void {
    this.#exchange = {
      abort: () => exchange.abort(),
      resume: () => {
        this.#resumed();
        exchange.resume();
      },
    };
    this.#serve();
    this.#res.on('drain', () => {
      // Who took the watch over has its own queue, and its own time to resume.
      if (this.#owner === undefined && !this.#isTapBehind) this.#exchange?.resume();
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
    // A write may have been carried out: it is seen through for as long as there is time (R5).
    if (!this.canBeRefused) return;
    this.#exchange?.abort();
    this.#unavailable(SHUTTING_DOWN);
  }

  onResponse(head: ResponseHead): void {
    this.#options.ownCredentials?.answered(head.statusCode);
    const { callers, guests } = this.#options;
    callers.answered(this.#digest, head.statusCode);
    guests.recognise(this, callers.callerOf(this.#digest));
    try {
      this.#owner = this.#openWatch(head);
      this.#tap = this.#tapList(head);
      this.#writeHead(head);
    } catch (error) {
      // Node refuses what is not valid HTTP: a header with control characters, an impossible status.
      this.#exchange?.abort();
      if (this.#isRepeatable)
        this.#unavailable(`the API server's answer cannot be relayed (${codeOf(error)})`);
      else this.#break();
    }
  }

  onData(chunk: Buffer): boolean {
    const goesOn = this.#owner === undefined ? this.#pass(chunk) : this.#owner.onData(chunk);
    if (!goesOn) this.#paused();
    return goesOn;
  }

  #pass(chunk: Buffer): boolean {
    const isWritable = this.#res.write(chunk);
    this.#isTapBehind = this.#tap?.onData(chunk) === false;
    return isWritable && !this.#isTapBehind;
  }

  /** What then lies on both sides of us is there until the client has read on, also when upstream has ended. */
  #paused(): void {
    if (this.#pausedBytes > 0) return;
    this.#pausedBytes = PAUSED_BYTES + this.#res.writableLength;
    this.#options.guests.charge(this, this.#pausedBytes);
  }

  #resumed(): void {
    if (this.#pausedBytes === 0) return;
    this.#options.guests.refund(this, this.#pausedBytes);
    this.#pausedBytes = 0;
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
      this.#break();
    } else if (error.code === 'request') {
      answer(this.#res, unsendable(error.message));
    } else if (error.isUnprocessed || this.#isRepeatable) {
      this.#unanswered(error.message);
    } else {
      this.#break();
    }
  }

  #serve(): void {
    if (this.#isServed) return;
    this.#isServed = true;
    const { inFlight, guests } = this.#options;
    inFlight.add(this);
    // 'close' comes after a finished response too; aborting what is over does nothing.
    this.#res.once('close', () => {
      inFlight.remove(this);
      guests.leave(this);
      this.#exchange?.abort();
      this.#tap?.onGone();
    });
  }

  /** client-go sends any method again on our answer, because of its Retry-After (R5). */
  get #isRepeatable(): boolean {
    const { method = 'GET', url = '' } = this.#req;
    return isRepeatable(method, url);
  }

  /** The client sees what it would see of upstream: a connection that breaks before the answer, or in its body. */
  #break(): void {
    this.#res.destroy();
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
    return this.#options.tapList?.({
      classified: this.#classified,
      head,
      rawRequestHeaders: this.#req.rawHeaders,
      caughtUp,
    });
  }

  #writeHead({ statusCode, statusMessage, headers }: ResponseHead): void {
    const hasBody = this.#req.method !== 'HEAD' && statusCode !== 204 && statusCode !== 304;
    const kept =
      this.#owner === undefined
        ? responseHeaders(headers, hasBody)
        : filteredResponseHeaders(headers, this.#owner.decodes === true);
    if (statusMessage === '') this.#res.writeHead(statusCode, kept);
    else this.#res.writeHead(statusCode, statusMessage, kept);
    // Now, not with the first byte of the body: that may be a minute away (R6). Not by flushHeaders(), which writes the head
    // as UTF-8 (Node.js 24): characters stand for bytes here, and those above 0x7f would become two.
    if (hasBody) this.#res.write(NOTHING);
  }

  #unavailable(cause: string): void {
    if (this.#res.headersSent) this.#break();
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
  const body = new PassThrough({ highWaterMark: BODY_QUEUE_BYTES });
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
