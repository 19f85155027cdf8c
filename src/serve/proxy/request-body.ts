/** The body of a client's request, on its way to upstream. */
import type { IncomingMessage } from 'node:http';
import { PassThrough, type Readable } from 'node:stream';
import { valuesOf } from './headers.ts';

/** Of a body in its own stream, each way: below what Node.js takes by default, since all there are add up. */
const BODY_QUEUE_BYTES = 16 * 1024;
/** Of a body in its own stream, the transport's and the socket's, where upstream does not read it: measured, rounded up. */
const MOST_BODY_BYTES = 768 * 1024;

/**
 * The request's body as a stream of its own: the transports destroy a body they cannot send, and
 * destroying the request itself would take the client's connection with it, and our answer.
 */
export function bodyOf(req: IncomingMessage): Readable | null {
  if (lengthOf(req) === 0) return null;
  const body = new PassThrough({ highWaterMark: BODY_QUEUE_BYTES });
  req.pipe(body);
  // Unread rest of a body would block the connection's next request.
  body.once('close', () => req.resume());
  body.on('error', noop);
  return body;
}

/** What its body is expected to make us keep at most (bytes). */
export function bytesOfBody(req: IncomingMessage): number {
  const length = lengthOf(req);
  return length === 0 ? 0 : Math.min(MOST_BODY_BYTES, 2 * (BODY_QUEUE_BYTES + length));
}

/** Infinity where only its end will tell. */
function lengthOf({ headers, rawHeaders }: IncomingMessage): number {
  if (headers['transfer-encoding'] !== undefined) return Infinity;
  return Number(valuesOf(rawHeaders, 'content-length')[0] ?? 0);
}

function noop(): void {
  // The error is reported by the exchange.
}
