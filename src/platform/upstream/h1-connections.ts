/**
 * Requests over HTTP/1.1, for peers without HTTP/2 and as a setting (R43): an undici Pool without a
 * limit and without pipelining, so that each running watch has a connection of its own, nothing waits
 * behind it, and free connections are kept and used again.
 */
import type { TLSSocket } from 'node:tls';
import { Pool, type Dispatcher } from 'undici';
import type { Delivery, Exchange } from './exchange.ts';
import { toUpstreamError } from './upstream-error.ts';

/** Just below kube-apiserver's own idle limit of 90 s, so that we close first and race with nobody. */
const KEEP_ALIVE_MS = 85_000;
/** Limit of a response's header block, bytes (R4 asks for 64 KiB). */
const MAX_HEADER_BYTES = 256 * 1024;

export interface H1ConnectionsOptions {
  readonly origin: string;
  /** Empty or `/prefix`, put before each request target. */
  readonly basePath: string;
  dial(): Promise<TLSSocket>;
}

/** All HTTP/1.1 connections to one API server, those of upgrades left out. */
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

  /** Sends a request, on a new connection if need be. */
  send(delivery: Delivery): Exchange {
    const { method, target, headers } = delivery.request;
    let controller: Dispatcher.DispatchController | undefined;
    let sent = false;
    const body = delivery.body?.open() ?? null;
    // Nothing tells on HTTP/1.1 that a request which has left was not processed. It may have been sent before, by HTTP/2.
    delivery.body?.keepNoMore();
    const handler: Dispatcher.DispatchHandler = {
      onRequestStart(started) {
        controller = started;
        if (delivery.settled) started.abort(new Error('the client is gone'));
      },
      onResponseStart(current, statusCode, _headers, statusMessage = '') {
        // 1xx: there may be several before the answer.
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

  /** Others like these, of which none is open. */
  anew(): H1Connections {
    return new H1Connections(this.#options);
  }

  /** Takes no more requests; connections end when what runs on them has ended. */
  retire(): void {
    this.#pool.close().catch(() => undefined);
  }

  /** Ends every connection. */
  async close(): Promise<void> {
    await this.#pool.destroy();
  }
}

/** undici gives raw headers as buffers over HTTP/1.1; header text is latin1 (RFC 9110 section 5.5). */
function flat(raw: Dispatcher.DispatchController['rawHeaders']): string[] {
  if (!Array.isArray(raw)) return [];
  return raw.map((part) => (typeof part === 'string' ? part : part.toString('latin1')));
}
