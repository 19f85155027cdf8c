/** Admits one request of a client (R27) and sends it to upstream (R3). relay.ts relays the answer. */
import type { Exchange, Lane, UpstreamRequest } from '../../platform/upstream/exchange.ts';
import { UpstreamError } from '../../platform/upstream/upstream-error.ts';
import { withoutFrontProxy } from '../../core/request/caller-credentials.ts';
import { admit } from './admission.ts';
import { answer } from './answer.ts';
import { bytesOfHead, STREAM_BYTES } from './bytes-of-head.ts';
import { isWatch, type Classified } from './classify.ts';
import type { ForwardOptions } from './forward-options.ts';
import { filteredWatchHeaders, requestHeaders } from './headers.ts';
import { LateExchange, type OwnCredentials } from './own-credentials.ts';
import { Relay } from './relay.ts';
import { bodyOf, bytesOfBody } from './request-body.ts';
import { overLimit, unavailable } from './status-body.ts';
import type { ClientRequest, ClientResponse } from '../../platform/listen/served.ts';

/** The memory of one request besides its head: its objects here and in both transports (bytes). */
const REQUEST_BYTES = 16 * 1024;

/** Answers one request. Never throws; the response is finished later. */
export function forward(options: ForwardOptions, req: ClientRequest, res: ClientResponse): void {
  // The Date header of upstream is relayed, so Node.js must not add another one.
  res.sendDate = false;
  const admitted = admit(options, req);
  if ('refusal' in admitted) {
    answer(res, admitted.refusal);
    return;
  }
  const { upstream, ownCredentials } = options;
  const { path, classified } = admitted;
  // Told with the head: a client that learned it only at the end might have sent its next request by then.
  if (options.isHub && isWatch(classified)) res.shouldKeepAlive = false;
  const isFiltered = classified.kind === 'filtered-watch';
  const digest = options.callers.digestOf(req.rawHeaders);
  const relay = new Relay(options, { classified, digest, req, res, path });
  const body = bodyOf(req);
  // The sender of the body cannot do this: a request may be answered before it is sent, and the rest of its body would
  // then block the next request on this connection.
  if (body !== null) res.once('close', () => body.destroy());
  const limit = options.guests.enter(relay, bytesOf(req, isFiltered));
  if (limit !== undefined) {
    answer(res, unavailable(isWatch(classified), overLimit(limit, options.guests.limitOf(limit))));
    return;
  }
  const forwarded = isFiltered ? filteredWatchHeaders(req.rawHeaders) : requestHeaders(req.rawHeaders);
  const headers = options.isHub ? withoutFrontProxy(forwarded) : forwarded;
  const request = {
    method: req.method ?? 'GET',
    target: path.target,
    headers,
    body,
    lane: laneOf(options, relay, { classified, digest }),
    isWatch: isWatch(classified),
  };
  const direct = (): Exchange =>
    ownCredentials === undefined
      ? upstream.send(request, relay)
      : sendAsOurselves(upstream, ownCredentials, request, relay);
  const send = (): Exchange =>
    options.hubRoute?.({
      ...{ classified, request, handler: relay, direct, preset: path.preset },
      passAsItIs: (writer) => relay.passAsItIs(writer),
    }) ?? direct();
  const held = isWatch(classified) ? options.passWatch() : undefined;
  if (held === undefined) relay.begin(send());
  else void relay.wait(held, send);
}

/** A crowd has its own lane for all its requests. Otherwise it would delay the watches of others too. */
function laneOf(
  { guests, callers }: ForwardOptions,
  relay: Relay,
  { classified, digest }: { readonly classified: Classified; readonly digest: string },
): Lane {
  if (guests.isCrowd(relay)) return 'crowd';
  // Only accepted credentials may use the lane of watches: on a 401 the API server closes the whole connection.
  return classified.kind.startsWith('filtered-') && callers.isKnown(digest) ? 'apart' : 'shared';
}

function sendAsOurselves(
  upstream: ForwardOptions['upstream'],
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

/** The most memory that a request is expected to need, not counting answers that are not read. */
function bytesOf(req: ClientRequest, isFiltered: boolean): number {
  return REQUEST_BYTES + bytesOfHead(req) + bytesOfBody(req) + (isFiltered ? STREAM_BYTES : 0);
}
