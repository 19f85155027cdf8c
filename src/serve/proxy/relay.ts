/**
 * One answer of upstream on its way to the client, streamed with back-pressure (R3). Whatever happens, the client gets
 * upstream's answer, our own Status where nothing can have been carried out (R5), or a visibly broken connection; and
 * when the client is gone, upstream hears of it at once (R10).
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Exchange, ResponseHandler, ResponseHead } from '../../platform/upstream/exchange.ts';
import type { UpstreamError } from '../../platform/upstream/upstream-error.ts';
import { answer } from './answer.ts';
import { isRepeatable, isWatch, type Classified } from './classify.ts';
import type { ForwardOptions } from './forward-options.ts';
import type { Guest, GuestLimit, PlaceKind } from './guests.ts';
import { filteredResponseHeaders, responseHeaders } from './headers.ts';
import type { Serving } from './in-flight.ts';
import { overLimit, unavailable, unsendable } from './status-body.ts';
import type { ListTapping, WatchHandler } from './watch-hook.ts';

const NOTHING = Buffer.alloc(0);
const SHUTTING_DOWN = 'this proxy is shutting down';

/** What upstream may have sent after we have asked it to pause (h2-connection.ts, STREAM_WINDOW_BYTES), and what holds it. */
const PAUSED_BYTES = 768 * 1024;

interface Asked {
  readonly classified: Classified;
  /** Of the caller's credentials. */
  readonly digest: string;
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
}

/** Hears upstream's response and writes it to the client. */
export class Relay implements ResponseHandler, Serving, Guest {
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
    // A write may have been carried out, and an answer is not whole: only a broken connection says so (R5). A watch has its
    // end; but a client that does not read would keep its connection without being counted any more.
    if (this.#owner === undefined || limit === 'memory' || this.#res.writableNeedDrain) this.#res.destroy();
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
      peer: this.#res.socket,
      isWebSocket: false,
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
