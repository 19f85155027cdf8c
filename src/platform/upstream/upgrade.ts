/**
 * Opens upgraded connections (SPDY, WebSocket) to the API server, each over its own HTTP/1.1 connection, because Go's
 * upgrades need that (R3, R43). node:http is used instead of a library such as http-proxy: those parse the request
 * target as a URL and normalise it, which breaks R2.
 */
import { request as httpRequest, type IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Dialer } from './dial.ts';
import type { ResponseHead, UpstreamRequest } from './exchange.ts';
import type { UpstreamTarget } from './target.ts';
import { toUpstreamError } from './upstream-error.ts';
import { whenAborted } from './when-aborted.ts';

/** Its headers still have `Connection: Upgrade` and `Upgrade`. */
export type UpgradeRequest = Pick<UpstreamRequest, 'method' | 'target' | 'headers'>;

/** The answer of upstream: a switch of protocols, with the bytes sent after the head; or a refusal. */
export type UpgradeAnswer =
  | {
      readonly kind: 'switched';
      readonly head: ResponseHead;
      readonly socket: Duplex;
      readonly early: Buffer;
    }
  | { readonly kind: 'refused'; readonly head: ResponseHead; readonly body: IncomingMessage };

/** Limit of a response's header block, bytes (R4 asks for 64 KiB). */
const MAX_HEADER_BYTES = 256 * 1024;

/**
 * Asks upstream to switch protocols.
 * @param signal - aborted if the client is gone: the connection is then ended in any phase before the answer
 * @throws UpstreamError if upstream cannot be reached or the connection breaks before an answer
 */
export async function openUpgrade(
  where: { readonly dialer: Dialer; readonly target: UpstreamTarget },
  request: UpgradeRequest,
  signal: AbortSignal,
): Promise<UpgradeAnswer> {
  const { hostname, port, origin, basePath } = where.target;
  const socket = await where.dialer.dial(['http/1.1'], signal);
  const { promise, resolve, reject } = Promise.withResolvers<UpgradeAnswer>();
  const outgoing = httpRequest({
    // This also means that no agent is used. With `agent: false` Node would not call it.
    createConnection: () => socket,
    hostname,
    port,
    method: request.method,
    path: basePath + request.target,
    headers: ['Host', origin.slice('https://'.length), ...request.headers],
    maxHeaderSize: MAX_HEADER_BYTES,
  });
  outgoing.on('upgrade', (response, switched, early) =>
    resolve({ kind: 'switched', head: headOf(response), socket: switched, early }),
  );
  outgoing.on('response', (response) => resolve({ kind: 'refused', head: headOf(response), body: response }));
  outgoing.on('error', (error) => reject(toUpstreamError('headers', error)));
  const onAbort = () => {
    outgoing.destroy();
    socket.destroy();
  };
  whenAborted(signal, onAbort);
  outgoing.end();
  try {
    return await promise;
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

function headOf(response: IncomingMessage): ResponseHead {
  return {
    statusCode: response.statusCode ?? 502,
    statusMessage: response.statusMessage ?? '',
    headers: response.rawHeaders,
  };
}
