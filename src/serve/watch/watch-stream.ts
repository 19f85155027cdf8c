/**
 * One filtered watch, from its response head to its end: what upstream sends is sieved and what survives is written
 * to the client, with back-pressure in both directions. Owns the client's response from then on, and ends it exactly
 * once, with a cause.
 *
 * open → ended(cause). Before a clean end, and at the latest when its lag is due, the client is made current (I4).
 */
import { type Filter, type Projection } from '../../core/projection/filter.ts';
import { EventTally } from '../telemetry/event-tally.ts';
import { type EndCause } from '../telemetry/end-cause.ts';
import { encodeClose, encodeMessage } from '../../core/codec/websocket/encode.ts';
import { type ClientEnd } from '../proxy/watch-hook.ts';
import { describeStream } from './describe.ts';
import { FrameSieve, type FrameSieveOptions } from './frame-sieve.ts';
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

export interface WatchStreamOptions extends Omit<
  FrameSieveOptions,
  'tallies' | 'progress' | 'mode' | 'plan'
> {
  readonly scope: StreamScope;
  /** As it is when the stream begins; see {@link WatchStream.refilter}. */
  readonly filter: Filter;
  /** Whether the client set allowWatchBookmarks. */
  readonly bookmarks: boolean;
  /** Longest time that the client's resourceVersion may lag behind what was swallowed (milliseconds; I4). */
  readonly maxLagMs: number;
  /** When the stream is ended from our side, if upstream has not ended it (milliseconds; R12). */
  readonly deadlineMs: number;
  /** How long the client may take nothing while something waits for it (milliseconds; R11). */
  readonly slowClientMs: number;
  /** How much may wait for the client; above the longest frame that is looked at (R11). */
  readonly maxQueuedBytes: number;
  readonly response: ClientEnd;
  readonly source: StreamSource;
  /** The program's tally; the stream has its own besides. */
  readonly tally: EventTally;
  /** Monotonic milliseconds. */
  readonly now: () => number;
  readonly startTimer: StartTimer;
  /** The client is being made current. */
  readonly onRelease: (kind: Release['kind']) => void;
  /** Told how long each write took, from upstream's bytes being read to their having left (milliseconds). */
  readonly onLatency: (ms: number) => void;
  /** The initial events are over, and what of them was read is written. */
  readonly onPastInitialEvents: (stream: WatchStream) => void;
  readonly onEnd: (stream: WatchStream, cause: EndCause) => void;
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
  readonly #options: WatchStreamOptions;
  readonly #frames: FrameSieve;
  readonly #startedAt: number;
  readonly #out: Buffer[] = [];
  readonly #progress: Progress;
  #projection: Projection;
  readonly #stopDeadline: StopTimer;
  #stopLagTimer: StopTimer | undefined;
  #ended = false;

  constructor(options: WatchStreamOptions) {
    this.#options = options;
    this.scope = options.scope;
    this.encoding = options.codec?.name ?? 'opaque';
    this.#projection = options.filter.projection;
    this.#startedAt = options.now();
    const { response, source, codec, resource, bookmarks, maxLagMs, startTimer } = options;
    this.#progress = new Progress({
      bookmark: bookmarks && codec !== undefined ? (version) => codec.bookmark(resource, version) : undefined,
      maxLagMs,
    });
    this.#frames = new FrameSieve({
      ...options,
      mode: options.filter.mode,
      plan: options.filter.projection.plan,
      tallies: [this.tally, options.tally],
      progress: this.#progress,
    });
    this.#stopDeadline = startTimer(options.deadlineMs, () => this.#cut('deadline'));
    response.on('drain', () => source.resume());
    response.on('close', () => this.#cut('client_gone'));
    // Node's own timer of the socket: begun anew by each write that is taken. Inside one write TLS shows no progress, so
    // an event that takes longer than this ends the stream behind it; it arrives all the same.
    response.setTimeout(options.slowClientMs);
    response.on('timeout', () => {
      if (this.queuedBytes > 0) this.#cut('slow_client');
    });
    this.left = new Promise((resolve) => {
      response.once('finish', resolve);
      response.once('close', resolve);
    });
    void this.left.then(() => this.#frames.release());
  }

  get ageMs(): number {
    return this.#options.now() - this.#startedAt;
  }

  get baselineSize(): number {
    return this.#frames.baselineSize;
  }

  get pastInitialEvents(): boolean {
    return this.#frames.pastInitialEvents;
  }

  get isVerbatim(): boolean {
    return this.#frames.isVerbatim;
  }

  /** See {@link FrameSieve.position}: what the consistency check compares (R22). Undefined once the stream has ended. */
  position(): ReturnType<FrameSieve['position']> {
    return this.#ended ? undefined : this.#frames.position();
  }

  /** Whether the consistency check has found the baseline to be wrong. */
  get isMistrusted(): boolean {
    return this.#frames.isMistrusted;
  }

  /** The consistency check has found the baseline to be wrong: everything is forwarded from here on. */
  mistrust(): void {
    this.#frames.mistrust();
  }

  /** Upstream's history was replaced: of what the client held before nothing is known (I2). */
  forget(): void {
    this.#frames.doubt('history');
  }

  /** Bytes that wait for the client, in Node's buffers: everything that was written and has not left. */
  get queuedBytes(): number {
    return this.#options.response.writableLength;
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
    return this.#projection;
  }

  /**
   * From the next event on this filter counts. What was swallowed stays due: a bookmark or the held frame goes out in
   * its time, or is overtaken by the next event that is forwarded.
   */
  refilter({ mode, projection }: Filter): void {
    // Who asks for the snapshot of an ended stream is to find it as it ended.
    if (this.#ended) return;
    this.#projection = projection;
    this.#frames.refilter({ mode, plan: projection.plan });
  }

  /** What the client holds and at which resourceVersion; see {@link FrameSieve.snapshot}. */
  snapshot(): ReturnType<FrameSieve['snapshot']> {
    return this.#frames.snapshot();
  }

  /** What there is to tell of it now, for {@link explain}; `cause` where it has just ended. */
  story(cause?: EndCause): StreamStory {
    const end: StoryEnd | undefined = cause === undefined ? undefined : { cause, at: this.#options.now() };
    return {
      description: describeStream(this),
      mode: this.#frames.mode,
      openedAt: this.#startedAt,
      end,
      deliveredResourceVersion: this.#frames.deliveredAt,
      lagMs: this.lagMs,
      queuedBytes: this.queuedBytes,
      chronicle: this.#frames.chronicle,
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
    const before = this.#frames.pastInitialEvents;
    this.#frames.push(chunk, this.#out, readAt);
    this.#watchLag(readAt);
    const writable = this.#write(readAt);
    if (this.#frames.pastInitialEvents !== before) this.#options.onPastInitialEvents(this);
    if (this.queuedBytes > this.#options.maxQueuedBytes) this.#cut('slow_client');
    if (this.#frames.closing !== undefined) this.onEnd();
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
    const torn = this.#frames.finish(this.#out);
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
    const { response, now, onLatency } = this.#options;
    const sent = (error?: Error | null): void => {
      // Bytes that a closing connection discards never left.
      if (error === null || error === undefined) onLatency(now() - readAt);
      this.#frames.chronicle.settle();
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
      const { now, response } = this.#options;
      const { dueAt } = this.#progress;
      if (dueAt === undefined) return;
      if (response.writableNeedDrain) {
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
    if (this.#frames.passedPartOfFrame) return;
    const release = this.#progress.release();
    if (release === undefined) return;
    this.#frames.released(release.resourceVersion);
    const { messages, response } = this.#options;
    response.write(messages === undefined ? release.bytes : encodeMessage(messages, release.bytes));
    this.#options.onRelease(release.kind);
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
    const { response, startTimer, onEnd } = this.#options;
    // Half a frame that was passed on must not look like a whole one: only a broken connection tells.
    const clean = cause === 'upstream_end' || !this.#frames.passedPartOfFrame;
    if (cause !== 'client_gone') {
      if (clean) {
        this.#makeCurrent();
        if (this.#options.messages !== undefined) response.write(this.#frames.closing ?? encodeClose());
        const stop = startTimer(LAST_BYTES_MS, () => response.destroy());
        response.once('finish', stop);
        response.once('close', stop);
        response.end();
      } else {
        response.destroy();
      }
    }
    onEnd(this, cause);
  }
}
