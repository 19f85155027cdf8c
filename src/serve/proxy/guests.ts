/**
 * What clients take of the proxy at one time: places, of which each kind has so many, and bytes, of which all have one
 * budget (R27). Where there is no room for one more, the caller that takes the most gives way, not whoever comes: a
 * flood then drowns itself. Linear in the number of guests, and only at a limit.
 */
import type { ByteBudget } from '../../core/limits/byte-budget.ts';
import type { MetricRegistry } from '../../platform/metric-registry.ts';

/** Filtered watches, upgrades, and all other requests have places of their own. */
export type PlaceKind = 'streams' | 'upgrades' | 'requests';

/** Of each kind, and of all kinds together: each guest has a connection for itself. */
export type PlaceLimits = Readonly<Record<PlaceKind | 'connections', number>>;

/** The limits over which a guest is refused, or has to go (R27). */
export const GUEST_LIMITS = ['connections', 'streams', 'upgrades', 'requests', 'memory'] as const;
export type GuestLimit = (typeof GUEST_LIMITS)[number];

/** @returns counts what was refused that would have been over this limit, or had to go for others */
export function guestsRefused(metrics: MetricRegistry): (limit: GuestLimit) => void {
  return metrics.closedCounter(
    'watchsieve_refused_total',
    'Connections, requests, watches and upgrades that were refused, or ended for the sake of others, by the limit: --max-connections, --max-streams, --max-upgrades, --max-requests, --memory-budget (memory).',
    { label: 'limit', words: GUEST_LIMITS },
  );
}

/** What one caller has in flight as a share of its own; what is beyond it is a crowd. */
const SHARE = 32;

/** One request or tunnel, as far as it can give way. */
export interface Guest {
  /** Who counts as one. */
  readonly caller: string;
  readonly kind: PlaceKind;
  /** Whether it still waits for upstream's answer, so that little is lost where it is ended. */
  readonly canBeRefused: boolean;
  /** Ends it: refuses it where that does no harm, and otherwise breaks it off. It has left already. */
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

/** Those that have to go for another, and over which limit. None goes before there is room for it at all limits. */
type Leaving = Map<Holding, GuestLimit>;

export interface GuestsOptions {
  readonly limits: PlaceLimits;
  readonly budget: ByteBudget;
  /** Somebody was refused, or had to go. */
  readonly onRefused: (limit: GuestLimit) => void;
}

export class Guests {
  readonly #options: GuestsOptions;
  /** Those with holdings. */
  readonly #callers = new Map<string, Caller>();
  readonly #holdings = new Map<Guest, Holding>();
  readonly #places: Record<PlaceKind, number> = { streams: 0, upgrades: 0, requests: 0 };

  constructor(options: GuestsOptions) {
    this.#options = options;
  }

  /** What a limit allows: places, or bytes. */
  limitOf(limit: GuestLimit): number {
    return limit === 'memory' ? this.#options.budget.limit : this.#options.limits[limit];
  }

  /** @returns the limit that speaks against it, if any: the guest is then not in */
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

  /** Whether its caller has so much in flight that this had better not go the way of others. */
  isCrowd(guest: Guest): boolean {
    return (this.#callers.get(guest.caller)?.holdings.size ?? 0) > SHARE;
  }

  /** It has turned out whose it is. */
  recognise(guest: Guest, caller: string): void {
    const holding = this.#holdings.get(guest);
    if (holding === undefined || holding.caller.name === caller) return;
    this.#remove(holding);
    holding.caller = this.#callers.get(caller) ?? newCaller(caller);
    this.#add(holding);
  }

  /** A guest keeps more; whoever keeps the most has to go where that is too much, if need be this one. */
  charge(guest: Guest, bytes: number): void {
    const holding = this.#holdings.get(guest);
    if (holding === undefined) return;
    if (this.#options.budget.take(bytes)) {
      grow(holding, bytes);
      return;
    }
    // Judged with what it wants. Where it would have to go in the end, it goes alone.
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

  /** It keeps less again. */
  refund(guest: Guest, bytes: number): void {
    const holding = this.#holdings.get(guest);
    if (holding === undefined) return;
    grow(holding, -bytes);
    this.#options.budget.give(bytes);
  }

  /** It is over. Doing it twice does nothing. */
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

  /** @param leaving - whoever has to go for it is added */
  #missingPlace(own: Caller, kind: PlaceKind, leaving: Leaving): GuestLimit | undefined {
    for (const limit of [kind, 'connections'] as const) {
      // Whoever goes for a place of the kind leaves a connection too.
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
    // One more watch is worth no more than one that is there; of a flood of requests the first one has had its time.
    const refusable = limit === 'streams' ? undefined : oldest(greediest, limit, true);
    const isGreedier = takenOf(greediest.places, limit) > takenOf(own.places, limit) + 1;
    return refusable ?? (isGreedier ? oldest(greediest, limit, false) : undefined);
  }

  #missingBytes(own: Caller, bytes: number, leaving: Leaving): GuestLimit | undefined {
    // Whoever wants more than any other has is itself the greediest.
    const mayGo = ({ caller }: Holding): boolean => caller === own || own.bytes + bytes <= caller.bytes;
    return this.#findBytes(bytes, leaving, mayGo) ? undefined : 'memory';
  }

  /** Whether there are so many bytes once `leaving` have left, to whom whoever has to go for them is added. */
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

  /** Tells those that have left, once the house is in order again: what they do then may come back here. */
  #giveWay(leaving: Leaving): void {
    for (const [{ guest }, limit] of leaving) {
      this.#options.onRefused(limit);
      guest.giveWay(limit);
    }
  }

  /** The largest holding of the caller that keeps the most, those that leave left out; the oldest of equals. */
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
