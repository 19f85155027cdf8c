/**
 * Upgrades (kubectl exec, attach, port-forward, cp; WebSocket watches). A tunnel asks upstream to switch protocols and
 * then copies bytes both ways until either side ends. Filtered watches are taken over (message-watch.ts). A refusal by
 * upstream is relayed with status and body (R3).
 */
import { ServerResponse, STATUS_CODES } from 'node:http';
import { Socket } from 'node:net';
import { pipeline, type Duplex } from 'node:stream';
import { LEAVE_MS } from '../../platform/listen/endings.ts';
import type { Upgrade } from '../../platform/listen/upgrade.ts';
import type { ResponseHead } from '../../platform/upstream/exchange.ts';
import type { UpgradeAnswer } from '../../platform/upstream/upgrade.ts';
import { toUpstreamError, UpstreamError } from '../../platform/upstream/upstream-error.ts';
import { withoutFrontProxy } from '../../core/request/caller-credentials.ts';
import { admit } from './admission.ts';
import { answerOnSocket, headLines } from './answer.ts';
import { isWatch, type Classified } from './classify.ts';
import type { ForwardOptions } from './forward-options.ts';
import type { Guest, GuestLimit } from './guests.ts';
import { bytesOfHead, STREAM_BYTES } from './bytes-of-head.ts';
import { responseHeaders, switchedHeaders, upgradeRequestHeaders } from './headers.ts';
import type { Serving } from './in-flight.ts';
import { openMessageWatch } from './message-watch.ts';
import type { OwnCredentials } from './own-credentials.ts';
import { overLimit, unavailable, unsendable, type StatusAnswer } from './status-body.ts';
import type { WatchHandler } from './watch-hook.ts';

/** The time for reading the last bytes, at most a socket's buffer. It is long because a client may be far away. */
const LAST_BYTES_MS = 30_000;

/** The buffers of two coupled connections, in both directions (bytes). */
const TUNNEL_BYTES = 128 * 1024;

/** Serves one upgrade to its end. Never rejects. */
export async function tunnel(options: ForwardOptions, asked: Upgrade): Promise<void> {
  const { req, socket } = asked;
  socket.on('error', noop);
  const admitted = admit(options, req);
  if ('refusal' in admitted) {
    refuse(asked, admitted.refusal);
    return;
  }
  const { ownCredentials } = options;
  const {
    path: { target, preset },
    classified,
  } = admitted;
  const isForWatch = isWatch(classified);
  const { guests, callers } = options;
  const digest = callers.digestOf(req.rawHeaders);
  const guest = new TunnelGuest(callers.callerOf(digest), socket);
  const streamBytes = classified.kind === 'filtered-watch' ? STREAM_BYTES : 0;
  const limit = guests.enter(guest, TUNNEL_BYTES + streamBytes + bytesOfHead(req));
  if (limit !== undefined) {
    refuse(asked, unavailable(isForWatch, overLimit(limit, guests.limitOf(limit))));
    return;
  }
  const closed = (): void => {
    if (guest.isOver) guests.leave(guest);
  };
  socket.once('close', closed);
  const leave = (): void => {
    guests.leave(guest);
    asked.leave();
  };
  const upgrade: Upgrade = { ...asked, leave };
  const asking: Serving = { isWatch: false, refuse: noop };
  options.inFlight.add(asking);
  try {
    const answered = await ask(options, upgrade, target);
    guest.canBeRefused = false;
    callers.answered(digest, answered.head.statusCode);
    guests.recognise(guest, callers.callerOf(digest));
    ownCredentials?.answered(answered.head.statusCode);
    if (answered.kind === 'refused') relayRefusal(answered, upgrade, preset);
    else {
      guest.joined(answered.socket.once('close', closed));
      join(options, { answered, upgrade, classified, guest });
    }
  } catch (thrown) {
    const error = toUpstreamError('headers', thrown);
    const cause = `no answer from ${options.upstream.target.description}: ${error.message}`;
    if (error.code === 'request') refuse(upgrade, unsendable(error.message));
    else if (error.isUnprocessed) refuse(upgrade, unavailable(isForWatch, cause));
    // The upgrade may have had an effect already, and client-go would repeat it after an answer (R5).
    else socket.destroy();
  } finally {
    options.inFlight.remove(asking);
  }
}

/** A tunnel is ended without an answer, because its effect on upstream is unknown (R5). */
class TunnelGuest implements Guest {
  readonly kind = 'upgrades';
  readonly caller: string;
  readonly #sides: Duplex[];
  canBeRefused = true;
  /** Set once a handler has taken the watch over; a watch can be ended cleanly. */
  watch: Pick<WatchHandler, 'giveWay'> | undefined;

  constructor(caller: string, client: Duplex) {
    this.caller = caller;
    this.#sides = [client];
  }

  /** Adds the connection to upstream, which occupies the same place. */
  joined(upstream: Duplex): void {
    this.#sides.push(upstream);
  }

  get isOver(): boolean {
    return this.#sides.every(({ closed }) => closed);
  }

  giveWay(limit: GuestLimit): void {
    this.watch?.giveWay();
    // The bytes that wait for a client that does not read would no longer be counted.
    const isWaiting = this.#sides.some(({ writableNeedDrain }) => writableNeedDrain);
    if (this.watch === undefined || limit === 'memory' || isWaiting)
      for (const side of this.#sides) side.destroy();
  }
}

async function ask(
  { upstream, ownCredentials, isHub }: ForwardOptions,
  { req, socket }: Upgrade,
  target: string,
): Promise<UpgradeAnswer> {
  const gone = new AbortController();
  const onClose = () => gone.abort();
  socket.once('close', onClose);
  const forwarded = upgradeRequestHeaders(req.rawHeaders, req.headers.upgrade ?? '');
  const headers = isHub ? withoutFrontProxy(forwarded) : forwarded;
  try {
    const sent = ownCredentials === undefined ? headers : await ownExchange(ownCredentials, headers);
    return await upstream.upgrade({ method: req.method ?? 'GET', target, headers: sent }, gone.signal);
  } finally {
    socket.off('close', onClose);
  }
}

async function ownExchange(credentials: OwnCredentials, headers: readonly string[]): Promise<string[]> {
  try {
    return await credentials.exchange(headers);
  } catch (cause) {
    throw new UpstreamError('headers', 'credentials', cause);
  }
}

interface Joining {
  readonly answered: Extract<UpgradeAnswer, { kind: 'switched' }>;
  readonly upgrade: Upgrade;
  readonly classified: Classified;
  readonly guest: TunnelGuest;
}

/** Writes the 101 and couples the two connections. */
function join(
  { openWatch, guests }: ForwardOptions,
  { answered, upgrade, classified, guest }: Joining,
): void {
  const { socket: upstream, head } = answered;
  const { socket: client, early } = upgrade;
  if (client.destroyed) {
    upstream.destroy();
    return;
  }
  const writeHead = (): void => void client.write(headText(head), 'latin1');
  const coupleClient = (): void => {
    if (early.length > 0) upstream.write(early);
    couple(client, upstream);
  };
  guest.watch = openMessageWatch({
    ...{ openWatch, guests, guest, classified, answered, upgrade, writeHead, coupleClient },
  });
  if (guest.watch !== undefined) return;
  writeHead();
  if (answered.early.length > 0) client.write(answered.early);
  coupleClient();
  couple(upstream, client);
}

/**
 * Copies bytes and their end from one side to the other. If one side breaks, the other is broken too. Two calls of
 * pipeline() would add so many listeners to each socket that Node.js would warn of a leak.
 */
function couple(from: Duplex, to: Duplex): void {
  let leave: NodeJS.Timeout | undefined;
  from.on('error', noop);
  from.pipe(to);
  from.once('end', () => {
    leave = setTimeout(() => from.destroy(), LEAVE_MS);
  });
  from.once('close', () => {
    clearTimeout(leave);
    // Bytes from before the end are still on their way.
    if (to.destroyed || !from.readableEnded || to.writableFinished) to.destroy();
    else {
      const last = setTimeout(() => to.destroy(), LAST_BYTES_MS);
      to.once('finish', () => to.destroy()).once('close', () => clearTimeout(last));
    }
  });
}

function refuse({ socket, leave }: Upgrade, answer: StatusAnswer): void {
  answerOnSocket(socket, answer);
  leave();
}

/** A refusal is an ordinary response. Node.js writes it, including its framing, and the connection ends. */
function relayRefusal(
  { head, body }: Extract<UpgradeAnswer, { kind: 'refused' }>,
  { req, socket, leave }: Upgrade,
  preset: string,
): void {
  if (!(socket instanceof Socket) || socket.destroyed) {
    body.destroy();
    socket.destroy();
    return;
  }
  const res = new ServerResponse(req);
  res.sendDate = false;
  res.shouldKeepAlive = false;
  res.writeHead(
    head.statusCode,
    head.statusMessage,
    responseHeaders(head.headers, req.method !== 'HEAD', preset),
  );
  res.assignSocket(socket);
  pipeline(body, res, (error) => {
    res.detachSocket(socket);
    if (error) socket.destroy();
    else leave();
  });
}

function headText({ statusCode, statusMessage, headers }: ResponseHead): string {
  const reason = statusMessage === '' ? (STATUS_CODES[statusCode] ?? '') : statusMessage;
  return headLines(statusCode, reason, switchedHeaders(headers));
}

function noop(): void {
  // An error also closes the socket, and that ends the other side.
}
