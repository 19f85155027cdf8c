/**
 * Judges the history of one client, record by record, by what the Kubernetes API promises (KEP-365, KEP-3157, "Efficient
 * detection of changes") and by what really happened. Each rule has a name, which a finding begins with:
 *
 * - `order`: events of one watch come in the order of their resourceVersions, each once.
 * - `gap`: at each resourceVersion that a client knows, it holds what there was at that one, as far as it counts.
 * - `resume`: a watch goes on from where its client is.
 * - `bookmark`: a bookmark is not older than what was sent before it, and hides nothing.
 * - `travel`: nobody is given a state older than the one it names, or than the newest where that was asked for.
 * - `shape`: initial events are ADDED, and end once.
 */
import type { Demand, Only, Received, Was } from './history.ts';
import { difference, type State, type Truth } from './truth.ts';

type Phase = 'none' | 'initial' | 'synced';

export class Checker {
  readonly #truth: Truth;
  #held = new Map<string, Was>();
  /** What the client knows itself to hold; undefined: nothing whole. */
  #at: bigint | undefined;
  #phase: Phase = 'none';
  #isEndMarked = false;
  #demand: Demand = { atLeast: undefined };
  #only: Only;
  /** Of the newest event of this watch. */
  #last = 0n;

  constructor(truth: Truth) {
    this.#truth = truth;
  }

  /** The resourceVersion that the client would go on from; undefined: it has to begin afresh. */
  get at(): bigint | undefined {
    return this.#at;
  }

  /** @returns what is wrong; undefined: nothing */
  receive(received: Received): string | undefined {
    switch (received.kind) {
      case 'list':
        this.#held = mapOf(received.objects);
        this.#only = received.only;
        return (
          tooOld(received, received.resourceVersion) ?? this.#synced(received.resourceVersion, 'gap: list')
        );
      case 'watch-from':
        this.#phase = 'synced';
        this.#last = received.resourceVersion;
        return received.resourceVersion === this.#at && received.only === this.#only
          ? undefined
          : `resume: from ${received.resourceVersion}, while the client is at ${this.#at}`;
      case 'watch-initial':
        this.#phase = 'initial';
        this.#held = new Map();
        this.#at = undefined;
        this.#last = 0n;
        this.#demand = received;
        this.#only = received.only;
        this.#isEndMarked = received.isEndMarked;
        return undefined;
      case 'bookmark':
        return this.#bookmark(received);
      case 'ended':
        // What was not whole is no state to go on from.
        if (this.#phase === 'initial') this.#at = undefined;
        this.#phase = 'none';
        return undefined;
      case 'added':
      case 'modified':
      case 'deleted':
        return this.#event(received.kind, received.was);
    }
  }

  /** Everything has come to rest: @returns how the client is not where the server is; undefined: it is */
  converged(): string | undefined {
    const wrong = difference(this.#held, this.#expected(this.#truth.newest) ?? new Map());
    return wrong && `gap: at the end ${wrong}`;
  }

  #event(kind: 'added' | 'modified' | 'deleted', was: Was): string | undefined {
    if (this.#phase === 'none') return 'shape: an event outside of any watch';
    if (this.#only !== undefined && was.key !== this.#only) return `shape: ${was.key} was not asked for`;
    if (this.#phase === 'initial' && (kind === 'added' || this.#isEndMarked)) return this.#initial(kind, was);
    const late = was.resourceVersion <= this.#last;
    if (late) return `order: ${was.resourceVersion} behind ${this.#last}`;
    const isHeld = this.#held.has(was.key);
    if (kind === 'modified' && !isHeld) return `gap: ${was.key} is modified, and the client does not have it`;
    if (kind === 'deleted' && !isHeld) return `gap: ${was.key} is deleted, and the client does not have it`;
    if (kind === 'added' && isHeld) return `gap: ${was.key} is added, and the client has it`;
    if (kind === 'deleted') this.#held.delete(was.key);
    else this.#held.set(was.key, was);
    if (this.#phase === 'initial') {
      const early = tooOld(this.#demand, was.resourceVersion);
      if (early !== undefined) return early;
    }
    return this.#synced(was.resourceVersion, 'gap');
  }

  #initial(kind: string, was: Was): string | undefined {
    if (kind !== 'added') return `shape: ${kind} among initial events`;
    if (this.#held.has(was.key)) {
      // Without a mark nobody can tell where the state ended: an object that came anew is an event.
      if (this.#isEndMarked) return `shape: ${was.key} twice among initial events`;
    }
    this.#held.set(was.key, was);
    return undefined;
  }

  #bookmark({ resourceVersion, endsInitial }: Extract<Received, { kind: 'bookmark' }>): string | undefined {
    if (this.#phase === 'none') return 'shape: a bookmark outside of any watch';
    if (resourceVersion < this.#last) return `bookmark: ${resourceVersion} behind ${this.#last}`;
    if (this.#phase === 'synced') {
      if (endsInitial) return 'shape: a second end of initial events';
      return this.#synced(resourceVersion, 'bookmark');
    }
    if (endsInitial !== this.#isEndMarked) return 'shape: not the bookmark that ends initial events';
    return tooOld(this.#demand, resourceVersion) ?? this.#synced(resourceVersion, 'bookmark: end of initial');
  }

  #synced(resourceVersion: bigint, rule: string): string | undefined {
    this.#phase = this.#phase === 'none' ? 'none' : 'synced';
    this.#at = resourceVersion;
    this.#last = resourceVersion;
    const expected = this.#expected(resourceVersion);
    if (expected === undefined || resourceVersion > this.#truth.newest)
      return `${rule}: nobody ever was at ${resourceVersion}`;
    const wrong = difference(this.#held, expected);
    return wrong && `${rule}: by the state at ${resourceVersion}, ${wrong}`;
  }

  #expected(resourceVersion: bigint): State | undefined {
    const state = this.#truth.at(resourceVersion);
    const only = this.#only;
    if (only === undefined || state === undefined) return state;
    const object = state.get(only);
    return new Map(object === undefined ? [] : [[only, object]]);
  }
}

function tooOld({ atLeast }: Demand, resourceVersion: bigint): string | undefined {
  return atLeast === undefined || resourceVersion >= atLeast
    ? undefined
    : `travel: at ${resourceVersion}, while at least ${atLeast} was asked for`;
}

function mapOf(objects: readonly Was[]): Map<string, Was> {
  return new Map(objects.map((object) => [object.key, object]));
}
