/**
 * One filtered watch, from its response head to its end. It sieves the bytes from upstream and writes the forwarded
 * ones to the client, with back-pressure in both directions. It owns the client's response and ends it exactly once,
 * with a cause.
 *
 * open → ended(cause). The client is made current before a clean end, and whenever its lag reaches the limit (I4).
 */
import { FREE_FRAME_BYTES, type FrameSplitter } from '../../core/codec/frame-splitter.ts';
import { Draw } from '../../core/limits/byte-budget.ts';
import { OpaqueSplitter } from '../../core/codec/opaque.ts';
import type { Filter, Projection } from '../../core/projection/filter.ts';
import type { Reading } from '../../core/sieve/event-reader.ts';
import type { Sieve, SieveOptions } from '../../core/sieve/sieve.ts';
import { EventTally } from '../telemetry/event-tally.ts';
import type { EndCause } from '../telemetry/end-cause.ts';
import { encodeClose, encodeMessage } from '../../core/codec/websocket/encode.ts';
import { type MessageForm, MessageSplitter } from '../../core/codec/websocket/message-splitter.ts';
import type { ClientEnd } from '../proxy/watch-hook.ts';
import { describeStream } from './describe.ts';
import { FrameSieve } from './frame-sieve.ts';
import { Progress, type Release } from './progress.ts';
import type { StoryEnd, StreamStory } from './story.ts';
import type { StreamScope } from './stream-scope.ts';
import type { StartTimer, StopTimer } from '../../platform/timer.ts';
import type { Exchange } from '../../platform/upstream/exchange.ts';

export interface StreamClient {
  readonly response: ClientEnd;
  /** True if the client set allowWatchBookmarks. */
  readonly bookmarks: boolean;
  /** The knowledge about the client when the stream begins. */
  readonly known: SieveOptions;
}

export interface StreamLimits {
  /** Longer frames are forwarded unread. */
  readonly maxFrameBytes: number;
  /** The longest time for which the client's resourceVersion may lag behind swallowed events (milliseconds; I4). */
  readonly maxLagMs: number;
  /** The age at which the stream is ended here, if upstream has not ended it (milliseconds; R12). */
  readonly deadlineMs: number;
  /** The longest time for which the client may read nothing while bytes wait for it (milliseconds; R11). */
  readonly slowClientMs: number;
  /** The most bytes that may wait for the client; more than the longest frame that is read (R11). */
  readonly maxQueuedBytes: number;
}

export interface StreamEvents {
  /** The client was sent a bookmark or held frame to make it current. */
  readonly onRelease: (kind: Release['kind']) => void;
  /** Reports the time from reading upstream's bytes until they have left for the client (ms), once per write. */
  readonly onLatency: (ms: number) => void;
  /** The initial events are over and have been written. */
  readonly onPastInitialEvents: (stream: WatchStream) => void;
  readonly onEnd: (stream: WatchStream, cause: EndCause) => void;
}

export interface WatchStreamOptions {
  readonly scope: StreamScope;
  /** Undefined if there is no codec for the stream; all bytes are forwarded then. */
  readonly reading: Reading | undefined;
  /** The form of the messages, if the stream is a WebSocket. */
  readonly messages?: MessageForm | undefined;
  /** The first filter; see {@link WatchStream.refilter}. */
  readonly filter: Filter;
  readonly client: StreamClient;
  readonly source: Exchange;
  readonly limits: StreamLimits;
  readonly events: StreamEvents;
  /** The tally of the program. The stream also has one of its own. */
  readonly tally: EventTally;
  /** Monotonic milliseconds. */
  readonly now: () => number;
  readonly startTimer: StartTimer;
}

/** The pause before the next attempt to make a client current whose socket is full (milliseconds). */
const RETRY_MS = 1000;
/**
 * The limit of client-go's VeryShortWatchError (tools/cache/reflector.go; milliseconds). Its clock starts before the
 * one of the stream.
 */
const VERY_SHORT_MS = 1000;

/** The longest time for which a client may read the last bytes after the end of its stream (milliseconds; R11). */
const LAST_BYTES_MS = 5 * 60_000;

/** A failure of the response from upstream. The code `dead` means that the connection no longer answers PINGs. */
export interface SourceError extends Error {
  readonly code: string;
}

export class WatchStream {
  readonly scope: StreamScope;
  readonly encoding: string;
  readonly tally = new EventTally();
  /** Resolves when all bytes and the end have left for the client, or the client has gone. */
  readonly left: Promise<void>;
  /** The knowledge about the client. */
  readonly sieve: Sieve;
  readonly #options: WatchStreamOptions;
  readonly #frames: FrameSieve;
  readonly #splitter: FrameSplitter;
  readonly #response: ClientEnd;
  readonly #startedAt: number;
  readonly #out: Buffer[] = [];
  readonly #progress: Progress;
  readonly #stopDeadline: StopTimer;
  #stopLagTimer: StopTimer | undefined;
  #ended = false;
  /** The draws on the budget for an incomplete frame and for the held frame. */
  readonly #drawnForPending: Draw;
  readonly #drawnForHeld: Draw;

  constructor(options: WatchStreamOptions) {
    this.#options = options;
    const { scope, reading, filter, client, source, limits, tally, startTimer } = options;
    const { response } = client;
    this.scope = scope;
    this.encoding = reading?.codec.name ?? 'opaque';
    this.#response = response;
    this.#startedAt = options.now();
    const { maxLagMs } = limits;
    this.#progress = new Progress({ bookmark: client.bookmarks ? bookmarkOf(reading) : undefined, maxLagMs });
    this.#splitter = splitterFor(options);
    this.#frames = new FrameSieve({
      splitter: this.#splitter,
      reading,
      filter,
      client: client.known,
      progress: this.#progress,
      tallies: [this.tally, tally],
    });
    this.sieve = this.#frames.sieve;
    this.#drawnForPending = new Draw(client.known.budget);
    this.#drawnForHeld = new Draw(client.known.budget);
    this.#stopDeadline = startTimer(limits.deadlineMs, () => this.#cut('deadline'));
    response.on('drain', () => source.resume());
    response.on('close', () => this.#cut('client_gone'));
    // Node's timer of the socket restarts with each completed write. TLS shows no progress within a write, so an event
    // that takes longer than this timer still arrives, but the stream ends after it.
    response.setTimeout(limits.slowClientMs);
    response.on('timeout', () => {
      if (this.queuedBytes > 0) this.#cut('slow_client');
    });
    this.left = new Promise((resolve) => {
      response.once('finish', resolve);
      response.once('close', resolve);
    });
    void this.left.then(() => this.sieve.release());
  }

  get ageMs(): number {
    return this.#options.now() - this.#startedAt;
  }

  /** The bytes that wait for the client in Node's buffers: written, but not sent yet. */
  get queuedBytes(): number {
    return this.#response.writableLength;
  }

  /**
   * How long a clean end would still make client-go list again (milliseconds): client-go treats a watch that ends
   * within a second of its request, without any event, as a failure. If upstream has sent bytes there is no such risk,
   * because a swallowed event is made up for by a bookmark or the held frame at the end.
   */
  get tooShortForMs(): number {
    return this.tally.bytesReceived > 0 ? 0 : Math.max(0, VERY_SHORT_MS - this.ageMs);
  }

  /** How long the client's resourceVersion has been behind swallowed events (milliseconds). */
  get lagMs(): number {
    const { behindSince } = this.#progress;
    return behindSince === undefined ? 0 : this.#options.now() - behindSince;
  }

  get projection(): Projection {
    return this.#frames.filter.projection;
  }

  /**
   * Applies a filter from the next event on. The client still learns of the swallowed events in time, by a bookmark,
   * the held frame, or the next forwarded event.
   */
  refilter(filter: Filter): void {
    // The snapshot of an ended stream must not change any more.
    if (!this.#ended) this.#frames.refilter(filter);
  }

  /** The story of the stream for {@link explain}. @param cause given if the stream has just ended */
  story(cause?: EndCause): StreamStory {
    const end: StoryEnd | undefined = cause === undefined ? undefined : { cause, at: this.#options.now() };
    return {
      description: describeStream(this),
      mode: this.#frames.filter.mode,
      openedAt: this.#startedAt,
      end,
      deliveredResourceVersion: this.sieve.deliveredAt,
      lagMs: this.lagMs,
      queuedBytes: this.queuedBytes,
      chronicle: this.sieve.chronicle,
    };
  }

  /** Required by the handler's interface, but the opening already had the response head. */
  onResponse(): void {
    // Nothing to do.
  }

  /** @returns false to ask for a pause until the client's socket has drained */
  onData(chunk: Buffer): boolean {
    if (this.#ended) return true;
    const readAt = this.#options.now();
    this.#out.length = 0;
    const before = this.sieve.pastInitialEvents;
    this.sieve.now = readAt;
    this.#frames.push(chunk, this.#out);
    if (!this.#drawnForPending.become(beyondFree(this.#splitter.keptBytes)))
      this.#frames.passUnseen(this.#out);
    this.#watchLag(readAt);
    const writable = this.#write(readAt);
    if (!this.#drawForHeld()) this.#makeCurrent();
    if (this.sieve.pastInitialEvents !== before) this.#options.events.onPastInitialEvents(this);
    if (this.queuedBytes > this.#options.limits.maxQueuedBytes) this.#cut('slow_client');
    if (this.#splitter.closing !== undefined) this.onEnd();
    return writable;
  }

  /** Upstream has ended its response. */
  onEnd(): void {
    if (this.#ended) return;
    const torn = this.#finishFrames();
    this.#end(torn ? 'upstream_error' : 'upstream_end');
  }

  /** Upstream or the connection to it failed. The client sees an end at a frame boundary and watches again (R9). */
  onError(error: SourceError): void {
    if (this.#ended) return;
    this.#finishFrames();
    this.#end(error.code === 'dead' ? 'upstream_dead' : 'upstream_error');
  }

  /** Ends the stream cleanly to make room for others. */
  giveWay(): void {
    this.#cut('limit');
  }

  /** Ends the stream cleanly. Resolves when the end has left for the client, or the client has gone. */
  async drain(): Promise<void> {
    if (this.#ended) return;
    this.#cut('drain');
    await this.left;
  }

  /** @returns false if the budget has no room for the held frame */
  #drawForHeld(): boolean {
    return this.#drawnForHeld.become(beyondFree(this.#progress.heldBytes));
  }

  #finishFrames(): boolean {
    this.#out.length = 0;
    const torn = this.#frames.finish(this.#out);
    this.#write(this.#options.now());
    return torn;
  }

  /**
   * Writes the forwarded bytes of one chunk. They may be views of it, because transports do not reuse its memory.
   * Node.js itself combines the writes of one turn of the event loop. cork() must not be used: the result of write()
   * would then say nothing about the socket, and back-pressure would be lost (R11; lib/_http_outgoing.js, write_).
   */
  #write(readAt: number): boolean {
    const out = this.#out;
    const { now, events } = this.#options;
    const response = this.#response;
    const sent = (error?: Error | null): void => {
      // Bytes that a closing connection discarded have no latency.
      if (error === null || error === undefined) events.onLatency(now() - readAt);
      this.sieve.chronicle.settle();
    };
    let writable = true;
    for (const [i, bytes] of out.entries())
      writable = i === out.length - 1 ? response.write(bytes, sent) : response.write(bytes);
    return writable;
  }

  /** Ensures that the client is made current in time, by one timer that the first swallowed event starts. */
  #watchLag(now: number): void {
    const { dueAt } = this.#progress;
    if (dueAt !== undefined && this.#stopLagTimer === undefined) this.#startLagTimer(dueAt - now);
  }

  #startLagTimer(ms: number): void {
    this.#stopLagTimer = this.#options.startTimer(Math.max(ms, 0), () => {
      this.#stopLagTimer = undefined;
      const { now } = this.#options;
      const { dueAt } = this.#progress;
      if (dueAt === undefined) return;
      if (this.#response.writableNeedDrain) {
        this.#startLagTimer(RETRY_MS);
        return;
      }
      // The deadline has moved if an event was forwarded meanwhile and another one was swallowed after it.
      if (dueAt <= now()) this.#makeCurrent();
      this.#watchLag(now());
    });
  }

  /** Sends the bookmark or held frame that makes the client current, but never inside a frame that is sent in parts. */
  #makeCurrent(): void {
    if (this.#splitter.passedPartOfFrame) return;
    const release = this.#progress.release();
    if (release === undefined) return;
    this.#drawForHeld();
    this.sieve.released(release.resourceVersion);
    const { messages } = this.#options;
    this.#response.write(messages === undefined ? release.bytes : encodeMessage(messages, release.bytes));
    this.#options.events.onRelease(release.kind);
  }

  /** Ends the stream although upstream goes on. The client still gets the waiting bytes and the end. */
  #cut(cause: EndCause): void {
    if (this.#ended) return;
    this.#options.source.abort();
    this.#end(cause);
  }

  #end(cause: EndCause): void {
    this.#ended = true;
    this.#stopDeadline();
    this.#stopLagTimer?.();
    const { startTimer, events, messages } = this.#options;
    const response = this.#response;
    // A half-sent frame must not look complete. Only a broken connection shows the client that it is not.
    const clean = cause === 'upstream_end' || !this.#splitter.passedPartOfFrame;
    if (cause !== 'client_gone') {
      if (clean) {
        this.#makeCurrent();
        if (messages !== undefined) response.write(this.#splitter.closing ?? encodeClose());
        const stop = startTimer(LAST_BYTES_MS, () => response.destroy());
        response.once('finish', stop);
        response.once('close', stop);
        response.end();
      } else {
        response.destroy();
      }
    }
    this.#drawnForPending.become(0);
    this.#drawnForHeld.become(0);
    events.onEnd(this, cause);
  }
}

/** The bytes beyond an allowance that every stream has without a draw; nearly all objects are shorter. */
function beyondFree(bytes: number): number {
  return bytes > FREE_FRAME_BYTES ? bytes : 0;
}

function bookmarkOf(reading: Reading | undefined): ((resourceVersion: string) => Buffer) | undefined {
  return reading && ((resourceVersion) => reading.codec.bookmark(reading.resource, resourceVersion));
}

function splitterFor({ reading, messages, limits }: WatchStreamOptions): FrameSplitter {
  const { maxFrameBytes } = limits;
  if (messages !== undefined) return new MessageSplitter(maxFrameBytes, messages);
  return reading?.codec.splitter(maxFrameBytes) ?? new OpaqueSplitter();
}
