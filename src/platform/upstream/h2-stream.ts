/**
 * One request on one HTTP/2 stream: headers and body out, response in, and what each way of ending
 * means. A truncated response is an error, never an end (R9).
 */
import type { Readable } from 'node:stream';
import {
  constants,
  type ClientHttp2Session,
  type ClientHttp2Stream,
  type OutgoingHttpHeaders,
} from 'node:http2';
import type { Delivery, Exchange } from './exchange.ts';
import { UpstreamError } from './upstream-error.ts';

/** Where requests go. */
export interface StreamAddress {
  readonly authority: string;
  /** Empty or `/prefix`, put before each request target. */
  readonly basePath: string;
}

export interface StreamOptions {
  readonly session: ClientHttp2Session;
  readonly address: StreamAddress;
  readonly delivery: Delivery;
  /** Takes the request back when the peer certainly has not processed it and it can be sent again. */
  retry(delivery: Delivery): void;
  /** Whether a GOAWAY says that this stream was not processed. */
  isTurnedAway(stream: number): boolean;
  /** The code of a GOAWAY, by which the connection has ended where it is not NO_ERROR. */
  goAwayCode(): number;
  /** Why the connection died, if it did. */
  causeOfDeath(): UpstreamError | undefined;
  /** Bytes of the answer's body have come. */
  onReceived(bytes: number): void;
  /** We end it though the peer goes on. */
  onAborted(): void;
  /** Called once: the stream no longer counts. */
  onClosed(): void;
}

/** Sends the request; everything that happens goes to the delivery, never out of here as a throw. */
export function startStream(options: StreamOptions): Exchange {
  const { session, delivery } = options;
  const body = delivery.body?.open() ?? null;
  let stream: ClientHttp2Stream;
  try {
    stream = session.request(requestHeaders(options), { endStream: body === null });
  } catch (error) {
    // Later, so that nobody is told of the end before they hold the exchange.
    setImmediate(() => {
      options.onClosed();
      if (isGone(session)) endUnprocessed(options);
      else delivery.fail('headers', error);
    });
    return { abort: () => delivery.settle(), resume: noop };
  }
  listen(stream, options);
  if (body !== null) sendBody(body, stream, delivery);
  return {
    abort() {
      if (delivery.settled) return;
      delivery.settle();
      options.onAborted();
      reset(stream);
    },
    resume() {
      stream.resume();
    },
  };
}

/**
 * pipe(), not pipeline(): that one destroys the stream from within its close(), before the RST_STREAM
 * is queued, and the peer would never hear of an abort (Node 24).
 */
function sendBody(body: Readable, stream: ClientHttp2Stream, delivery: Delivery): void {
  body.pipe(stream);
  body.once('close', () => {
    // A stream that is gone has told why, and the request may be under way on another.
    if (body.readableEnded || delivery.settled || stream.destroyed) return;
    delivery.fail('headers', new UpstreamError('headers', 'request', body.errored ?? undefined));
    reset(stream);
  });
}

function listen(stream: ClientHttp2Stream, options: StreamOptions): void {
  const { delivery } = options;
  let failure: unknown;
  let trailers: readonly string[] = [];
  const isWhole = watchForEndStream(stream);
  stream.on('response', (_headers, _flags, raw: string[]) => {
    delivery.response(responseHead(raw));
    // Only now: Node emits 'response' a tick after it has read the head, and 'data' at once. Where both lie in bytes
    // that it had put aside during a write of its own, the tick comes after the data (Node 24, src/node_http2.cc:
    // OnStreamAfterWrite reads on inside the scope of the write's callback).
    stream.on('data', (chunk: Buffer) => {
      options.onReceived(chunk.length);
      if (!delivery.data(chunk)) stream.pause();
    });
  });
  stream.on('trailers', (_headers, _flags, raw?: string[]) => {
    trailers = raw ?? [];
  });
  stream.on('end', () => {
    // Node also emits 'end' for a stream that was reset or lost its connection; 'close' tells of those.
    if (stream.destroyed || stream.rstCode !== constants.NGHTTP2_NO_ERROR) return;
    if (!isWhole() || !delivery.responding) return;
    delivery.end(trailers);
    // An answer may come before the body was read (401, 413): nobody wants the rest.
    if (!stream.writableEnded) reset(stream);
  });
  // Errors come before 'close', and may come again after it: there must always be a listener.
  stream.on('error', (error) => {
    failure ??= error;
  });
  stream.once('close', () => {
    options.onClosed();
    if (delivery.settled) return;
    if (isUnprocessed(stream, options)) endUnprocessed(options);
    else delivery.fail('headers', options.causeOfDeath() ?? failure ?? new UpstreamError('headers', 'reset'));
  });
}

/**
 * Whether END_STREAM has come. RST_STREAM NO_ERROR ends the readable side just as cleanly (Node 24: onStreamClose in
 * lib/internal/http2/core.js), but only after it has closed the stream.
 */
function watchForEndStream(stream: ClientHttp2Stream): () => boolean {
  let isWhole = false;
  const push = stream.push.bind(stream);
  stream.push = (chunk: unknown, encoding?: BufferEncoding) => {
    if (chunk === null && !stream.closed) isWhole = true;
    return push(chunk, encoding);
  };
  return () => isWhole;
}

/** RFC 9113 section 8.7: a refused stream was not processed, nor one above the last stream of a GOAWAY. */
function isUnprocessed(stream: ClientHttp2Stream, options: StreamOptions): boolean {
  if (options.delivery.responding) return false;
  return stream.id === undefined || options.isTurnedAway(stream.id) || isRefused(stream, options);
}

/** Node gives all streams of a connection the code of the GOAWAY that ended it, as if each had been reset (Node 24). */
function isRefused({ rstCode }: ClientHttp2Stream, options: StreamOptions): boolean {
  return rstCode === constants.NGHTTP2_REFUSED_STREAM && options.goAwayCode() !== rstCode;
}

/** It is sent again, body and all (R5), unless more has been read of that than is kept. */
function endUnprocessed(options: StreamOptions): void {
  const { delivery } = options;
  if (delivery.settled) return;
  if (delivery.body?.takeBack() === false)
    delivery.fail('headers', new UpstreamError('headers', 'turned-away'));
  else options.retry(delivery);
}

/** HTTP/2 names are lower case; repeated fields stay apart. */
function requestHeaders({ address, delivery }: StreamOptions): OutgoingHttpHeaders {
  const { method, target, headers } = delivery.request;
  const fields = new Map<string, string[]>();
  for (let at = 0; at + 1 < headers.length; at += 2) {
    const name = headers[at]?.toLowerCase() ?? '';
    const values = fields.get(name) ?? [];
    values.push(headers[at + 1] ?? '');
    fields.set(name, values);
  }
  return {
    ...Object.fromEntries(fields),
    ':method': method,
    ':scheme': 'https',
    ':authority': address.authority,
    ':path': address.basePath + target,
  };
}

function responseHead(raw: readonly string[]): {
  statusCode: number;
  statusMessage: string;
  headers: string[];
} {
  const headers: string[] = [];
  let statusCode = 0;
  for (let at = 0; at + 1 < raw.length; at += 2) {
    const name = raw[at] ?? '';
    const value = raw[at + 1] ?? '';
    if (name === ':status') statusCode = Number(value);
    else if (!name.startsWith(':')) headers.push(name, value);
  }
  return { statusCode, statusMessage: '', headers };
}

/**
 * RST_STREAM, and nothing before it: close() would end the request first, and what has come of an upload would look
 * whole (R10). destroy() alone sends INTERNAL_ERROR; where the request has ended, CANCEL says better what it is.
 */
function reset(stream: ClientHttp2Stream): void {
  if (stream.writableEnded) stream.close(constants.NGHTTP2_CANCEL);
  stream.destroy(new Error('given up'));
}

function isGone(session: ClientHttp2Session): boolean {
  return session.closed || session.destroyed;
}

function noop(): void {
  // Nothing to do.
}
