/**
 * What a client was sent, and what really happened, as plain records: nothing of the program is known here. Whoever has
 * seen a client's answers (a model, a proxy in front of a real client) writes them down, and `check` tells what is wrong.
 */

/** An object of one moment. */
export interface Was {
  readonly key: string;
  readonly resourceVersion: bigint;
  /** What of it counts for the client: equal texts are equal to it. */
  readonly meaning: string;
}

/** One step of what really happened; `is` undefined: the object was removed. */
export interface Happened {
  readonly resourceVersion: bigint;
  /** Undefined where something else used the resourceVersion up. */
  readonly key: string | undefined;
  readonly is: Was | undefined;
}

/** How new an answer had to be: `newest` is what the server had committed when the request was sent. */
export interface Demand {
  /** Undefined: any state will do. */
  readonly atLeast: bigint | undefined;
}

/** One object that a client may watch alone; undefined: all there are. */
export type Only = string | undefined;

export type Received =
  | ({
      readonly kind: 'list';
      readonly resourceVersion: bigint;
      readonly objects: readonly Was[];
      readonly only: Only;
    } & Demand)
  /** It goes on from the state that it holds. */
  | { readonly kind: 'watch-from'; readonly resourceVersion: bigint; readonly only: Only }
  /** It begins with nothing, and is sent a state first. */
  | ({
      readonly kind: 'watch-initial';
      readonly only: Only;
      /** Whether a bookmark tells where the state ends; else the first record that is not ADDED does. */
      readonly isEndMarked: boolean;
    } & Demand)
  | { readonly kind: 'added' | 'modified' | 'deleted'; readonly was: Was }
  | { readonly kind: 'bookmark'; readonly resourceVersion: bigint; readonly endsInitial: boolean }
  | { readonly kind: 'ended' };
