/**
 * The places and bytes that clients use at one time (R27). Each kind of place has a limit, and all bytes share one
 * budget. When a limit is reached, the caller that uses the most gives way, not the newcomer, so that a flood displaces
 * only itself. The work is linear in the number of guests, and only done at a limit.
 */
import type { ByteBudget } from '../../core/limits/byte-budget.ts';
import type { MetricRegistry } from '../../platform/metric-registry.ts';

/** Filtered watches, upgrades and all other requests have separate places. */
export type PlaceKind = 'streams' | 'upgrades' | 'requests';

/** The limits for each kind and for all kinds together. The latter are connections, because each guest occupies one. */
export type PlaceLimits = Readonly<Record<PlaceKind | 'connections', number>>;

/** The limits at which a guest is refused or ended (R27). */
export const GUEST_LIMITS = ['connections', 'streams', 'upgrades', 'requests', 'memory'] as const;
export type GuestLimit = (typeof GUEST_LIMITS)[number];

/** @returns a function that counts a guest that was refused or ended at this limit */
export function guestsRefused(metrics: MetricRegistry): (limit: GuestLimit) => void {
  return metrics.closedCounter(
    'watchsieve_refused_total',
    'Connections, requests, watches and upgrades that were refused, or ended to make room for others, by limit: --max-connections, --max-streams, --max-upgrades, --max-requests, --memory-budget (memory).',
    { label: 'limit', words: GUEST_LIMITS },
  );
}

/** The most guests of one caller that are not yet a crowd. */
const SHARE = 32;

/** One request or tunnel that can give way to others. */
export interface Guest {
  /** Guests with the same caller count together. */
  readonly caller: string;
  readonly kind: PlaceKind;
  /** True while the guest waits for upstream's answer, so that little is lost if it is ended. */
  readonly canBeRefused: boolean;
  /** Refuses the guest if that does no harm, or else breaks its connection. It has left its place already. */
  giveWay(limit: GuestLimit): void;
}

interface Caller {
  readonly name: string;
  readonly holdings: Set<Holding>;
  readonly places: Record<PlaceKind, number>;
  bytes: number;
}

interface Holding {
  readonly guest: Guest;
  caller: Caller;
  bytes: number;
}

/** The guests to be ended for a newcomer, with their limits. None is ended unless the newcomer then fits. */
type Leaving = Map<Holding, GuestLimit>;

export interface GuestsOptions {
  readonly limits: PlaceLimits;
  readonly budget: ByteBudget;
  /** Called when a guest was refused or ended. */
  readonly onRefused: (limit: GuestLimit) => void;
}

export class Guests {
  readonly #options: GuestsOptions;
  /** The callers that have holdings. */
  readonly #callers = new Map<string, Caller>();
  readonly #holdings = new Map<Guest, Holding>();
  readonly #places: Record<PlaceKind, number> = { streams: 0, upgrades: 0, requests: 0 };

  constructor(options: GuestsOptions) {
    this.#options = options;
  }

  /** The value of a limit, in places or bytes. */
  limitOf(limit: GuestLimit): number {
    return limit === 'memory' ? this.#options.budget.limit : this.#options.limits[limit];
  }

  /** Lets a guest in. @returns the limit at which it was refused; undefined if it is in */
  enter(guest: Guest, bytes: number): GuestLimit | undefined {
    const caller = this.#callers.get(guest.caller) ?? newCaller(guest.caller);
    const leaving: Leaving = new Map();
    const limit =
      this.#missingPlace(caller, guest.kind, leaving) ?? this.#missingBytes(caller, bytes, leaving);
    if (limit !== undefined) {
      this.#options.onRefused(limit);
      return limit;
    }
    this.#leave(leaving);
    this.#options.budget.take(bytes);
    const holding: Holding = { guest, caller, bytes };
    this.#holdings.set(guest, holding);
    this.#add(holding);
    this.#giveWay(leaving);
    return undefined;
  }

  /** True if the guest's caller has so many guests that they should not share a lane with others. */
  isCrowd(guest: Guest): boolean {
    return (this.#callers.get(guest.caller)?.holdings.size ?? 0) > SHARE;
  }

  /** Moves a guest to another caller, once its caller is identified. */
  recognise(guest: Guest, caller: string): void {
    const holding = this.#holdings.get(guest);
    if (holding === undefined || holding.caller.name === caller) return;
    this.#remove(holding);
    holding.caller = this.#callers.get(caller) ?? newCaller(caller);
    this.#add(holding);
  }

  /** Draws more bytes for a guest. If there is no room, the largest holdings are ended, if necessary this guest. */
  charge(guest: Guest, bytes: number): void {
    const holding = this.#holdings.get(guest);
    if (holding === undefined) return;
    if (this.#options.budget.take(bytes)) {
      grow(holding, bytes);
      return;
    }
    // The bytes that the guest wants count for the comparison. If it would have to be ended itself, no other guest is.
    grow(holding, bytes);
    const leaving: Leaving = new Map();
    const hasRoom = this.#findBytes(bytes, leaving, (largest) => largest !== holding);
    if (hasRoom) {
      this.#leave(leaving);
      this.#options.budget.take(bytes);
      this.#giveWay(leaving);
      return;
    }
    grow(holding, -bytes);
    const alone: Leaving = new Map([[holding, 'memory']]);
    this.#leave(alone);
    this.#giveWay(alone);
  }

  /** Gives bytes of a guest back. */
  refund(guest: Guest, bytes: number): void {
    const holding = this.#holdings.get(guest);
    if (holding === undefined) return;
    grow(holding, -bytes);
    this.#options.budget.give(bytes);
  }

  /** Removes a guest that is over. A second call does nothing. */
  leave(guest: Guest): void {
    const holding = this.#holdings.get(guest);
    if (holding === undefined) return;
    this.#holdings.delete(guest);
    this.#remove(holding);
    this.#options.budget.give(holding.bytes);
  }

  #add(holding: Holding): void {
    const { guest, caller, bytes } = holding;
    this.#callers.set(caller.name, caller);
    caller.holdings.add(holding);
    caller.bytes += bytes;
    caller.places[guest.kind]++;
    this.#places[guest.kind]++;
  }

  #remove(holding: Holding): void {
    const { guest, caller, bytes } = holding;
    caller.holdings.delete(holding);
    caller.bytes -= bytes;
    caller.places[guest.kind]--;
    this.#places[guest.kind]--;
    if (caller.holdings.size === 0) this.#callers.delete(caller.name);
  }

  /** @param leaving - guests that must be ended to make the place are added */
  #missingPlace(own: Caller, kind: PlaceKind, leaving: Leaving): GuestLimit | undefined {
    for (const limit of [kind, 'connections'] as const) {
      // A guest that gives up a place of its kind also gives up a connection.
      if (takenOf(this.#places, limit) - leaving.size < this.#options.limits[limit]) continue;
      const holding = this.#toGoFor(own, limit);
      if (holding === undefined) return limit;
      leaving.set(holding, limit);
    }
    return undefined;
  }

  #toGoFor(own: Caller, limit: PlaceKind | 'connections'): Holding | undefined {
    const greediest = this.#greediest(({ places }) => takenOf(places, limit));
    if (greediest === undefined) return undefined;
    // A new watch does not displace an older one that still waits. Among other requests, the oldest waiting one goes
    // first.
    const refusable = limit === 'streams' ? undefined : oldest(greediest, limit, true);
    const isGreedier = takenOf(greediest.places, limit) > takenOf(own.places, limit) + 1;
    return refusable ?? (isGreedier ? oldest(greediest, limit, false) : undefined);
  }

  #missingBytes(own: Caller, bytes: number, leaving: Leaving): GuestLimit | undefined {
    // A newcomer that would then use more than any other caller is itself the greediest.
    const mayGo = ({ caller }: Holding): boolean => caller === own || own.bytes + bytes <= caller.bytes;
    return this.#findBytes(bytes, leaving, mayGo) ? undefined : 'memory';
  }

  /** True if there is room for `bytes` once all in `leaving` have left. Adds guests that must be ended to `leaving`. */
  #findBytes(bytes: number, leaving: Leaving, mayGo: (largest: Holding) => boolean): boolean {
    let missing = bytes;
    const goes = (holding: Holding): void => {
      missing -= holding.bytes;
      holding.caller.bytes -= holding.bytes;
    };
    for (const holding of leaving.keys()) goes(holding);
    let isFound = this.#fits(missing);
    while (!isFound) {
      const largest = this.#largest(leaving);
      if (largest === undefined || !mayGo(largest)) break;
      leaving.set(largest, 'memory');
      goes(largest);
      isFound = this.#fits(missing);
    }
    for (const { caller, bytes: kept } of leaving.keys()) caller.bytes += kept;
    return isFound;
  }

  #fits(bytes: number): boolean {
    if (bytes <= 0) return true;
    const { budget } = this.#options;
    if (!budget.take(bytes)) return false;
    budget.give(bytes);
    return true;
  }

  #leave(leaving: Leaving): void {
    for (const { guest } of leaving.keys()) this.leave(guest);
  }

  /** Ends the guests that have left. This comes last, because a guest may call this class again while it ends. */
  #giveWay(leaving: Leaving): void {
    for (const [{ guest }, limit] of leaving) {
      this.#options.onRefused(limit);
      guest.giveWay(limit);
    }
  }

  /** The largest holding, or the oldest of equals, of the caller with the most bytes, without those in `leaving`. */
  #largest(leaving: Leaving): Holding | undefined {
    let largest: Holding | undefined;
    for (const holding of this.#greediest(({ bytes }) => bytes)?.holdings ?? [])
      if (!leaving.has(holding) && (largest === undefined || holding.bytes > largest.bytes))
        largest = holding;
    return largest;
  }

  #greediest(takes: (caller: Caller) => number): Caller | undefined {
    let greediest: Caller | undefined;
    for (const caller of this.#callers.values())
      if (greediest === undefined || takes(caller) > takes(greediest)) greediest = caller;
    return greediest;
  }
}

function newCaller(name: string): Caller {
  return { name, holdings: new Set(), places: { streams: 0, upgrades: 0, requests: 0 }, bytes: 0 };
}

function grow(holding: Holding, bytes: number): void {
  holding.bytes += bytes;
  holding.caller.bytes += bytes;
}

function takenOf(places: Caller['places'], limit: PlaceKind | 'connections'): number {
  return limit === 'connections' ? places.streams + places.upgrades + places.requests : places[limit];
}

function oldest(
  { holdings }: Caller,
  limit: PlaceKind | 'connections',
  refusable: boolean,
): Holding | undefined {
  for (const holding of holdings)
    if (
      (limit === 'connections' || holding.guest.kind === limit) &&
      (!refusable || holding.guest.canBeRefused)
    )
      return holding;
  return undefined;
}
