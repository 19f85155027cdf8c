/**
 * One filtered watch, from its response head to its end: what upstream sends is sieved and what survives is written
 * to the client, with back-pressure in both directions. Owns the client's response from then on, and ends it exactly
 * once, with a cause.
 *
 * open → ended(cause). Before a clean end, and at the latest when its lag is due, the client is made current (I4).
 */
import { type FrameSplitter } from '../../core/codec/frame-splitter.ts';
import { OpaqueSplitter } from '../../core/codec/opaque.ts';
import { type Filter, type Projection } from '../../core/projection/filter.ts';
import { type Sieve, type SieveOptions } from '../../core/sieve/sieve.ts';
import { EventTally } from '../telemetry/event-tally.ts';
import { type EndCause } from '../telemetry/end-cause.ts';
import { encodeClose, encodeMessage } from '../../core/codec/websocket/encode.ts';
import { type MessageForm, MessageSplitter } from '../../core/codec/websocket/message-splitter.ts';
import { type ClientEnd } from '../proxy/watch-hook.ts';
import { describeStream } from './describe.ts';
import { type FrameReading, FrameSieve } from './frame-sieve.ts';
import { Progress, type Release } from './progress.ts';
import { type StoryEnd, type StreamStory } from './story.ts';
import { type StreamScope } from './stream-scope.ts';
import { type StartTimer, type StopTimer } from '../../platform/timer.ts';

/** What a stream needs of the request upstream. */
export interface StreamSource {
  /** Ends the request; nothing more is heard of it. */
  abort(): void;
  /** Goes on reading after `onData` said false. */
  resume(): void;
}

/** Whom the stream is for. */
export interface StreamClient {
  readonly response: ClientEnd;
  /** Whether it set allowWatchBookmarks. */
  readonly bookmarks: boolean;
  /** What is known of it when the stream begins. */
  readonly known: SieveOptions;
}

export interface StreamLimits {
  /** Frames longer than this pass unseen. */
  readonly maxFrameBytes: number;
  /** Longest time that the client's resourceVersion may lag behind what was swallowed (milliseconds; I4). */
  readonly maxLagMs: number;
  /** When the stream is ended from our side, if upstream has not ended it (milliseconds; R12). */
  readonly deadlineMs: number;
  /** How long the client may take nothing while something waits for it (milliseconds; R11). */
  readonly slowClientMs: number;
  /** How much may wait for the client; above the longest frame that is looked at (R11). */
  readonly maxQueuedBytes: number;
}

/** What a stream tells of. */
export interface StreamEvents {
  /** The client is being made current. */
  readonly onRelease: (kind: Release['kind']) => void;
  /** Told how long each write took, from upstream's bytes being read to their having left (milliseconds). */
  readonly onLatency: (ms: number) => void;
  /** The initial events are over, and what of them was read is written. */
  readonly onPastInitialEvents: (stream: WatchStream) => void;
  readonly onEnd: (stream: WatchStream, cause: EndCause) => void;
}

export interface WatchStreamOptions {
  readonly scope: StreamScope;
  readonly reading: FrameReading;
  /** Where frames are messages of a WebSocket: which ones. */
  readonly messages?: MessageForm | undefined;
  /** As it is when the stream begins; see {@link WatchStream.refilter}. */
  readonly filter: Filter;
  readonly client: StreamClient;
  readonly source: StreamSource;
  readonly limits: StreamLimits;
  readonly events: StreamEvents;
  /** The program's tally; the stream has its own besides. */
  readonly tally: EventTally;
  /** Monotonic milliseconds. */
  readonly now: () => number;
  readonly startTimer: StartTimer;
}

/** How soon a client whose socket is full is tried again (milliseconds). */
const RETRY_MS = 1000;
/** client-go's VeryShortWatchError (tools/cache/reflector.go); its clock starts before ours (milliseconds). */
const VERY_SHORT_MS = 1000;

/** How long a client may take over what was written before the end of its stream (milliseconds; R11). */
const LAST_BYTES_MS = 5 * 60_000;

/** Why the response from upstream failed; `dead` is a connection that no longer answers PINGs. */
export interface SourceError extends Error {
  readonly code: string;
}

export class WatchStream {
  readonly scope: StreamScope;
  readonly encoding: string;
  readonly tally = new EventTally();
  /** When all has left for the client, the end included, or the client has gone. */
  readonly left: Promise<void>;
  /** What is known of the client. */
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
    this.#frames = new FrameSieve({
      reading,
      filter,
      client: client.known,
      progress: this.#progress,
      tallies: [this.tally, tally],
    });
    this.sieve = this.#frames.sieve;
    this.#splitter = splitterFor(options, this.#frames);
    this.#stopDeadline = startTimer(limits.deadlineMs, () => this.#cut('deadline'));
    response.on('drain', () => source.resume());
    response.on('close', () => this.#cut('client_gone'));
    // Node's own timer of the socket: begun anew by each write that is taken. Inside one write TLS shows no progress, so
    // an event that takes longer than this ends the stream behind it; it arrives all the same.
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

  /** Bytes that wait for the client, in Node's buffers: everything that was written and has not left. */
  get queuedBytes(): number {
    return this.#response.writableLength;
  }

  /**
   * How long a clean end would still make client-go list again: it takes one without any event, within a second of the
   * request, for a fault (milliseconds). What was swallowed is no matter: the end makes that good by an event.
   */
  get tooShortForMs(): number {
    return this.tally.bytesReceived > 0 ? 0 : Math.max(0, VERY_SHORT_MS - this.ageMs);
  }

  /** How long the client's resourceVersion has been behind what was swallowed (milliseconds). */
  get lagMs(): number {
    const { behindSince } = this.#progress;
    return behindSince === undefined ? 0 : this.#options.now() - behindSince;
  }

  /** By what the stream's fingerprints are made now. */
  get projection(): Projection {
    return this.#frames.filter.projection;
  }

  /**
   * From the next event on this filter counts. What was swallowed stays due: a bookmark or the held frame goes out in
   * its time, or is overtaken by the next event that is forwarded.
   */
  refilter(filter: Filter): void {
    // Who asks for the snapshot of an ended stream is to find it as it ended.
    if (!this.#ended) this.#frames.refilter(filter);
  }

  /** What there is to tell of it now, for {@link explain}; `cause` where it has just ended. */
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

  /** Not called: the head was in the opening. */
  onResponse(): void {
    // Nothing is left to do.
  }

  /** @returns false to ask for a pause until the client's socket has drained */
  onData(chunk: Buffer): boolean {
    if (this.#ended) return true;
    const readAt = this.#options.now();
    this.#out.length = 0;
    const before = this.sieve.pastInitialEvents;
    this.sieve.now = readAt;
    this.#splitter.push(chunk, this.#out);
    this.#watchLag(readAt);
    const writable = this.#write(readAt);
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

  /** Upstream, or the way to it, broke. The client sees an end at a frame boundary, and watches again (R9). */
  onError(error: SourceError): void {
    if (this.#ended) return;
    this.#finishFrames();
    this.#end(error.code === 'dead' ? 'upstream_dead' : 'upstream_error');
  }

  /** Ends the stream cleanly, because there are others. */
  giveWay(): void {
    this.#cut('limit');
  }

  /** Ends the stream from our side, cleanly. Resolves when the end has left for the client, or the client has gone. */
  async drain(): Promise<void> {
    if (this.#ended) return;
    this.#cut('drain');
    await this.left;
  }

  #finishFrames(): boolean {
    this.#out.length = 0;
    const torn = this.#splitter.finish(this.#out);
    this.#write(this.#options.now());
    return torn;
  }

  /**
   * Writes all that survived of one read. Views of a chunk may go: transports do not reuse its memory. Node gathers
   * the writes of one turn by itself. cork() must not: what write() then returns says nothing of the socket, and
   * back-pressure would be lost (R11; lib/_http_outgoing.js, write_).
   */
  #write(readAt: number): boolean {
    const out = this.#out;
    const { now, events } = this.#options;
    const response = this.#response;
    const sent = (error?: Error | null): void => {
      // Bytes that a closing connection discards never left.
      if (error === null || error === undefined) events.onLatency(now() - readAt);
      this.sieve.chronicle.settle();
    };
    let writable = true;
    for (const [i, bytes] of out.entries())
      writable = i === out.length - 1 ? response.write(bytes, sent) : response.write(bytes);
    return writable;
  }

  /** Sees to it that the client is made current in time; one timer, started by the first swallowed event. */
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
      // Not due where something newer was forwarded meanwhile, and something was swallowed after that.
      if (dueAt <= now()) this.#makeCurrent();
      this.#watchLag(now());
    });
  }

  /** Sends what the client is behind by. Not inside a frame that is passed on in parts. */
  #makeCurrent(): void {
    if (this.#splitter.passedPartOfFrame) return;
    const release = this.#progress.release();
    if (release === undefined) return;
    this.sieve.released(release.resourceVersion);
    const { messages } = this.#options;
    this.#response.write(messages === undefined ? release.bytes : encodeMessage(messages, release.bytes));
    this.#options.events.onRelease(release.kind);
  }

  /** Ends the stream though upstream goes on. What waits for the client, and the end, go on waiting for it. */
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
    // Half a frame that was passed on must not look like a whole one: only a broken connection tells.
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
    events.onEnd(this, cause);
  }
}

function bookmarkOf(reading: FrameReading): ((resourceVersion: string) => Buffer) | undefined {
  return reading && ((resourceVersion) => reading.codec.bookmark(reading.resource, resourceVersion));
}

function splitterFor({ reading, messages, limits }: WatchStreamOptions, frames: FrameSieve): FrameSplitter {
  const { maxFrameBytes } = limits;
  if (messages !== undefined) return new MessageSplitter(frames, maxFrameBytes, messages);
  return reading?.codec.splitter(frames, maxFrameBytes) ?? new OpaqueSplitter(frames);
}
