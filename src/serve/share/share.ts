/**
 * The hub: answers LISTs and watches of shared resources from memory. A sidecar says under which projection it wants its
 * answer and is told at once where there is none (421), since it asks the API server by itself; the requests of all others
 * go upstream where memory has no answer.
 */
import { askedOfHub, type AskedOfHub } from '../../core/hub/asked.ts';
import { type Filter } from '../../core/projection/filter.ts';
import { PROJECTION_HEADER, projectionDigest } from '../../core/projection/projection-digest.ts';
import { nameOf, type Resource } from '../../core/resource/resource.ts';
import { type StartTimer } from '../../platform/timer.ts';
import { type Exchange } from '../../platform/upstream/exchange.ts';
import { type Grants } from '../grants/grants.ts';
import { valuesOf } from '../proxy/headers.ts';
import { type RoutedRequest } from '../proxy/hub-route.ts';
import { SharedChunks } from '../proxy/shared-chunks.ts';
import { misdirected } from '../proxy/status-body.ts';
import { DECLINED, type Declined, HubAnswer } from './hub-answer.ts';
import { type MemoryWatch } from './memory-watch.ts';
import { type ReaderEnd } from './readers.ts';
import { ShareStory } from './share-story.ts';
import { sendWhole } from './send-whole.ts';
import { type SharedFeeds } from './shared-feeds.ts';

/** What of a resource's filter has to be known. */
export interface SharedFilter {
  readonly current: Filter;
  /** A client is filtered by it that does not say by what: it has to be recorded, and be told of changes. */
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

/** Why a request could not be looked for in memory at all. `unknown_client`: nobody says by what it was filtered before. */
export const NOT_ASKED = ['not_shared', 'doubt', 'observe', 'projection', 'unknown_client'] as const;
export type NotAsked = (typeof NOT_ASKED)[number];
/** What became of a request: an answer from memory, or why there was none. */
export const SHARE_RESULTS = ['list', 'watch', ...NOT_ASKED, ...DECLINED] as const;
export type ShareResult = (typeof SHARE_RESULTS)[number];

export interface ShareEvents {
  readonly onResult: (result: ShareResult) => void;
  readonly onWatchEnd: (why: ReaderEnd) => void;
}

/** How long a sidecar waits for a decision, and whoever wants the newest state (milliseconds). */
const SHORT_WAIT_MS = 500;
/** How long the API server has others wait for a state that it has not seen yet (milliseconds). */
const WAIT_MS = 3000;
/** How long the API server lets a watch last that does not say (milliseconds): chance adds up to as much. */
const LONGEST_WATCH_MS = 1_800_000;
/** Groups in which watches are ended, over the time that there is for it. */
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

  /** How many watches began in memory: in each events may have been swallowed. */
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
      // Another filter may count by the time that the caller turns out to be allowed.
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
    // It may have been another hub, or this one by another preset, and nobody has kept which.
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

/** The digest that a sidecar sends. One that says two is told that there is no answer to either. */
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

/** As the API server does: the word alone, with no order of preference (apiserver pkg/endpoints/handlers/responsewriters). */
function acceptsGzip(headers: readonly string[]): boolean {
  return valuesOf(headers, 'accept-encoding').some((value) =>
    value.split(',').some((coding) => coding.trim() === 'gzip'),
  );
}
