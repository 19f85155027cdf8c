/**
 * One HTTP/2 connection to the API server: its windows, its stream limit, its PINGs and its GOAWAY (R43). h2-stream.ts
 * handles a single stream, h2-connections.ts chooses the connection.
 *
 * node:http2 is used instead of undici's HTTP/2 client: as of undici 8.13.1, a Client whose connection received a
 * GOAWAY starts nothing new until the old connection's streams have ended (minutes for a watch). With `pipelining`
 * raised it does, but then it connects without pause while upstream is down: 2,214 times in two seconds in a test. Its
 * PINGs end a dead connection only at the next PING.
 */
import { connect, constants, type ClientHttp2Session, type SecureClientSessionOptions } from 'node:http2';
import type { TLSSocket } from 'node:tls';
import type { Delivery, Exchange } from './exchange.ts';
import { startStream, type StreamAddress } from './h2-stream.ts';
import { toUpstreamError, UpstreamError } from './upstream-error.ts';

/**
 * The bytes that one stream may have in flight or, while it is paused, buffered here. 512 KiB allow 50 MB/s at a round
 * trip of 10 ms. Multiplied by {@link MAX_STREAMS}, this bounds the memory that slow clients can cost (I6).
 */
const STREAM_WINDOW_BYTES = 512 * 1024;
/**
 * The bytes that all streams of a connection may have in flight. Node returns the bytes of a chunk to this window as
 * soon as it has read them, even for a paused stream, so a slow client cannot use up the window.
 */
const CONNECTION_WINDOW_BYTES = 4 * 1024 * 1024;
/** kube-apiserver's own default (`--http2-max-streams-per-connection`). */
const MAX_STREAMS = 100;
/** Limit of a header block in either direction, bytes (R4 asks for 64 KiB). */
const MAX_HEADER_BYTES = 256 * 1024;
/** HTTP/2 counts 32 bytes per field in addition to its text: RFC 9113 section 6.5.2. */
const MAX_HEADER_LIST_BYTES = 2 * MAX_HEADER_BYTES;
const MAX_HEADER_PAIRS = 4000;
/**
 * In megabytes; effectively no limit. In Node 24, bytes queued by an aborted upload count for ever, so any real limit
 * would sooner or later refuse all streams of a long-lived connection. The windows and the back-pressure on each body
 * bound the memory instead.
 */
const MAX_SESSION_MEMORY_MB = 2 ** 20;

/**
 * How long an aborted stream keeps its place (milliseconds). Its handler may run on that long. A Go server ends the
 * whole connection with ENHANCE_YOUR_CALM if the streams waiting for handlers are four times as many as may run
 * (golang.org/x/net/http2, scheduleHandler). So hundreds of clients that come and go must not be passed on at their
 * pace.
 */
const ABORT_PACE_MS = 1000;
/** An answer with more bytes counts as long: other answers wait behind it (bytes). */
const LONG_ANSWER_BYTES = 256 * 1024;

export interface H2ConnectionOptions {
  readonly address: StreamAddress;
  /** Time between PINGs, milliseconds; 0 sends none. */
  readonly pingIntervalMs: number;
  /** The longest wait for the answer to a PING, milliseconds. */
  readonly pingTimeoutMs: number;
  /**
   * There may be room for another stream now, or never again: a stream ended, or SETTINGS, GOAWAY or the close arrived.
   */
  onChange(): void;
}

/** One connection that has received the peer's SETTINGS. */
export class H2Connection {
  readonly #session: ClientHttp2Session;
  readonly #socket: TLSSocket;
  readonly #options: H2ConnectionOptions;
  #streams = 0;
  #longAnswers = 0;
  #cause: UpstreamError | undefined;
  /** The highest stream that the peer may have processed. */
  #lastStream = Infinity;
  /** The code with which the peer ended the connection. */
  #goAwayCode: number = constants.NGHTTP2_NO_ERROR;
  #pinger: NodeJS.Timeout | undefined;
  /** Armed while a PING is unanswered. */
  #pingDeadline: NodeJS.Timeout | undefined;

  private constructor(session: ClientHttp2Session, socket: TLSSocket, options: H2ConnectionOptions) {
    this.#session = session;
    this.#socket = socket;
    this.#options = options;
    session.on('error', (error) => {
      const isDead = toUpstreamError('body', error).code === 'dead';
      this.#cause ??= new UpstreamError('body', isDead ? 'dead' : 'reset', error);
    });
    session.on('remoteSettings', () => options.onChange());
    session.on('goaway', (code: number, lastStream: number) => {
      this.#goAwayCode = code;
      this.#lastStream = Math.min(this.#lastStream, lastStream);
      options.onChange();
    });
    session.once('close', () => {
      clearInterval(this.#pinger);
      clearTimeout(this.#pingDeadline);
      options.onChange();
    });
    if (options.pingIntervalMs > 0) {
      this.#pinger = setInterval(() => this.#ping(), options.pingIntervalMs);
      this.#pinger.unref();
    }
  }

  /**
   * Starts HTTP/2 on a new TLS connection and waits for the peer's SETTINGS. Until they arrive its stream limit is
   * unknown, and a stream beyond the limit would wait behind watches.
   * @param timeoutMs - the longest wait for the SETTINGS
   * @throws UpstreamError with phase `connect`
   */
  static async open(
    socket: TLSSocket,
    timeoutMs: number,
    options: H2ConnectionOptions,
  ): Promise<H2Connection> {
    const session = connect(`https://${options.address.authority}`, sessionOptions(socket));
    const { promise, resolve, reject } = Promise.withResolvers<undefined>();
    const fail = (error: UpstreamError) => {
      reject(error);
      session.destroy();
    };
    const timer = setTimeout(() => fail(new UpstreamError('connect', 'timeout')), timeoutMs);
    const onError = (error: unknown) => fail(new UpstreamError('connect', 'protocol', error));
    const onClose = () => fail(new UpstreamError('connect', 'reset'));
    session.on('error', onError);
    session.once('close', onClose);
    session.once('remoteSettings', () => resolve(undefined));
    try {
      await promise;
    } finally {
      clearTimeout(timer);
      session.off('close', onClose);
    }
    session.setLocalWindowSize(CONNECTION_WINDOW_BYTES);
    const connection = new H2Connection(session, socket, options);
    session.off('error', onError);
    return connection;
  }

  /** False once the peer has sent GOAWAY or the connection is gone. */
  get usable(): boolean {
    return !this.#session.closed && !this.#session.destroyed;
  }

  /** True if one more stream may start now. */
  get hasRoom(): boolean {
    return this.usable && this.#streams < this.#limit;
  }

  /** Starts a request; to be called only if there is room. `retry` gets the request back if it was not processed. */
  start(delivery: Delivery, retry: (delivery: Delivery) => void): Exchange {
    this.#streams += 1;
    let isAborted = false;
    let received = 0;
    const isLong = (): boolean => received > LONG_ANSWER_BYTES && delivery.request.isWatch !== true;
    return startStream({
      session: this.#session,
      address: this.#options.address,
      delivery,
      retry,
      causeOfDeath: () => this.#cause,
      isTurnedAway: (stream) => stream > this.#lastStream,
      goAwayCode: () => this.#goAwayCode,
      onReceived: (bytes) => {
        const wasLong = isLong();
        received += bytes;
        if (!wasLong && isLong()) this.#longAnswers += 1;
      },
      onAborted: () => {
        isAborted = true;
      },
      onClosed: () => {
        if (isLong()) this.#longAnswers -= 1;
        if (isAborted) setTimeout(() => this.#free(), ABORT_PACE_MS).unref();
        else this.#free();
      },
    });
  }

  /**
   * True if a long answer is arriving. A new answer may wait behind it as long as the peer likes: a server built on
   * nghttp2 sent nothing of a new answer for seconds while older ones continued.
   */
  get isHindered(): boolean {
    return this.#longAnswers > 0;
  }

  /** True if no stream is open. */
  get isIdle(): boolean {
    return this.#streams === 0;
  }

  #free(): void {
    this.#streams -= 1;
    this.#options.onChange();
  }

  /** Closes it once its last stream has ended. */
  retire(): void {
    this.#session.close();
  }

  destroy(cause: UpstreamError): void {
    this.#cause ??= cause;
    // With NO_ERROR, the default, Node would make the streams look complete.
    this.#session.destroy(undefined, constants.NGHTTP2_CANCEL);
  }

  get #limit(): number {
    const theirs = this.#session.remoteSettings.maxConcurrentStreams ?? MAX_STREAMS;
    return Math.min(theirs, MAX_STREAMS);
  }

  #ping(): void {
    const session = this.#session;
    if (this.#pingDeadline !== undefined || session.destroyed) return;
    let answered = false;
    const onAnswer = (): void => {
      answered = true;
      clearTimeout(this.#pingDeadline);
      this.#pingDeadline = undefined;
    };
    // After a GOAWAY, Node sends no PINGs, but the last streams may be watches. SETTINGS must be acknowledged as well.
    if (this.usable) session.ping(onAnswer);
    else session.settings({}, onAnswer);
    this.#pingDeadline = setTimeout(() => {
      // If this process was delayed, the answer may be unread in the socket, so it is read before the decision.
      setImmediate(() => {
        if (answered) return;
        this.destroy(new UpstreamError('body', 'dead'));
        // After a GOAWAY, Node would wait until the peer ends the connection.
        this.#socket.destroy();
      });
    }, this.#options.pingTimeoutMs);
    this.#pingDeadline.unref();
  }
}

function sessionOptions(socket: TLSSocket): SecureClientSessionOptions {
  return {
    createConnection: () => socket,
    maxSessionMemory: MAX_SESSION_MEMORY_MB,
    maxHeaderListPairs: MAX_HEADER_PAIRS,
    maxSendHeaderBlockLength: MAX_HEADER_BYTES,
    settings: {
      enablePush: false,
      initialWindowSize: STREAM_WINDOW_BYTES,
      maxHeaderListSize: MAX_HEADER_LIST_BYTES,
    },
  };
}
