/**
 * One request and its response, as the folders above see them. Plain callbacks make back-pressure and abort explicit,
 * and a chunk costs one call. This module guarantees that exactly one end is reported, and none after an abort; the
 * transports own the bytes.
 */
import type { Readable } from 'node:stream';
import type { ByteBudget } from '../../core/limits/byte-budget.ts';
import { RequestBody } from './request-body.ts';
import { toUpstreamError, type UpstreamError, type UpstreamPhase } from './upstream-error.ts';

/**
 * Requests of one lane share HTTP/2 connections, and problems on these do not affect other lanes (R43). `apart`:
 * filtered watches and their lists. `crowd`: requests of one caller beyond its share, which would make others wait for
 * a stream and behind long answers. `shared`: all others.
 */
export type Lane = 'shared' | 'apart' | 'crowd';

/** A request without its hop-by-hop headers. */
export interface UpstreamRequest {
  readonly method: string;
  /** The raw request target, beginning with `/`; appended to the base path, never normalised (R2). */
  readonly target: string;
  /** Flat `[name, value, name, value, ...]`, without Host: the authority of upstream is used. */
  readonly headers: readonly string[];
  /** Null if there is no body. Destroyed if the exchange fails before the body was read to its end. */
  readonly body: Readable | null;
  /** `shared` by default. */
  readonly lane?: Lane;
  /** The answer arrives bit by bit over time, so it delays no other answer, however long it becomes. */
  readonly isWatch?: boolean;
}

export interface ResponseHead {
  readonly statusCode: number;
  /** Empty over HTTP/2. */
  readonly statusMessage: string;
  /** Flat `[name, value, name, value, ...]`, as received. */
  readonly headers: readonly string[];
}

/** Receives one response: a head, chunks, then exactly one of `onEnd` and `onError`. */
export interface ResponseHandler {
  onResponse(head: ResponseHead): void;
  /** `chunk` is borrowed until the call returns (I8). @returns false to stop reading until `resume()` */
  onData(chunk: Buffer): boolean;
  /** The response is complete. `trailers` is flat like headers. */
  onEnd(trailers: readonly string[]): void;
  onError(error: UpstreamError): void;
}

export interface Exchange {
  /**
   * Ends the exchange at once, in any phase; the handler is not called any more. Has no effect if the exchange is over.
   */
  abort(): void;
  /** Continues reading after `onData` returned false. */
  resume(): void;
}

/** Informed about all exchanges and connections, for metrics and readiness. */
export interface UpstreamObserver {
  /** A response head arrived; `code` is its status. */
  answered(code: number): void;
  /** An exchange failed. Not called for aborted ones. */
  failed(error: UpstreamError): void;
  /** Called with the number of open connections each time it changes. */
  connections(count: number): void;
}

/** The recipient of a response, and the budget for kept bytes of its request. */
export interface DeliveryParts {
  readonly handler: ResponseHandler;
  readonly observer: UpstreamObserver;
  readonly bodies: ByteBudget;
}

/**
 * Through this class a transport reports one response. waiting → responding → settled; every state may settle, and a
 * settled one ignores further calls.
 */
export class Delivery {
  readonly request: UpstreamRequest;
  readonly body: RequestBody | null;
  readonly #handler: ResponseHandler;
  readonly #observer: UpstreamObserver;
  #at: 'waiting' | 'responding' | 'settled' = 'waiting';

  constructor(request: UpstreamRequest, { handler, observer, bodies }: DeliveryParts) {
    this.request = request;
    this.body = request.body === null ? null : new RequestBody(request.body, bodies);
    this.#handler = handler;
    this.#observer = observer;
  }

  get settled(): boolean {
    return this.#at === 'settled';
  }

  get responding(): boolean {
    return this.#at === 'responding';
  }

  response(head: ResponseHead): void {
    if (this.#at !== 'waiting') return;
    this.#at = 'responding';
    this.body?.keepNoMore();
    this.#observer.answered(head.statusCode);
    this.#handler.onResponse(head);
  }

  data(chunk: Buffer): boolean {
    return this.#at !== 'responding' || this.#handler.onData(chunk);
  }

  end(trailers: readonly string[]): void {
    if (this.#at !== 'responding') return;
    // An answer may come before the whole body was read.
    this.settle();
    this.#handler.onEnd(trailers);
  }

  /** @param phase - used as long as there is no response head; afterwards the phase is `body` */
  fail(phase: UpstreamPhase, thrown: unknown): void {
    if (this.#at === 'settled') return;
    const error = toUpstreamError(this.#at === 'responding' ? 'body' : phase, thrown);
    this.settle();
    this.#observer.failed(error);
    this.#handler.onError(error);
  }

  /** Ends without a report, as for an abort, and releases the body. */
  settle(): void {
    if (this.#at === 'settled') return;
    this.#at = 'settled';
    this.body?.destroy();
  }
}
