/**
 * What can happen in the model, one step at a time. Every action is possible in every state (numbers are taken modulo
 * what there is), so that any part of a failing run is a run again and shrinks by itself.
 */
import fc from 'fast-check';
import { MODES, type Mode } from '../../src/core/projection/filter.ts';
import { PROJECTIONS, type ProjectionName } from './model-projection.ts';
import { LABEL_VARIANTS, type Part } from './model-object.ts';
import type { ClientConfig } from './reflector.ts';

export interface WorldConfig {
  readonly preset: ProjectionName;
  /** Which settings may change while the sidecar runs. */
  readonly live: 'none' | 'mode' | 'mode and preset';
  /** The first resourceVersion, as text. */
  readonly start: string;
  readonly watchListGate: boolean;
  readonly endsInitialLate: boolean;
  readonly maxSuppressionMs: number;
  /** Of the jitter of suppression ages. */
  readonly seed: number;
  readonly clients: readonly ClientConfig[];
}

export type Action =
  | { readonly do: 'beat'; readonly node: number; readonly times: number; readonly odd: boolean }
  | {
      readonly do: 'change';
      readonly node: number;
      readonly part: Part;
      readonly value: number;
      readonly odd: boolean;
    }
  /** Changed and changed back; the sidecar cannot read the first of the two, for it is odd or too long. */
  | {
      readonly do: 'blip';
      readonly node: number;
      readonly part: Part;
      readonly value: number;
      readonly odd: boolean;
    }
  /** Adds the node, or removes it where it is there; `again`: removes and adds it. */
  | { readonly do: 'appear'; readonly node: number; readonly again: boolean }
  | { readonly do: 'skip'; readonly jump: number }
  | { readonly do: 'compact'; readonly keep: number }
  | { readonly do: 'bookmark'; readonly client: number }
  /** Lists or watches, whichever the client has to do; `lag`: a list of so many steps ago. */
  | {
      readonly do: 'connect';
      readonly client: number;
      readonly lag: number;
      readonly chunk: number;
      readonly whole: boolean;
    }
  /** Bytes from upstream to the sidecar; Infinity: all there are, below 0: all but so many. */
  | { readonly do: 'deliver'; readonly client: number; readonly bytes: number }
  /** Bytes from the sidecar's socket to the client. */
  | { readonly do: 'receive'; readonly client: number; readonly bytes: number }
  /** Everything on its way arrives; who has no connection makes one. */
  | { readonly do: 'settle'; readonly client: number }
  | { readonly do: 'pass'; readonly ms: number }
  | { readonly do: 'slow'; readonly client: number; readonly slow: boolean }
  /** The socket of a slow client has made no progress for too long. */
  | { readonly do: 'slow-timeout'; readonly client: number }
  /** The client breaks off, going back so many states where it has them. */
  | { readonly do: 'disconnect'; readonly client: number; readonly back: number }
  | { readonly do: 'upstream-end'; readonly client: number }
  | { readonly do: 'upstream-cut'; readonly client: number; readonly bytes: number; readonly error: boolean }
  | { readonly do: 'mode'; readonly mode: Mode }
  | { readonly do: 'preset'; readonly preset: ProjectionName }
  | { readonly do: 'drain' }
  /** SIGKILL; `flushed`: what the sockets have taken still arrives. */
  | { readonly do: 'kill'; readonly flushed: boolean };

export const CLIENTS = 4;

const client = fc.nat(CLIENTS - 1);
/** How many objects there may be, and how many scopes the most varied subject but one has. */
const OBJECTS = 4;
const SCOPES = 3;
const node = fc.nat(OBJECTS - 1);
const rarely = fc.integer({ min: 0, max: 19 }).map((n) => n === 19);
const often = fc.integer({ min: 0, max: 4 }).map((n) => n !== 4);
const bytes = fc.oneof(
  fc.constant(Infinity),
  fc.integer({ min: -8, max: -1 }),
  fc.integer({ min: 1, max: 12 }),
  fc.integer({ min: 1, max: 700 }),
  fc.integer({ min: 500, max: 6000 }),
);
const part = fc.oneof(
  { weight: 4, arbitrary: fc.constant<Part>('labels') },
  { weight: 2, arbitrary: fc.constant<Part>('zone') },
  { weight: 4, arbitrary: fc.constantFrom<Part>('cordoned', 'network', 'address', 'note') },
  { weight: 1, arbitrary: fc.constantFrom<Part>('big', 'swap') },
);
const ms = fc.oneof(
  fc.integer({ min: 1, max: 3000 }),
  fc.constantFrom(9999, 10_000, 20_000, 25_000, 60_000),
  fc.constantFrom(330_000, 1_000_000),
);

const does = <T extends Action['do']>(what: T): fc.Arbitrary<T> => fc.constant(what);

export const arbitraryAction: fc.Arbitrary<Action> = fc.oneof(
  {
    weight: 16,
    arbitrary: fc.record({ do: does('beat'), node, times: fc.integer({ min: 1, max: 3 }), odd: rarely }),
  },
  {
    weight: 12,
    arbitrary: fc.record({ do: does('change'), node, part, value: fc.nat(LABEL_VARIANTS - 1), odd: rarely }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: does('blip'),
      node,
      part,
      value: fc.nat(LABEL_VARIANTS - 1),
      odd: fc.boolean(),
    }),
  },
  { weight: 5, arbitrary: fc.record({ do: does('appear'), node, again: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ do: does('skip'), jump: fc.integer({ min: 1, max: 12 }) }) },
  { weight: 1, arbitrary: fc.record({ do: does('compact'), keep: fc.nat(6) }) },
  { weight: 4, arbitrary: fc.record({ do: does('bookmark'), client }) },
  {
    weight: 10,
    arbitrary: fc.record({
      do: does('connect'),
      client,
      lag: fc.nat(3),
      chunk: fc.oneof(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 200, max: 9000 })),
      whole: often,
    }),
  },
  { weight: 16, arbitrary: fc.record({ do: does('deliver'), client, bytes }) },
  { weight: 10, arbitrary: fc.record({ do: does('receive'), client, bytes }) },
  { weight: 14, arbitrary: fc.record({ do: does('settle'), client }) },
  { weight: 8, arbitrary: fc.record({ do: does('pass'), ms }) },
  { weight: 4, arbitrary: fc.record({ do: does('slow'), client, slow: often }) },
  { weight: 3, arbitrary: fc.record({ do: does('slow-timeout'), client }) },
  { weight: 5, arbitrary: fc.record({ do: does('disconnect'), client, back: fc.nat(4) }) },
  { weight: 3, arbitrary: fc.record({ do: does('upstream-end'), client }) },
  {
    weight: 3,
    arbitrary: fc.record({ do: does('upstream-cut'), client, bytes, error: fc.boolean() }),
  },
  { weight: 2, arbitrary: fc.record({ do: does('mode'), mode: fc.constantFrom<Mode>('filter', ...MODES) }) },
  { weight: 2, arbitrary: fc.record({ do: does('preset'), preset: fc.constantFrom(...PROJECTIONS) }) },
  { weight: 1, arbitrary: fc.record({ do: does('drain') }) },
  { weight: 1, arbitrary: fc.record({ do: does('kill'), flushed: fc.boolean() }) },
);

/** Few scopes and encodings, so that clients often share one, at different positions. */
const arbitraryClient: fc.Arbitrary<ClientConfig> = fc.record({
  scope: fc.oneof(fc.constant(0), fc.constant(1), fc.nat(SCOPES - 1)),
  encoding: fc.constantFrom('json', 'protobuf'),
  bookmarks: often,
  kind: fc.constantFrom('list', 'list', 'list', 'watch-list', 'zero'),
});

const arbitraryConfig: fc.Arbitrary<WorldConfig> = fc.record({
  preset: fc.constantFrom('metallb', 'metallb', 'metallb', ...PROJECTIONS),
  live: fc.constantFrom('none', 'none', 'mode', 'mode and preset'),
  // Numbers that grow by a digit, and that a double cannot tell apart.
  start: fc.constantFrom('90', '9007199254740980', '99999999999999999980'),
  watchListGate: fc.boolean(),
  endsInitialLate: fc.boolean(),
  maxSuppressionMs: fc.constantFrom(0, 60_000),
  seed: fc.nat(),
  clients: fc.array(arbitraryClient, { minLength: CLIENTS, maxLength: CLIENTS }),
});

export interface Run {
  readonly config: WorldConfig;
  readonly actions: readonly Action[];
}

/** @param maxSteps of one run; long enough for several lives of a stream */
export function arbitraryRun(maxSteps: number): fc.Arbitrary<Run> {
  return fc.record({
    config: arbitraryConfig,
    actions: fc.array(arbitraryAction, { minLength: 1, maxLength: maxSteps, size: 'max' }),
  });
}
