/**
 * One request and its response, as the folders above see them: plain callbacks, so that back-pressure
 * and abort are explicit and a chunk costs one call. Owns the promise that exactly one ending is
 * reported, and none after an abort; the transports below own the bytes.
 */
import type { Readable } from 'node:stream';
import type { ByteBudget } from '../../core/limits/byte-budget.ts';
import { RequestBody } from './request-body.ts';
import { toUpstreamError, type UpstreamError, type UpstreamPhase } from './upstream-error.ts';

/**
 * Requests of one lane share HTTP/2 connections, and what happens on those does not reach the others (R43): filtered
 * watches and their lists are apart from all else, and so is what one caller has in flight beyond its share, which would
 * keep others waiting for a stream, and behind its answers.
 */
export type Lane = 'shared' | 'apart' | 'crowd';

/** A request whose hop-by-hop headers are already gone. */
export interface UpstreamRequest {
  readonly method: string;
  /** The raw request target, beginning with `/`; appended to the base path, never normalised (R2). */
  readonly target: string;
  /** Flat `[name, value, name, value, ...]`; no Host: upstream's own authority is used. */
  readonly headers: readonly string[];
  /** Null when there is no body. Destroyed when the exchange fails before it was read to its end. */
  readonly body: Readable | null;
  /** `shared` where nothing is said. */
  readonly lane?: Lane;
  /** Its answer comes as things happen, so that it holds up no other however long it becomes. */
  readonly isWatch?: boolean;
}

/** Status line and headers of a response. */
export interface ResponseHead {
  readonly statusCode: number;
  /** Empty over HTTP/2. */
  readonly statusMessage: string;
  /** Flat `[name, value, name, value, ...]`, as received. */
  readonly headers: readonly string[];
}

/** Hears one response: a head, chunks, then exactly one of `onEnd` and `onError`. */
export interface ResponseHandler {
  onResponse(head: ResponseHead): void;
  /** `chunk` is borrowed until the call returns (I8). False asks to read no more until `resume()`. */
  onData(chunk: Buffer): boolean;
  /** The response is complete. `trailers` is flat like headers. */
  onEnd(trailers: readonly string[]): void;
  onError(error: UpstreamError): void;
}

/** A running request. */
export interface Exchange {
  /** Ends it at once in every phase; the handler hears nothing more. Harmless when already over. */
  abort(): void;
  /** Goes on reading after `onData` said false. */
  resume(): void;
}

/** Told of every exchange and connection, for metrics and readiness. */
export interface UpstreamObserver {
  /** A response head came; `code` is its status. */
  answered(code: number): void;
  /** An exchange failed; not called for aborted ones. */
  failed(error: UpstreamError): void;
  /** The number of open connections, each time it changes. */
  connections(count: number): void;
}

/** Who hears of a response, and where the bytes are drawn from that are kept of its request. */
export interface DeliveryParts {
  readonly handler: ResponseHandler;
  readonly observer: UpstreamObserver;
  readonly bodies: ByteBudget;
}

/**
 * Where a transport reports one response.
 *
 * waiting => responding => settled; every state may settle, and a settled one swallows the rest.
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
    // The answer may come before the body was read to its end.
    this.settle();
    this.#handler.onEnd(trailers);
  }

  /** @param phase - used while there is no response head; afterwards it is `body`. */
  fail(phase: UpstreamPhase, thrown: unknown): void {
    if (this.#at === 'settled') return;
    const error = toUpstreamError(this.#at === 'responding' ? 'body' : phase, thrown);
    this.settle();
    this.#observer.failed(error);
    this.#handler.onError(error);
  }

  /** Ends silently, as an abort does, and lets go of the body. */
  settle(): void {
    if (this.#at === 'settled') return;
    this.#at = 'settled';
    this.body?.destroy();
  }
}
