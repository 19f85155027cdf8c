/**
 * Requests over HTTP/1.1, for peers without HTTP/2 and for a setting (R43): an undici Pool without limit and
 * pipelining. So each running watch has its own connection, no request waits for another, and free connections are used
 * again.
 */
import type { TLSSocket } from 'node:tls';
import { Pool, type Dispatcher } from 'undici';
import type { Delivery, Exchange } from './exchange.ts';
import { toUpstreamError } from './upstream-error.ts';

/**
 * Slightly less than kube-apiserver's idle limit of 90 s, so that this side closes first, and no request is sent on a
 * connection that is being closed.
 */
const KEEP_ALIVE_MS = 85_000;
/** Limit of a response's header block, bytes (R4 asks for 64 KiB). */
const MAX_HEADER_BYTES = 256 * 1024;

export interface H1ConnectionsOptions {
  readonly origin: string;
  /** Empty or `/prefix`, put before each request target. */
  readonly basePath: string;
  dial(): Promise<TLSSocket>;
}

/** All HTTP/1.1 connections to one API server, except upgraded ones. */
export class H1Connections {
  readonly #options: H1ConnectionsOptions;
  readonly #pool: Pool;

  constructor(options: H1ConnectionsOptions) {
    this.#options = options;
    this.#pool = new Pool(options.origin, {
      allowH2: false,
      connections: null,
      pipelining: 1,
      headersTimeout: 0,
      bodyTimeout: 0,
      keepAliveTimeout: KEEP_ALIVE_MS,
      keepAliveMaxTimeout: KEEP_ALIVE_MS,
      maxHeaderSize: MAX_HEADER_BYTES,
      connect: (_options, callback) => {
        options.dial().then(
          (socket) => callback(null, socket),
          (error: unknown) => callback(toUpstreamError('connect', error), null),
        );
      },
    });
  }

  /** Sends a request, on a new connection if necessary. */
  send(delivery: Delivery): Exchange {
    const { method, target, headers } = delivery.request;
    let controller: Dispatcher.DispatchController | undefined;
    let sent = false;
    const body = delivery.body?.open() ?? null;
    // HTTP/1.1 cannot report that a sent request was not processed, so the request is not sent again. It may have been
    // sent before, over HTTP/2.
    delivery.body?.keepNoMore();
    const handler: Dispatcher.DispatchHandler = {
      onRequestStart(started) {
        controller = started;
        if (delivery.settled) started.abort(new Error('the client is gone'));
      },
      onResponseStart(current, statusCode, _headers, statusMessage = '') {
        // 1xx: several may come before the answer.
        if (statusCode < 200) return;
        delivery.response({ statusCode, statusMessage, headers: flat(current.rawHeaders) });
      },
      onResponseData(current, chunk) {
        if (!delivery.data(chunk)) current.pause();
      },
      onResponseEnd(current) {
        delivery.end(flat(current.rawTrailers));
      },
      onResponseError(_current, error) {
        const fail = () => delivery.fail(controller === undefined ? 'connect' : 'headers', error);
        // undici reports a request it does not accept before dispatch() returns.
        if (sent) fail();
        else setImmediate(fail);
      },
    };
    this.#pool.dispatch(
      {
        method,
        path: this.#options.basePath + target,
        headers: [...headers],
        body,
      },
      handler,
    );
    sent = true;
    return {
      abort() {
        if (delivery.settled) return;
        delivery.settle();
        controller?.abort(new Error('the client is gone'));
      },
      resume() {
        controller?.resume();
      },
    };
  }

  /** A second set of connections with the same options and no open ones. */
  anew(): H1Connections {
    return new H1Connections(this.#options);
  }

  /** Takes no more requests. Each connection ends when its request has ended. */
  retire(): void {
    this.#pool.close().catch(() => undefined);
  }

  async close(): Promise<void> {
    await this.#pool.destroy();
  }
}

/** undici gives raw headers as buffers over HTTP/1.1; header text is latin1 (RFC 9110 section 5.5). */
function flat(raw: Dispatcher.DispatchController['rawHeaders']): string[] {
  if (!Array.isArray(raw)) return [];
  return raw.map((part) => (typeof part === 'string' ? part : part.toString('latin1')));
}
