import { PassThrough, type Readable } from 'node:stream';
import { valuesOf } from './headers.ts';
import type { ClientRequest } from '../../platform/listen/served.ts';

/** The buffer of a body's own stream on each side; smaller than Node's default, because many bodies add up. */
const BODY_QUEUE_BYTES = 16 * 1024;
/** The most memory of a body that upstream does not read, in its stream, transport and socket: measured, rounded up. */
const MOST_BODY_BYTES = 768 * 1024;

/**
 * The request's body as a separate stream. The transports destroy a body that they cannot send; destroying the request
 * itself would break the client's connection and lose the answer.
 */
export function bodyOf(req: ClientRequest): Readable | null {
  if (lengthOf(req) === 0) return null;
  const body = new PassThrough({ highWaterMark: BODY_QUEUE_BYTES });
  req.pipe(body);
  // The unread rest of a body would block the next request on the connection.
  body.once('close', () => req.resume());
  // The exchange reports it.
  body.on('error', () => undefined);
  return body;
}

/** The most memory that the body of a request is expected to need (bytes). */
export function bytesOfBody(req: ClientRequest): number {
  const length = lengthOf(req);
  return length === 0 ? 0 : Math.min(MOST_BODY_BYTES, 2 * (BODY_QUEUE_BYTES + length));
}

/** Infinity if the length is unknown until the end. */
function lengthOf({ headers, rawHeaders }: ClientRequest): number {
  if (headers['transfer-encoding'] !== undefined) return Infinity;
  return Number(valuesOf(rawHeaders, 'content-length')[0] ?? 0);
}
