/**
 * One request on one HTTP/2 stream: headers and body out, response in, and the meaning of each kind of end. A truncated
 * response is an error, never an end (R9).
 */
import type { Readable } from 'node:stream';
import {
  constants,
  type ClientHttp2Session,
  type ClientHttp2Stream,
  type OutgoingHttpHeaders,
} from 'node:http2';
import { byName, fieldsOf, isPseudo, without } from '../../core/request/fields.ts';
import type { Delivery, Exchange, ResponseHead } from './exchange.ts';
import { UpstreamError } from './upstream-error.ts';

export interface StreamAddress {
  readonly authority: string;
  /** Empty or `/prefix`, put before each request target. */
  readonly basePath: string;
}

export interface StreamOptions {
  readonly session: ClientHttp2Session;
  readonly address: StreamAddress;
  readonly delivery: Delivery;
  /** Takes the request back if the peer certainly has not processed it and it can be sent again. */
  retry(delivery: Delivery): void;
  /** True if a GOAWAY says that this stream was not processed. */
  isTurnedAway(stream: number): boolean;
  /** The code of the GOAWAY that ended the connection, unless it was NO_ERROR. */
  goAwayCode(): number;
  /** Why the connection died, if it did. */
  causeOfDeath(): UpstreamError | undefined;
  /** Called when bytes of the body have arrived. */
  onReceived(bytes: number): void;
  /** Called if this side ends the stream although the peer would continue. */
  onAborted(): void;
  /** Called once, when the stream no longer counts. */
  onClosed(): void;
}

/** Sends the request. All results go to the delivery; nothing is thrown. */
export function startStream(options: StreamOptions): Exchange {
  const { session, delivery } = options;
  const body = delivery.body?.open() ?? null;
  let stream: ClientHttp2Stream;
  try {
    stream = session.request(requestHeaders(options), { endStream: body === null });
  } catch (error) {
    // Deferred, so that the caller has the exchange before it hears of its end.
    setImmediate(() => {
      options.onClosed();
      if (session.closed || session.destroyed) endUnprocessed(options);
      else delivery.fail('headers', error);
    });
    return { abort: () => delivery.settle(), resume: () => undefined };
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
 * pipe() instead of pipeline(): pipeline() destroys the stream inside its close(), before the RST_STREAM is queued, so
 * the peer would never learn of an abort (Node 24).
 */
function sendBody(body: Readable, stream: ClientHttp2Stream, delivery: Delivery): void {
  body.pipe(stream);
  body.once('close', () => {
    // A closed stream has reported its reason, and the request may already run on another stream.
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
    // The listener is added only here. Node emits 'response' a tick after it has read the head, but 'data' at once. If
    // both are in bytes that it set aside during its own write, that tick comes after the data (Node 24,
    // src/node_http2.cc: OnStreamAfterWrite reads on inside the scope of the write's callback).
    stream.on('data', (chunk: Buffer) => {
      options.onReceived(chunk.length);
      if (!delivery.data(chunk)) stream.pause();
    });
  });
  stream.on('trailers', (_headers, _flags, raw?: string[]) => {
    trailers = raw ?? [];
  });
  stream.on('end', () => {
    // Node also emits 'end' for a stream that was reset or lost its connection; 'close' handles those.
    if (stream.destroyed || stream.rstCode !== constants.NGHTTP2_NO_ERROR) return;
    if (!isWhole() || !delivery.responding) return;
    delivery.end(trailers);
    // An answer may come before the whole body was read (401, 413). The rest of the body is then not needed.
    if (!stream.writableEnded) reset(stream);
  });
  // Errors come before 'close' and may come again after it, so there must always be a listener.
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
 * Records whether END_STREAM arrived. RST_STREAM with NO_ERROR ends the readable side just as cleanly (Node 24:
 * onStreamClose in lib/internal/http2/core.js), but only after the stream was closed.
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

/** The request is sent again with its body (R5), unless more of the body was read than is kept. */
function endUnprocessed(options: StreamOptions): void {
  const { delivery } = options;
  if (delivery.settled) return;
  if (delivery.body?.takeBack() === false)
    delivery.fail('headers', new UpstreamError('headers', 'turned-away'));
  else options.retry(delivery);
}

function requestHeaders({ address, delivery }: StreamOptions): OutgoingHttpHeaders {
  const { method, target, headers } = delivery.request;
  return {
    ...byName(fieldsOf(headers)),
    ':method': method,
    ':scheme': 'https',
    ':authority': address.authority,
    ':path': address.basePath + target,
  };
}

function responseHead(raw: readonly string[]): ResponseHead {
  const status = fieldsOf(raw).find(([name]) => name === ':status')?.[1];
  return { statusCode: Number(status ?? 0), statusMessage: '', headers: without(raw, isPseudo) };
}

/**
 * Sends RST_STREAM and nothing before it. close() would end the request first, so a partial upload would look complete
 * (R10). destroy() alone sends INTERNAL_ERROR; after the end of the request, CANCEL is more accurate.
 */
function reset(stream: ClientHttp2Stream): void {
  if (stream.writableEnded) stream.close(constants.NGHTTP2_CANCEL);
  stream.destroy(new Error('given up'));
}
