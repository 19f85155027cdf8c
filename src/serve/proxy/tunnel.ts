/**
 * Upgrades (kubectl exec, attach, port-forward, cp; WebSocket watches): asks upstream to switch, then
 * copies bytes both ways until either side ends; filtered watches are taken over (message-watch.ts). A refusal is relayed
 * with status and body (R3).
 */
import { ServerResponse, STATUS_CODES } from 'node:http';
import { Socket } from 'node:net';
import { pipeline, type Duplex } from 'node:stream';
import type { Upgrade } from '../../platform/listen/upgrade.ts';
import type { ResponseHead } from '../../platform/upstream/exchange.ts';
import type { UpgradeAnswer } from '../../platform/upstream/upgrade.ts';
import { toUpstreamError, UpstreamError } from '../../platform/upstream/upstream-error.ts';
import { answerOnSocket } from './answer.ts';
import { classify, isWatch, type Classified } from './classify.ts';
import type { ForwardOptions } from './forward-options.ts';
import type { Guest, GuestLimit } from './guests.ts';
import { bytesOfHead } from './bytes-of-head.ts';
import { responseHeaders, switchedHeaders, upgradeRequestHeaders } from './headers.ts';
import type { Serving } from './in-flight.ts';
import { openMessageWatch } from './message-watch.ts';
import type { OwnCredentials } from './own-credentials.ts';
import { overLimit, refused, unavailable, unsendable, type StatusAnswer } from './status-body.ts';
import type { WatchHandler } from './watch-hook.ts';

/**
 * After one side has ended, for what the other still has to say; the API server gives it no time at all. TLS of Node.js
 * hears nothing of a reset that comes after the peer's close_notify.
 */
const LEAVE_MS = 1000;

/** For the other to take what was said before, which is no more than a socket buffers: a client may be far away. */
const LAST_BYTES_MS = 30_000;

/** What two coupled connections buffer, in both directions (bytes). */
const TUNNEL_BYTES = 128 * 1024;
/** What a filtered watch keeps besides its baseline: an incomplete message, one held back, scanners. */
const STREAM_BYTES = 64 * 1024;

/** What upgrades are served with. */
export interface TunnelOptions extends Pick<
  ForwardOptions,
  'isDraining' | 'ownCredentials' | 'inFlight' | 'guests' | 'callers' | 'openWatch'
> {
  readonly upstream: Pick<ForwardOptions['upstream'], 'target' | 'upgrade'>;
}

/** Serves one upgrade to its end. Never rejects. */
export async function tunnel(options: TunnelOptions, asked: Upgrade): Promise<void> {
  const { req, socket } = asked;
  const { method = 'GET', url: target = '' } = req;
  socket.on('error', noop);
  if (!target.startsWith('/')) {
    refuse(asked, refused('bad-target'));
    return;
  }
  const { ownCredentials } = options;
  if (ownCredentials?.admits(req.rawHeaders) === false) {
    refuse(asked, refused('unauthorized'));
    return;
  }
  const classified = classify(method, target);
  const isForWatch = isWatch(classified);
  if (options.isDraining()) {
    refuse(asked, unavailable(isForWatch, 'this proxy is shutting down'));
    return;
  }
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
    if (answered.kind === 'refused') relayRefusal(answered, upgrade);
    else {
      guest.joined(answered.socket.once('close', closed));
      join(options, { answered, upgrade, classified, guest });
    }
  } catch (thrown) {
    const error = toUpstreamError('headers', thrown);
    const cause = `no answer from ${options.upstream.target.description}: ${error.message}`;
    if (error.code === 'request') refuse(upgrade, unsendable(error.message));
    else if (error.isUnprocessed) refuse(upgrade, unavailable(isForWatch, cause));
    // What it opens may have done something already: client-go would repeat it on our answer (R5).
    else socket.destroy();
  } finally {
    options.inFlight.remove(asking);
  }
}

/** A client may end it, or have to: what upstream has made of it by then is not known (R5), so it is not answered. */
class TunnelGuest implements Guest {
  readonly kind = 'upgrades';
  readonly caller: string;
  readonly #sides: Duplex[];
  canBeRefused = true;
  /** Set where a watch was taken over: it has an end. */
  watch: Pick<WatchHandler, 'giveWay'> | undefined;

  constructor(caller: string, client: Duplex) {
    this.caller = caller;
    this.#sides = [client];
  }

  /** Its place is that of a connection upstream too. */
  joined(upstream: Duplex): void {
    this.#sides.push(upstream);
  }

  get isOver(): boolean {
    return this.#sides.every(({ closed }) => closed);
  }

  giveWay(limit: GuestLimit): void {
    this.watch?.giveWay();
    // A client that does not read would keep what waits for it without being counted any more.
    const isWaiting = this.#sides.some(({ writableNeedDrain }) => writableNeedDrain);
    if (this.watch === undefined || limit === 'memory' || isWaiting)
      for (const side of this.#sides) side.destroy();
  }
}

async function ask(
  { upstream, ownCredentials }: Pick<TunnelOptions, 'upstream' | 'ownCredentials'>,
  { req, socket }: Upgrade,
  target: string,
): Promise<UpgradeAnswer> {
  const gone = new AbortController();
  const onClose = () => {
    gone.abort();
  };
  socket.once('close', onClose);
  const headers = upgradeRequestHeaders(req.rawHeaders, req.headers.upgrade ?? '');
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
function join({ openWatch, guests }: TunnelOptions, { answered, upgrade, classified, guest }: Joining): void {
  const { socket: upstream, head } = answered;
  const { socket: client, early } = upgrade;
  if (client.destroyed) {
    upstream.destroy();
    return;
  }
  const writeHead = (): void => {
    client.write(headText(head), 'latin1');
  };
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
 * What one side says goes to the other, with its end; whichever breaks off breaks the other. Not by pipeline(), twice: it
 * adds so many listeners to each socket that Node.js takes them for a leak.
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
    // What was said before the end is still on its way.
    if (to.destroyed || !from.readableEnded || to.writableFinished) to.destroy();
    else {
      const last = setTimeout(() => to.destroy(), LAST_BYTES_MS);
      to.once('finish', () => to.destroy()).once('close', () => {
        clearTimeout(last);
      });
    }
  });
}

function refuse({ socket, leave }: Upgrade, answer: StatusAnswer): void {
  answerOnSocket(socket, answer);
  leave();
}

/** A refusal is an ordinary response; Node writes it, framing included, and the connection ends. */
function relayRefusal(
  { head, body }: Extract<UpgradeAnswer, { kind: 'refused' }>,
  { req, socket, leave }: Upgrade,
): void {
  if (!(socket instanceof Socket) || socket.destroyed) {
    body.destroy();
    socket.destroy();
    return;
  }
  const res = new ServerResponse(req);
  res.sendDate = false;
  res.shouldKeepAlive = false;
  res.writeHead(head.statusCode, head.statusMessage, responseHeaders(head.headers, req.method !== 'HEAD'));
  res.assignSocket(socket);
  pipeline(body, res, (error) => {
    res.detachSocket(socket);
    if (error) socket.destroy();
    else leave();
  });
}

function headText({ statusCode, statusMessage, headers }: ResponseHead): string {
  const kept = switchedHeaders(headers);
  const reason = statusMessage === '' ? (STATUS_CODES[statusCode] ?? '') : statusMessage;
  const lines = [`HTTP/1.1 ${statusCode} ${reason}`];
  for (let at = 0; at + 1 < kept.length; at += 2) lines.push(`${kept[at] ?? ''}: ${kept[at + 1] ?? ''}`);
  return `${lines.join('\r\n')}\r\n\r\n`;
}

function noop(): void {
  // Either side ending ends the other; there is nobody left to tell.
}
