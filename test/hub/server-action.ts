/** What may happen at the API server, in the model of feeds as in that of whole hubs, and how often. */
import fc from 'fast-check';
import { MODEL_NODES } from '../model/model-node.ts';
import { changed, freshState, LABEL_VARIANTS, type ObjectState, type Part } from '../model/model-object.ts';
import type { ModelServer } from '../model/model-server.ts';

export type ServerAction =
  | { readonly do: 'beat'; readonly node: number; readonly jump: number }
  | {
      readonly do: 'change';
      readonly node: number;
      readonly part: Part;
      readonly value: number;
      /** It cannot be read by the hub. */
      readonly odd: boolean;
    }
  /** Adds the node, or removes it where it is there; `again`: removes and adds it. */
  | { readonly do: 'appear'; readonly node: number; readonly again: boolean }
  | { readonly do: 'skip'; readonly jump: number }
  | { readonly do: 'compact'; readonly keep: number };

const KEYS = MODEL_NODES.keys.length;

export function happen(server: ModelServer, action: ServerAction): void {
  switch (action.do) {
    case 'beat':
      change(server, action, (state) => ({ ...state, beat: state.beat + 1 }));
      return;
    case 'change':
      change(server, { ...action, jump: 1 }, (state) =>
        changed(state, action.part, action.value, server.nextUid()),
      );
      return;
    case 'appear': {
      const key = keyOf(action.node);
      const isThere = server.state(key) !== undefined;
      if (isThere) server.set(key, undefined, 1);
      if (!isThere || action.again) server.set(key, freshState(key, server.nextUid()), 1);
      return;
    }
    case 'skip':
      server.skip(action.jump);
      return;
    case 'compact':
      server.compact(action.keep);
      return;
  }
}

const keyOf = (node: number): string => MODEL_NODES.keys[node % KEYS] ?? '';

function change(
  server: ModelServer,
  { node, jump, odd = false }: { readonly node: number; readonly jump: number; readonly odd?: boolean },
  to: (state: ObjectState) => ObjectState,
): void {
  const state = server.state(keyOf(node));
  if (state !== undefined) server.set(keyOf(node), to(state), jump, odd);
}

/** As an arbitrary wants the name of an action. */
export const doing = <D extends string>(what: D): fc.Arbitrary<D> => fc.constant(what);

const node = fc.nat(KEYS - 1);
const part = fc.constantFrom<Part>('labels', 'zone', 'cordoned', 'network', 'address', 'note', 'swap');

export const BEAT = fc.record({ do: doing('beat'), node, jump: fc.integer({ min: 1, max: 3 }) });
export const SKIP = fc.record({ do: doing('skip'), jump: fc.integer({ min: 1, max: 900 }) });
export const SKIP_ONE = fc.record({ do: doing('skip'), jump: fc.constant(1) });
export const COMPACT = fc.record({ do: doing('compact'), keep: fc.nat(6) });

/** @param plain how many changes can be read, for one that cannot */
export const changeAmong = (plain: number): fc.Arbitrary<ServerAction> =>
  fc.record({
    ...{ do: doing('change'), node, part, value: fc.nat(LABEL_VARIANTS - 1) },
    odd: fc.oneof({ weight: plain, arbitrary: fc.constant(false) }, fc.constant(true)),
  });

export const appear = (again: fc.Arbitrary<boolean>): fc.Arbitrary<ServerAction> =>
  fc.record({ do: doing('appear'), node, again });
