/**
 * Asks the API server without credentials whether it answers, over a separate HTTP/1.1 connection, like upgrades. If
 * anonymous requests are not allowed, kube-apiserver answers each of them with 401 and, over HTTP/2, with GOAWAY, which
 * would turn away concurrent requests of clients (R5).
 */
import { request as httpRequest } from 'node:http';
import type { Dialer } from './dial.ts';
import type { UpstreamTarget } from './target.ts';
import { toUpstreamError } from './upstream-error.ts';

export type ProbeTarget = '/version' | '/readyz';

/** @returns the status code @throws UpstreamError if there is no answer */
export async function probe(
  where: { readonly dialer: Dialer; readonly target: UpstreamTarget },
  target: ProbeTarget,
): Promise<number> {
  const { hostname, port, origin, basePath } = where.target;
  const socket = await where.dialer.dial(['http/1.1']);
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const outgoing = httpRequest({
    // This also means that no agent is used.
    createConnection: () => socket,
    hostname,
    port,
    path: basePath + target,
    headers: {
      Host: origin.slice('https://'.length),
      Accept: 'application/json',
      'User-Agent': 'watchsieve',
      Connection: 'close',
    },
  });
  outgoing.on('response', ({ statusCode = 0 }) => {
    resolve(statusCode);
    outgoing.destroy();
  });
  outgoing.on('error', (error) => reject(toUpstreamError('headers', error)));
  outgoing.end();
  return promise;
}
