/** The streams that are open now: for metrics, debug output and draining. */
import { type EndCause } from '../telemetry/end-cause.ts';
import { type StreamStory } from './story.ts';
import { type WatchStream } from './watch-stream.ts';

/** Of how many ended streams the story is kept (I6): a client's last one or two, or those of a few clients. */
export const MAX_ENDED_STORIES = 4;

export class StreamRegistry {
  readonly #open = new Set<WatchStream>();
  /** Ended, but not all of it has left for the client. */
  readonly #leaving = new Set<WatchStream>();
  /** By resource. */
  readonly #ended = new Map<string, Map<EndCause, number>>();
  /** The newest last. */
  readonly #stories: StreamStory[] = [];
  #lastId = 0;

  /** A number for the next stream, for logs. */
  nextId(): number {
    return ++this.#lastId;
  }

  add(stream: WatchStream): void {
    this.#open.add(stream);
  }

  remove(stream: WatchStream, cause: EndCause): void {
    if (!this.#open.delete(stream)) return;
    const { resource } = stream.scope;
    const ended = this.#ended.get(resource) ?? new Map<EndCause, number>();
    this.#ended.set(resource, ended.set(cause, (ended.get(cause) ?? 0) + 1));
    this.#stories.push(stream.story(cause));
    if (this.#stories.length > MAX_ENDED_STORIES) this.#stories.shift();
    this.#leaving.add(stream);
    void stream.left.then(() => this.#leaving.delete(stream));
  }

  get size(): number {
    return this.#open.size;
  }

  /** How many of the open streams are of this resource. */
  openOf(resource: string): number {
    return this.#of(resource).length;
  }

  /** How many of those are passed on unread. */
  verbatimOf(resource: string): number {
    return this.#of(resource).filter(({ sieve }) => sieve.isVerbatim).length;
  }

  #of(resource: string): readonly WatchStream[] {
    return this.open().filter(({ scope }) => scope.resource === resource);
  }

  /** The longest time any client has been behind what was swallowed (milliseconds). */
  get longestLagMs(): number {
    return Math.max(0, ...[...this.#open].map((stream) => stream.lagMs));
  }

  /** Bytes that wait for clients, those of ended streams included (I6). */
  get queuedBytes(): number {
    return [...this.#open, ...this.#leaving].reduce((sum, { queuedBytes }) => sum + queuedBytes, 0);
  }

  endedBy(resource: string, cause: EndCause): number {
    return this.#ended.get(resource)?.get(cause) ?? 0;
  }

  /** The open streams, oldest first. */
  open(): readonly WatchStream[] {
    return [...this.#open];
  }

  /** What there is to tell of the open streams and the last few ended ones, the newest first. */
  stories(): readonly StreamStory[] {
    const open = this.open().map((stream) => stream.story());
    return [...this.#stories, ...open].sort((a, b) => b.description.stream - a.description.stream);
  }

  /**
   * Ends every open stream cleanly, one after the other spread over `overMs`, so that clients do not all come back in
   * the same instant, and those that have just come and heard nothing last, so that they do not list (R31). A client
   * that does not take its end is waited for as long again, no longer.
   */
  async drain(overMs: number, sleep: (ms: number) => Promise<void>): Promise<void> {
    const streams = this.open();
    if (streams.length === 0) return;
    const pauseMs = overMs / streams.length;
    const ends: Promise<void>[] = [];
    const begin = async (stream: WatchStream, index: number): Promise<void> => {
      const waitMs = Math.min(Math.max(index * pauseMs, stream.tooShortForMs), overMs);
      if (waitMs > 0) await sleep(waitMs);
      ends.push(stream.drain());
    };
    await Promise.all(streams.map(begin));
    await Promise.race([Promise.all(ends), sleep(overMs)]);
  }
}
