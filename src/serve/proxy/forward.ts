/** One request of a client: whether it is let in (R27), and how it goes to upstream (R3). relay.ts has the way back. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Exchange, Lane, UpstreamRequest } from '../../platform/upstream/exchange.ts';
import type { Upstream } from '../../platform/upstream/upstream.ts';
import { UpstreamError } from '../../platform/upstream/upstream-error.ts';
import { answer } from './answer.ts';
import { bytesOfHead } from './bytes-of-head.ts';
import { classify, isWatch, type Classified } from './classify.ts';
import type { ForwardOptions } from './forward-options.ts';
import { filteredWatchHeaders, requestHeaders } from './headers.ts';
import { LateExchange, type OwnCredentials } from './own-credentials.ts';
import { Relay } from './relay.ts';
import { bodyOf, bytesOfBody } from './request-body.ts';
import { overLimit, refused, unavailable } from './status-body.ts';

/** What one request costs besides its head: its objects here and in both transports (bytes). */
const REQUEST_BYTES = 16 * 1024;
/** What a filtered watch keeps besides its baseline: an incomplete frame, one held back, scanners. */
const STREAM_BYTES = 64 * 1024;

/** Answers one request. Never throws; the response is finished later. */
export function forward(options: ForwardOptions, req: IncomingMessage, res: ServerResponse): void {
  const { method = 'GET', url: target = '' } = req;
  // Upstream's Date is relayed; ours would be a second one.
  res.sendDate = false;
  if (!target.startsWith('/')) {
    answer(res, refused('bad-target'));
    return;
  }
  const { upstream, ownCredentials } = options;
  if (ownCredentials?.admits(req.rawHeaders) === false) {
    answer(res, refused('unauthorized'));
    return;
  }
  const classified = classify(method, target);
  if (options.isDraining()) {
    answer(res, unavailable(isWatch(classified), 'this proxy is shutting down'));
    return;
  }
  const isFiltered = classified.kind === 'filtered-watch';
  const digest = options.callers.digestOf(req.rawHeaders);
  const relay = new Relay(options, { classified, digest, req, res });
  const body = bodyOf(req);
  // Not left to whoever sends it: a request can be answered before anybody does, and what is left of its body would then
  // keep the next one of its connection from being read.
  if (body !== null) res.once('close', () => body.destroy());
  const limit = options.guests.enter(relay, bytesOf(req, isFiltered));
  if (limit !== undefined) {
    answer(res, unavailable(isWatch(classified), overLimit(limit, options.guests.limitOf(limit))));
    return;
  }
  const headers = isFiltered ? filteredWatchHeaders(req.rawHeaders) : requestHeaders(req.rawHeaders);
  const request = {
    method,
    target,
    headers,
    body,
    lane: laneOf(options, relay, { classified, digest }),
    isWatch: isWatch(classified),
  };
  const send = (): Exchange =>
    ownCredentials === undefined
      ? upstream.send(request, relay)
      : sendAsOurselves(upstream, ownCredentials, request, relay);
  const held = isWatch(classified) ? options.passWatch?.() : undefined;
  if (held === undefined) relay.begin(send());
  else void relay.wait(held, send);
}

/** A crowd goes by itself, whatever it asks for: else it would hold up the watches of others too. */
function laneOf(
  { guests, callers }: ForwardOptions,
  relay: Relay,
  { classified, digest }: { readonly classified: Classified; readonly digest: string },
): Lane {
  if (guests.isCrowd(relay)) return 'crowd';
  // Where its credentials have been accepted before: a 401 makes the API server give the connection up.
  return classified.kind.startsWith('filtered-') && callers.isKnown(digest) ? 'apart' : 'shared';
}

function sendAsOurselves(
  upstream: Upstream,
  credentials: OwnCredentials,
  request: UpstreamRequest,
  relay: Relay,
): Exchange {
  const exchange = new LateExchange(request.body);
  const start = async (): Promise<void> => {
    try {
      const headers = await credentials.exchange(request.headers);
      if (!exchange.isAborted) exchange.started(upstream.send({ ...request, headers }, relay));
    } catch (cause) {
      if (!exchange.isAborted) relay.onError(new UpstreamError('headers', 'credentials', cause));
    }
  };
  void start();
  return exchange;
}

/** What a request is expected to make us keep at most, answers that are not read left out. */
function bytesOf(req: IncomingMessage, isFiltered: boolean): number {
  return REQUEST_BYTES + bytesOfHead(req) + bytesOfBody(req) + (isFiltered ? STREAM_BYTES : 0);
}
