/** The open streams, for metrics, debug output and draining. */
import type { EndCause } from '../telemetry/end-cause.ts';
import type { StreamStory } from './story.ts';
import type { WatchStream } from './watch-stream.ts';

/** The number of ended streams whose stories are kept (I6): the last streams of one client or a few clients. */
export const MAX_ENDED_STORIES = 4;

export class StreamRegistry {
  readonly #open = new Set<WatchStream>();
  /** Ended streams with bytes that have not left for the client yet. */
  readonly #leaving = new Set<WatchStream>();
  /** The numbers of ended streams, by resource and cause. */
  readonly #ended = new Map<string, Map<EndCause, number>>();
  /** The stories of ended streams, newest last. */
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

  openOf(resource: string): number {
    return this.#of(resource).length;
  }

  /** The number of open streams of this resource that are forwarded unread. */
  verbatimOf(resource: string): number {
    return this.#of(resource).filter(({ sieve }) => sieve.isVerbatim).length;
  }

  #of(resource: string): readonly WatchStream[] {
    return this.open().filter(({ scope }) => scope.resource === resource);
  }

  /** The longest time for which a client has been behind the swallowed events (milliseconds). */
  get longestLagMs(): number {
    return Math.max(0, ...[...this.#open].map((stream) => stream.lagMs));
  }

  /** The bytes that wait for clients, including those of ended streams (I6). */
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

  /** The stories of the open streams and the last few ended ones, newest first. */
  stories(): readonly StreamStory[] {
    const open = this.open().map((stream) => stream.story());
    return [...this.#stories, ...open].sort((a, b) => b.description.stream - a.description.stream);
  }

  /**
   * Ends every open stream cleanly. The ends are spread over `overMs`, so that clients do not all reconnect at once. A
   * stream that has just opened and had no event ends later, because its client would otherwise list (R31). A client
   * that does not read the end of its stream is waited for at most as long again.
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
