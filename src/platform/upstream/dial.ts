/**
 * Makes TLS connections to the API server, always verified against the CA read at that moment (R25), and counts the
 * open ones (R43). All code that connects to upstream gets its sockets here.
 */
import { isIP } from 'node:net';
import { connect, type ConnectionOptions, type TLSSocket } from 'node:tls';
import { TLS_PROFILE } from '../tls-profile.ts';
import type { Credentials } from './credentials.ts';
import type { UpstreamTarget } from './target.ts';
import { toUpstreamError, UpstreamError } from './upstream-error.ts';
import { whenAborted } from './when-aborted.ts';

export class Dialer {
  readonly #options: DialerOptions;
  readonly #open = new Set<TLSSocket>();
  #closed = false;

  constructor(options: DialerOptions) {
    this.#options = options;
  }

  /** Open connections, without those still in their handshake. */
  get count(): number {
    return this.#open.size;
  }

  /**
   * Opens one verified connection.
   * @param protocols - ALPN protocols in order of preference
   * @param signal - aborts connecting; the promise then rejects
   * @throws UpstreamError with phase `connect`
   */
  async dial(protocols: readonly string[], signal?: AbortSignal): Promise<TLSSocket> {
    if (this.#closed) throw new UpstreamError('connect', 'closed');
    const { credentials } = this.#options;
    const own = credentials === undefined ? {} : await ownCertificate(credentials);
    const socket = connect({ ...(await this.#tlsOptions(protocols)), ...own });
    socket.setNoDelay(true);
    // Where no PING is sent (HTTP/1.1, tunnels), the kernel's probes notice a vanished peer. After the delay, libuv
    // probes every second, ten times.
    socket.setKeepAlive(true, this.#options.keepAliveMs);
    await secured(socket, this.#options.connectTimeoutMs, signal);
    if (this.#isClosed()) {
      socket.destroy();
      throw new UpstreamError('connect', 'closed');
    }
    this.#track(socket);
    return socket;
  }

  /** Destroys all connections and refuses further ones. */
  close(): void {
    this.#closed = true;
    for (const socket of this.#open) socket.destroy();
  }

  // A method, because closing may happen during an await, which type narrowing does not see.
  #isClosed(): boolean {
    return this.#closed;
  }

  async #tlsOptions(protocols: readonly string[]): Promise<ConnectionOptions> {
    const { target } = this.#options;
    let ca: string | undefined;
    try {
      ca = await target.readCa();
    } catch (cause) {
      throw new UpstreamError('connect', 'ca', cause);
    }
    return {
      host: target.hostname,
      port: target.port,
      ALPNProtocols: [...protocols],
      rejectUnauthorized: true,
      ...TLS_PROFILE,
      ...(ca === undefined ? {} : { ca }),
      // RFC 6066 section 3 forbids addresses as SNI. Without a name, Node verifies the address.
      servername: target.servername ?? (isIP(target.hostname) === 0 ? target.hostname : ''),
    };
  }

  #track(socket: TLSSocket): void {
    this.#open.add(socket);
    this.#options.onCount(this.#open.size);
    socket.once('close', () => {
      this.#open.delete(socket);
      this.#options.onCount(this.#open.size);
    });
  }
}

export interface DialerOptions {
  readonly target: UpstreamTarget;
  /** The longest time for TCP and TLS together, milliseconds. */
  readonly connectTimeoutMs: number;
  /** Silence after which the kernel begins to probe, milliseconds. */
  readonly keepAliveMs: number;
  onCount(open: number): void;
  /** The program's own credentials, presented in the handshake; undefined if callers use theirs (I7). */
  readonly credentials?: Credentials | undefined;
}

/** @throws UpstreamError */
async function ownCertificate(credentials: Credentials): Promise<ConnectionOptions> {
  try {
    const own = await credentials.certificate();
    return own === undefined ? {} : { cert: own.certPem, key: own.keyPem };
  } catch (cause) {
    throw new UpstreamError('connect', 'credentials', cause);
  }
}

/** Resolves once the handshake is done and the peer verified; otherwise destroys the socket. */
async function secured(socket: TLSSocket, timeoutMs: number, signal?: AbortSignal): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<undefined>();
  const giveUp = (error: unknown) => {
    reject(toUpstreamError('connect', error));
    socket.destroy();
  };
  const timer = setTimeout(() => giveUp(new UpstreamError('connect', 'timeout')), timeoutMs);
  const onAbort = () => giveUp(new UpstreamError('connect', 'closed'));
  const onClose = () => giveUp(new UpstreamError('connect', 'reset'));
  whenAborted(signal, onAbort);
  socket.once('secureConnect', () => resolve(undefined));
  // The listener stays for the socket's whole life, because a late error must always find one.
  socket.on('error', giveUp);
  socket.once('close', onClose);
  try {
    await promise;
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', onAbort);
    socket.off('close', onClose);
  }
}
