/**
 * Filtered watches over WebSocket. Bytes from upstream go to the handler that takes the watch over; bytes from the
 * client go to upstream unchanged. An answer unlike that of kube-apiserver makes an ordinary tunnel.
 */
import { UpstreamError, toUpstreamError } from '../../platform/upstream/upstream-error.ts';
import type { ResponseHead } from '../../platform/upstream/exchange.ts';
import type { Upgrade } from '../../platform/listen/upgrade.ts';
import type { UpgradeAnswer } from '../../platform/upstream/upgrade.ts';
import type { Classified } from './classify.ts';
import type { Guest, Guests } from './guests.ts';
import { valuesOf } from './headers.ts';
import { SocketResponse } from './socket-response.ts';
import type { OpenWatch, WatchHandler } from './watch-hook.ts';

export interface MessageWatchOptions {
  readonly openWatch: OpenWatch;
  readonly guests: Pick<Guests, 'charge' | 'refund'>;
  readonly guest: Guest;
  readonly classified: Classified;
  readonly answered: Extract<UpgradeAnswer, { kind: 'switched' }>;
  readonly upgrade: Upgrade;
  readonly writeHead: () => void;
  /** Starts forwarding the client's bytes to upstream. */
  readonly coupleClient: () => void;
}

/** @returns undefined if no handler takes the watch over; nothing has been written then */
export function openMessageWatch(options: MessageWatchOptions): WatchHandler | undefined {
  const { openWatch, guests, guest, classified, answered, upgrade } = options;
  const { req, socket: client } = upgrade;
  const { head, socket: upstream, early } = answered;
  if (classified.kind !== 'filtered-watch' || !isPlainWebSocket(req.headers.upgrade, head)) return undefined;
  const response = new SocketResponse(client);
  let pausedBytes = 0;
  const resumed = (): void => {
    guests.refund(guest, pausedBytes);
    pausedBytes = 0;
  };
  const handler = openWatch({
    classified,
    head,
    exchange: {
      abort: () => upstream.destroy(),
      resume: () => {
        resumed();
        upstream.resume();
      },
    },
    requestHeaders: req.headers,
    rawRequestHeaders: req.rawHeaders,
    res: response,
    peer: req.socket,
    isWebSocket: true,
  });
  if (handler === undefined) return undefined;
  options.writeHead();
  options.coupleClient();
  const hear = (chunk: Buffer): void => {
    if (handler.onData(chunk)) return;
    upstream.pause();
    resumed();
    pausedBytes = response.writableLength;
    guests.charge(guest, pausedBytes);
  };
  upstream.on('error', (error) => handler.onError(toUpstreamError('body', error)));
  upstream.on('data', hear);
  upstream.once('end', () => handler.onEnd([]));
  // 'close' without 'end' means that upstream broke off; after 'end' this call does nothing.
  upstream.once('close', () => handler.onError(new UpstreamError('body', 'reset')));
  if (early.length > 0) hear(early);
  response.once('error', () => undefined);
  response.once('finish', () => upgrade.leave());
  return handler;
}

/** True without extensions: they would change the content of frames, and kube-apiserver offers none. */
function isPlainWebSocket(asked: string | undefined, { statusCode, headers }: ResponseHead): boolean {
  const [protocol, ...more] = valuesOf(headers, 'upgrade');
  if (statusCode !== 101 || more.length > 0) return false;
  if (asked?.toLowerCase() !== 'websocket' || protocol?.toLowerCase() !== 'websocket') return false;
  return valuesOf(headers, 'sec-websocket-extensions').length === 0;
}
