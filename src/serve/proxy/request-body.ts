/** The body of a client's request, on its way to upstream. */
import type { IncomingMessage } from 'node:http';
import { PassThrough, type Readable } from 'node:stream';
import { valuesOf } from './headers.ts';

/** Of a body in its own stream, each way: below what Node.js takes by default, since all there are add up. */
const BODY_QUEUE_BYTES = 16 * 1024;

/**
 * The request's body as a stream of its own: the transports destroy a body they cannot send, and
 * destroying the request itself would take the client's connection with it, and our answer.
 */
export function bodyOf(req: IncomingMessage): Readable | null {
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

function noop(): void {
  // The error is reported by the exchange.
}
