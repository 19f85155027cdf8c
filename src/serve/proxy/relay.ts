/**
 * Streams one answer of upstream to the client with back-pressure (R3). In every case the client gets upstream's
 * answer, or a Status of this program if the request cannot have had an effect (R5), or a visibly broken connection.
 * When the client goes, the request to upstream is aborted at once (R10).
 */
import type { Exchange, ResponseHandler, ResponseHead } from '../../platform/upstream/exchange.ts';
import type { UpstreamError } from '../../platform/upstream/upstream-error.ts';
import { fieldsOf } from '../../core/request/fields.ts';
import { answer } from './answer.ts';
import { isRepeatable, isWatch, type Classified } from './classify.ts';
import type { ForwardOptions } from './forward-options.ts';
import type { Guest, GuestLimit, PlaceKind } from './guests.ts';
import { filteredResponseHeaders, responseHeaders } from './headers.ts';
import type { PresetPath } from './preset-path.ts';
import type { Serving } from './in-flight.ts';
import type { SharedChunks } from './shared-chunks.ts';
import { overLimit, unavailable, unsendable } from './status-body.ts';
import type { ListTapping, WatchHandler } from './watch-hook.ts';
import { codeOf } from '../../platform/text/failure.ts';
import type { ClientRequest, ClientResponse } from '../../platform/listen/served.ts';

const NOTHING = Buffer.alloc(0);
const SHUTTING_DOWN = 'this proxy is shutting down';

/** The memory for bytes that upstream sends after it was asked to pause (h2-connection.ts, STREAM_WINDOW_BYTES). */
const PAUSED_BYTES = 768 * 1024;

interface Asked {
  readonly classified: Classified;
  readonly digest: string;
  readonly req: ClientRequest;
  readonly path: PresetPath;
  readonly res: ClientResponse;
}

/** Receives upstream's response and writes it to the client. */
export class Relay implements ResponseHandler, Serving, Guest {
  readonly caller: string;
  readonly #digest: string;
  readonly #options: ForwardOptions;
  readonly #classified: Classified;
  readonly #req: ClientRequest;
  readonly #path: PresetPath;
  readonly #res: ClientResponse;
  #exchange: Exchange | undefined;
  #isServed = false;
  /** Set once a handler has taken the watch over. */
  #owner: WatchHandler | undefined;
  #tap: ListTapping | undefined;
  /** Set once all further bytes have been filtered elsewhere in this program, and are shared with other responses. */
  #sharedBy: SharedChunks | undefined;
  /** True while reading is paused until the tap has caught up. */
  #isTapBehind = false;
  /** The bytes buffered on both sides while reading is paused. */
  #pausedBytes = 0;

  constructor(options: ForwardOptions, { classified, digest, req, res, path }: Asked) {
    this.#options = options;
    this.caller = options.callers.callerOf(digest);
    this.#digest = digest;
    this.#classified = classified;
    this.#req = req;
    this.#path = path;
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
    // A write may have had an effect, or the answer is incomplete: only a broken connection shows this (R5). A watch
    // ends cleanly, but a client that does not read would keep its connection uncounted.
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
      // The handler of a watch has its own queue and resumes by itself.
      if (this.#owner === undefined && !this.#isTapBehind) this.#exchange?.resume();
    });
  }

  /** Sends the request once `held` allows it, unless the client has gone or was answered meanwhile. */
  async wait(held: Promise<string | undefined>, send: () => Exchange): Promise<void> {
    this.#serve();
    const cause = await held;
    if (this.#res.headersSent || this.#res.closed) return;
    if (cause === undefined) this.begin(send());
    else this.#unanswered(cause);
  }

  /** From now on all bytes have been filtered elsewhere in this program, and are shared with other responses. */
  passAsItIs(writer: SharedChunks): void {
    this.#sharedBy = writer;
  }

  refuse(): void {
    // A write may have had an effect, so it is completed if time allows (R5).
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
      // Node.js rejects invalid HTTP, such as a header with control characters or an impossible status.
      this.#exchange?.abort();
      if (this.#isRepeatable)
        this.#unavailable(`the API server's answer cannot be relayed (${codeOf(error) ?? 'malformed'})`);
      else this.#break();
    }
  }

  onData(chunk: Buffer): boolean {
    const goesOn = this.#owner === undefined ? this.#pass(chunk) : this.#owner.onData(chunk);
    if (!goesOn) this.#paused();
    return goesOn;
  }

  #pass(chunk: Buffer): boolean {
    const isWritable = this.#sharedBy?.write(this.#res, chunk) ?? this.#res.write(chunk);
    this.#isTapBehind = this.#tap?.onData(chunk) === false;
    return isWritable && !this.#isTapBehind;
  }

  /** Counts the buffered bytes on both sides. They remain until the client reads on, even if upstream has ended. */
  #paused(): void {
    if (this.#pausedBytes > 0) return;
    // Bytes from a hub's memory are shared by all its readers and counted there.
    this.#pausedBytes = (this.#sharedBy === undefined ? PAUSED_BYTES : 0) + this.#res.writableLength;
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
      if (trailers.length > 0) this.#res.addTrailers(fieldsOf(trailers));
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
    // 'close' also follows a finished response; abort() then does nothing.
    this.#res.once('close', () => {
      inFlight.remove(this);
      guests.leave(this);
      this.#exchange?.abort();
      this.#tap?.onGone();
    });
  }

  /** client-go repeats a request of any method after a Status with Retry-After, so it must be safe to repeat (R5). */
  get #isRepeatable(): boolean {
    const { method = 'GET' } = this.#req;
    return isRepeatable(method, this.#path.target);
  }

  /** Breaks the connection, before the answer or within its body, as the client would see it from upstream. */
  #break(): void {
    this.#res.destroy();
  }

  #unanswered(cause: string): void {
    this.#unavailable(`no answer from ${this.#options.upstream.target.description}: ${cause}`);
  }

  #openWatch(head: ResponseHead): WatchHandler | undefined {
    const { openWatch } = this.#options;
    const isTaken = this.#classified.kind === 'filtered-watch' && this.#sharedBy === undefined;
    if (!isTaken || this.#exchange === undefined) return undefined;
    return openWatch({
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
    if (this.#classified.kind !== 'filtered-list' || this.#sharedBy !== undefined) return undefined;
    const caughtUp = (): void => {
      if (!this.#isTapBehind) return;
      this.#isTapBehind = false;
      if (!this.#res.writableNeedDrain) this.#exchange?.resume();
    };
    return this.#options.tapList({
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
        ? responseHeaders(headers, hasBody, this.#path.preset)
        : filteredResponseHeaders(headers, this.#owner.decodes === true);
    if (statusMessage === '') this.#res.writeHead(statusCode, kept);
    else this.#res.writeHead(statusCode, statusMessage, kept);
    // The head is sent now, because the first byte of the body may be a minute away (R6). flushHeaders() is unsuitable:
    // it writes the head as UTF-8 (Node.js 24), but a character above 0x7f stands for one byte here.
    if (hasBody) this.#res.write(NOTHING);
  }

  #unavailable(cause: string): void {
    if (this.#res.headersSent) this.#break();
    else answer(this.#res, unavailable(this.isWatch, cause));
  }
}
