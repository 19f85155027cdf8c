/**
 * The hub answers LISTs and watches of shared resources from memory. A sidecar names the projection of the answer that
 * it wants, and gets a 421 at once if there is none, since it can ask the API server itself. Requests of all other
 * clients go upstream if memory has no answer.
 */
import { askedOfHub, type AskedOfHub } from '../../core/hub/asked.ts';
import type { Filter } from '../../core/projection/filter.ts';
import { PROJECTION_HEADER, projectionDigest } from '../../core/projection/projection-digest.ts';
import { nameOf, type Resource } from '../../core/resource/resource.ts';
import type { StartTimer } from '../../platform/timer.ts';
import type { Exchange } from '../../platform/upstream/exchange.ts';
import type { Grants } from '../grants/grants.ts';
import { valuesOf } from '../proxy/headers.ts';
import type { RoutedRequest } from '../proxy/hub-route.ts';
import { SharedChunks } from '../proxy/shared-chunks.ts';
import { misdirected } from '../proxy/status-body.ts';
import { DECLINED, type Declined, HubAnswer } from './hub-answer.ts';
import type { MemoryWatch } from './memory-watch.ts';
import type { ReaderEnd } from './readers.ts';
import { ShareStory } from './share-story.ts';
import { sendWhole } from './send-whole.ts';
import type { SharedFeeds } from './shared-feeds.ts';

/** The properties of a resource's filter that the hub needs. */
export interface SharedFilter {
  readonly current: Filter;
  /** Registers a client that names no projection: it is recorded under this filter and told of changes of it. */
  follow(client: { refilter(filter: Filter): void }): void;
  forget(client: { refilter(filter: Filter): void }): void;
}

export interface ShareOptions {
  readonly shared: readonly Resource[];
  readonly feeds: SharedFeeds;
  readonly filterOf: (asked: {
    readonly resource: Resource;
    readonly preset: string;
  }) => SharedFilter | undefined;
  readonly grants: Pick<Grants, 'ask' | 'keepAsking' | 'kept'>;
  readonly slowClientMs: number;
  readonly events: ShareEvents;
  /** Monotonic milliseconds. */
  readonly now: () => number;
  /** In [0, 1). */
  readonly chance: () => number;
  readonly startTimer: StartTimer;
}

/** Why a request cannot be answered from memory at all. `unknown_client`: its former projection is not known. */
export const NOT_ASKED = ['not_shared', 'doubt', 'observe', 'projection', 'unknown_client'] as const;
export type NotAsked = (typeof NOT_ASKED)[number];
/** The result of a request: an answer from memory, or the reason for none. */
export const SHARE_RESULTS = ['list', 'watch', ...NOT_ASKED, ...DECLINED] as const;
export type ShareResult = (typeof SHARE_RESULTS)[number];

export interface ShareEvents {
  readonly onResult: (result: ShareResult) => void;
  readonly onWatchEnd: (why: ReaderEnd) => void;
}

/** The longest wait for a decision, of a sidecar and of a request for the newest state (milliseconds). */
const SHORT_WAIT_MS = 500;
/** How long the API server lets requests wait for a state that it has not seen yet (milliseconds). */
const WAIT_MS = 3000;
/** The API server's shortest duration of a watch without `timeoutSeconds` (milliseconds); up to as much is added at random. */
const LONGEST_WATCH_MS = 1_800_000;
/** The number of groups in which watches are ended, spread over the time for draining. */
const DRAIN_STEPS = 20;

interface Memory {
  readonly asked: AskedOfHub;
  readonly resource: Resource;
  readonly filter: SharedFilter;
}

export class Share {
  readonly #options: ShareOptions;
  readonly #followed = new Map<MemoryWatch, { refilter(filter: Filter): void }>();
  readonly #story = new ShareStory();
  readonly #chunks = new SharedChunks();
  #watchesEver = 0;

  constructor(options: ShareOptions) {
    this.#options = options;
  }

  /** The number of watches answered from memory; events may have been swallowed in each. */
  get watchesEver(): number {
    return this.#watchesEver;
  }

  readonly route = (routed: RoutedRequest): Exchange => {
    const wanted = wantedProjection(routed);
    const memory = this.#memory(routed, wanted);
    if (typeof memory === 'string') return this.#elsewhere(routed, wanted, memory);
    const { now, startTimer, slowClientMs, grants, feeds, chance } = this.#options;
    const { resource, asked, filter } = memory;
    const { current } = filter;
    const { headers } = routed.request;
    const isShort = wanted !== undefined || isOfNewest(asked);
    return new HubAnswer({
      ...{ asked, headers, grants, now, startTimer, slowClientMs, handler: routed.handler },
      // The filter may have changed by the time the caller is allowed.
      feed: () =>
        filter.current === current ? feeds.of(resource, asked.codec, current.projection) : undefined,
      headOf: (more) => ({
        statusCode: 200,
        statusMessage: '',
        headers: [...more, ...answerHeaders(wanted)],
      }),
      acceptsGzip: acceptsGzip(headers),
      waitMs: isShort ? SHORT_WAIT_MS : WAIT_MS,
      longestWatchMs: LONGEST_WATCH_MS * (1 + chance()),
      events: {
        onDeclined: (why) => this.#elsewhere(routed, wanted, why),
        onAnswered: (watch) => {
          routed.passAsItIs(this.#chunks);
          this.#count(asked.what.kind);
          if (watch === undefined) return;
          this.#watchesEver += 1;
          if (wanted === undefined) this.#follow(filter, watch);
        },
        onWatchEnd: (watch, cause) => {
          const [client = ''] = valuesOf(headers, 'user-agent');
          this.#story.onEnd({ client, resource: nameOf(resource), cause, at: now() });
          this.#ended(filter, watch, cause);
        },
      },
    });
  };

  /** Readers of what counts no longer come back, and are answered by what counts now. */
  filterChanged(): void {
    this.#options.feeds.closeAll('filter');
  }

  async drain(overMs: number, sleep: (ms: number) => Promise<unknown>): Promise<void> {
    const readers = this.#options.feeds.readers();
    const group = Math.ceil(readers.length / DRAIN_STEPS);
    for (let from = 0; from < readers.length; from += group) {
      for (const reader of readers.slice(from, from + group)) reader.end('drain');
      if (from + group < readers.length) await sleep(overMs / DRAIN_STEPS);
    }
  }

  close(): Promise<void> {
    return this.#options.feeds.close();
  }

  get description() {
    const { shared, feeds, grants, now } = this.#options;
    return {
      ...{ shared: shared.map(nameOf), feeds: feeds.description, grants: grants.kept },
      ...this.#story.description(now()),
    };
  }

  #memory({ classified, request, preset }: RoutedRequest, wanted: string | undefined): Memory | NotAsked {
    if (!('resource' in classified) || request.body !== null) return 'not_shared';
    const { resource } = classified;
    const filter = this.#options.filterOf({ resource, preset });
    if (!this.#options.shared.includes(resource) || filter === undefined) return 'not_shared';
    const { mode, projection } = filter.current;
    if (mode === 'observe') return 'observe';
    if (wanted !== undefined && wanted !== projectionDigest(projection)) return 'projection';
    const asked = askedOfHub(request, valuesOf(request.headers, 'accept').join(), resource);
    if (asked?.codec.wrapping(resource) === undefined) return 'doubt';
    // It may have been another hub, or this one with another preset, and no record of that exists.
    const isBack = asked.what.kind === 'watch' && asked.what.start.kind === 'from';
    return isBack && wanted === undefined ? 'unknown_client' : { asked, resource, filter };
  }

  #elsewhere(
    { handler, direct }: RoutedRequest,
    wanted: string | undefined,
    why: NotAsked | Declined,
  ): Exchange {
    this.#count(why);
    return wanted === undefined ? direct() : sendWhole(handler, misdirected(why));
  }

  #count(result: ShareResult): void {
    this.#story.onResult(result);
    this.#options.events.onResult(result);
  }

  #follow(filter: SharedFilter, watch: MemoryWatch): void {
    const client = { refilter: () => watch.end('filter') };
    this.#followed.set(watch, client);
    filter.follow(client);
  }

  #ended(filter: SharedFilter, watch: MemoryWatch, why: ReaderEnd): void {
    this.#options.events.onWatchEnd(why);
    const client = this.#followed.get(watch);
    this.#followed.delete(watch);
    if (client !== undefined) filter.forget(client);
  }
}

/** The digest that a sidecar sends. A request with two digests gets no answer from memory. */
function wantedProjection({ request }: RoutedRequest): string | undefined {
  const said = valuesOf(request.headers, PROJECTION_HEADER);
  return said.length === 0 ? undefined : said.join();
}

function isOfNewest({ what }: AskedOfHub): boolean {
  if (what.kind === 'list') return what.freshness.kind === 'consistent';
  return what.start.kind === 'initial' && what.start.freshness.kind === 'consistent';
}

function answerHeaders(wanted: string | undefined): readonly string[] {
  const cached = ['Cache-Control', 'no-cache, private'];
  return wanted === undefined ? cached : [...cached, PROJECTION_HEADER, wanted];
}

/** Looks only for the word, without preferences, as the API server does (apiserver pkg/endpoints/handlers/responsewriters). */
function acceptsGzip(headers: readonly string[]): boolean {
  return valuesOf(headers, 'accept-encoding').some((value) =>
    value.split(',').some((coding) => coding.trim() === 'gzip'),
  );
}
