/** A request over HTTP/2, in the form that it would have over HTTP/1.1. */
import type { IncomingHttpHeaders, ServerHttp2Stream } from 'node:http2';
import { isPseudo, without } from '../../core/request/fields.ts';
import type { ClientRequest } from './served.ts';

export function h2Request(
  stream: ServerHttp2Stream,
  headers: IncomingHttpHeaders,
  raw: readonly string[],
): ClientRequest {
  const rawHeaders = without(raw, isPseudo);
  // HTTP/2 needs no field to say that a body of unknown length comes.
  const isOfUnknownLength = !stream.endAfterHeaders && headers['content-length'] === undefined;
  if (isOfUnknownLength) rawHeaders.push('transfer-encoding', 'chunked');
  return {
    method: headers[':method'],
    url: headers[':path'],
    headers: isOfUnknownLength ? { ...headers, 'transfer-encoding': 'chunked' } : headers,
    rawHeaders,
    pipe: (to) => {
      stream.pipe(to, { end: false });
      // Node.js ends the readable side of a stream that was reset, too. Only a whole body may look whole.
      stream.once('end', () => {
        if (!stream.closed) to.end();
      });
      return to;
    },
    resume: () => stream.resume(),
  };
}
