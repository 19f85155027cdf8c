/** What may happen to whole hubs, and how often. */
import fc from 'fast-check';
import type { Encoding } from '../../../src/lab/simulator/encoding.ts';
import { PROJECTIONS } from '../../model/model-projection.ts';
import {
  appear,
  BEAT,
  changeAmong,
  COMPACT,
  doing,
  type ServerAction,
  SKIP,
  SKIP_ONE,
} from '../server-action.ts';
import type { LinkState, Right } from './model-api.ts';
import { type ClientConfig, CREDENTIALS } from './sidecar-client.ts';
import { LARGE_JOURNAL_BYTES, type WholeRun } from './whole-world.ts';

export type Action =
  | ServerAction
  | { readonly do: 'time'; readonly ms: number; readonly busy: boolean }
  | { readonly do: 'kill' | 'start' | 'hang' | 'hang-at-head' | 'go-on' | 'bookmark'; readonly hub: number }
  /** Something else answers sidecars at a hub's address, with this status; undefined: the hub again. */
  | { readonly do: 'ill'; readonly hub: number; readonly status: number | undefined }
  | {
      readonly do: 'link';
      readonly hub: number;
      /** What the feed comes over, what is asked for callers, or both. */
      readonly of: 'own' | 'callers' | 'both';
      readonly state: LinkState | 'reset';
    }
  | { readonly do: 'api'; readonly state: 'up' | 'down' | 'hung' | 'ill' | 'restart' }
  /** `then`: so that the new history may have overtaken the old one before anybody sees it. */
  | { readonly do: 'restore'; readonly back: number; readonly then: readonly ServerAction[] }
  /** `of` one too many: the hubs' own. */
  | { readonly do: 'rights'; readonly of: number; readonly right: Right; readonly waits: boolean }
  | { readonly do: 'pump'; readonly hub: number; readonly bytes: number }
  /** `hub` one too many: the API server. */
  | { readonly do: 'connect'; readonly client: number; readonly hub: number; readonly served: boolean }
  | { readonly do: 'read'; readonly client: number; readonly bytes: number }
  /** It forgets all but how far it was, and asks again. `hangs`: whichever hub answers it, for a while after the head. */
  | {
      readonly do: 'relist';
      readonly client: number;
      readonly hub: number;
      readonly served: boolean;
      readonly hangs: boolean;
    }
  /** It reads nothing, until it is told to. */
  | { readonly do: 'sleep' | 'leave'; readonly client: number }
  /** `known`: it remembers how far it was, and wants nothing older. */
  | { readonly do: 'forget'; readonly client: number; readonly known: boolean };

export const REPLICAS = 2;
export const CLIENTS = 3;
const hub = fc.nat(REPLICAS - 1);
const client = fc.nat(CLIENTS - 1);
const anyHub = fc.constantFrom(0, 1, 0, 1, 0, 1, REPLICAS);
const MOSTLY = fc.oneof({ weight: 3, arbitrary: fc.constant(true) }, fc.constant(false));
const SELDOM = fc.oneof({ weight: 7, arbitrary: fc.constant(false) }, fc.constant(true));
const bytes = fc.oneof(
  { weight: 1, arbitrary: fc.integer({ min: 1, max: 3000 }) },
  { weight: 3, arbitrary: fc.constant(Infinity) },
);
/** How many entries of history; 0: the server is only started anew. */
const RARELY = fc.oneof({ weight: 1, arbitrary: fc.constant(0) }, fc.integer({ min: 1, max: 8 }));
const ms = fc.oneof(
  { weight: 12, arbitrary: fc.nat(1500) },
  { weight: 3, arbitrary: fc.nat(20_000) },
  { weight: 1, arbitrary: fc.constantFrom(40_000, 400_000) },
);

const right = fc.constantFrom<Right>('all', 'all', 'all', 'all', 'all', 'none', 'list', 'one');
const SINCE = fc.array<ServerAction>(fc.oneof(BEAT, changeAmong(40), appear(fc.constant(false)), SKIP_ONE), {
  maxLength: 5,
});

const ACTION: fc.Arbitrary<Action> = fc.oneof(
  { weight: 12, arbitrary: BEAT },
  { weight: 10, arbitrary: changeAmong(40) },
  { weight: 3, arbitrary: appear(fc.constant(false)) },
  { weight: 2, arbitrary: SKIP },
  { weight: 3, arbitrary: COMPACT },
  {
    weight: 10,
    arbitrary: fc.record({
      ...{ do: doing('time'), ms },
      busy: MOSTLY,
    }),
  },
  { weight: 10, arbitrary: fc.record({ do: doing('time'), ms: fc.constant(250), busy: fc.constant(true) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('kill', 'hang', 'hang-at-head'), hub }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constantFrom('start', 'go-on'), hub }) },
  {
    weight: 2,
    arbitrary: fc.record({
      ...{ do: doing('ill'), hub },
      status: fc.constantFrom(undefined, undefined, undefined, 200, 403, 404, 410, 503),
    }),
  },
  { weight: 4, arbitrary: fc.record({ do: doing('bookmark'), hub }) },
  {
    weight: 4,
    arbitrary: fc.record({
      ...{ do: doing('link'), hub, of: fc.constantFrom('own', 'own', 'callers', 'both') },
      state: fc.constantFrom('up', 'up', 'up', 'reset', 'cut', 'hung', 'hung'),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      ...{ do: doing('link'), hub, of: doing('own') },
      state: fc.constantFrom('up', 'lagging'),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      ...{ do: doing('api') },
      state: fc.constantFrom('up', 'up', 'up', 'up', 'up', 'down', 'hung', 'ill', 'ill', 'restart'),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: doing('restore'), back: RARELY, then: SINCE }) },
  {
    weight: 4,
    arbitrary: fc.record({
      ...{ do: doing('rights'), of: fc.nat(CLIENTS), right },
      waits: fc.oneof({ weight: 3, arbitrary: fc.constant(false) }, fc.constant(true)),
    }),
  },
  { weight: 20, arbitrary: fc.record({ do: doing('pump'), hub, bytes }) },
  { weight: 14, arbitrary: fc.record({ do: doing('connect'), client, hub: anyHub, served: MOSTLY }) },
  { weight: 20, arbitrary: fc.record({ do: doing('read'), client, bytes }) },
  {
    weight: 8,
    arbitrary: fc.record({ do: doing('relist'), client, hub: anyHub, served: MOSTLY, hangs: SELDOM }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constantFrom('leave', 'sleep'), client }) },
  { weight: 5, arbitrary: fc.record({ do: doing('forget'), client, known: fc.boolean() }) },
);

const CLIENT: fc.Arbitrary<ClientConfig> = fc.record({
  kind: fc.constantFrom('list', 'watch-list', 'zero'),
  fresh: fc.constantFrom('any', 'newest', 'known', 'known'),
  bookmarks: fc.boolean(),
  only: fc.oneof({ weight: 4, arbitrary: fc.constant(false) }, fc.constant(true)),
  isBare: fc.oneof({ weight: 3, arbitrary: fc.constant(false) }, fc.constant(true)),
  right,
  credentials: fc.oneof({ weight: 9, arbitrary: fc.constant('plain') }, fc.constantFrom(...CREDENTIALS)),
});

export const arbitraryWholeRun = (maxSteps: number): fc.Arbitrary<WholeRun> =>
  fc.record({
    config: fc.record({
      preset: fc.constantFrom(...PROJECTIONS),
      encoding: fc.constantFrom<Encoding>('json', 'protobuf'),
      start: fc.constantFrom('97', '996', '9007199254740980'),
      chance: fc.integer({ min: 1, max: 2_147_483_646 }),
      clients: fc.tuple(CLIENT, CLIENT, CLIENT),
      journalBytes: fc.constantFrom(LARGE_JOURNAL_BYTES, LARGE_JOURNAL_BYTES, 3000),
      crowd: fc.oneof({ weight: 19, arbitrary: fc.constant(0) }, fc.constant(110)),
      isGoneInHead: fc.boolean(),
    }),
    actions: fc.array(ACTION, { minLength: 1, maxLength: maxSteps, size: 'max' }),
  });
