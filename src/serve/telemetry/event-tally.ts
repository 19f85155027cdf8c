/**
 * Counts events and bytes by verdict in plain numbers, so that the hot path looks up no labels and makes no objects.
 * Each event is counted once as received and once with its verdict, in one step, so the sums agree at each scrape
 * (R28).
 */
import { EVENT_TYPES, type EventType } from '../../core/codec/watch-event.ts';
import { REASONS, VERDICTS, type Reason, type Verdict } from '../../core/sieve/verdict.ts';

const index = <T extends string>(words: readonly T[]): Readonly<Record<T, number>> =>
  Object.fromEntries(words.map((word, i) => [word, i])) as Record<T, number>;

const TYPE_INDEX = index(EVENT_TYPES);
const REASON_INDEX = index(REASONS);
const VERDICT_INDEX = index(VERDICTS);

export class EventTally {
  readonly #events = new Float64Array(EVENT_TYPES.length * REASONS.length * VERDICTS.length);
  readonly #received = new Float64Array(EVENT_TYPES.length);
  readonly #bytes = new Float64Array(VERDICTS.length);
  #bytesReceived = 0;

  event(type: EventType, verdict: Verdict, reason: Reason, bytes: number): void {
    const at =
      (TYPE_INDEX[type] * REASONS.length + REASON_INDEX[reason]) * VERDICTS.length + VERDICT_INDEX[verdict];
    this.#events[at] = (this.#events[at] ?? 0) + 1;
    this.#received[TYPE_INDEX[type]] = (this.#received[TYPE_INDEX[type]] ?? 0) + 1;
    this.bytes(verdict, bytes);
  }

  /** Bytes that belong to no single event: parts of oversize frames, and bytes passed on verbatim. */
  bytes(verdict: Verdict, bytes: number): void {
    this.#bytesReceived += bytes;
    this.#bytes[VERDICT_INDEX[verdict]] = (this.#bytes[VERDICT_INDEX[verdict]] ?? 0) + bytes;
  }

  get bytesReceived(): number {
    return this.#bytesReceived;
  }

  bytesOf(verdict: Verdict): number {
    return this.#bytes[VERDICT_INDEX[verdict]] ?? 0;
  }

  receivedOf(type: EventType): number {
    return this.#received[TYPE_INDEX[type]] ?? 0;
  }

  get eventsReceived(): number {
    return this.#received.reduce((sum, n) => sum + n, 0);
  }

  /** Events with this verdict, of all types and reasons. */
  eventsOf(verdict: Verdict): number {
    let sum = 0;
    for (let at = VERDICT_INDEX[verdict]; at < this.#events.length; at += VERDICTS.length)
      sum += this.#events[at] ?? 0;
    return sum;
  }

  add(other: EventTally): void {
    addAll(this.#events, other.#events);
    addAll(this.#received, other.#received);
    addAll(this.#bytes, other.#bytes);
    this.#bytesReceived += other.#bytesReceived;
  }

  /** All combinations that have occurred. */
  *counts(): Generator<{ type: EventType; verdict: Verdict; reason: Reason; count: number }> {
    let at = 0;
    for (const type of EVENT_TYPES)
      for (const reason of REASONS)
        for (const verdict of VERDICTS) {
          const count = this.#events[at++] ?? 0;
          if (count > 0) yield { type, verdict, reason, count };
        }
  }
}

/** One tally for each sieved resource. This is a closed set, and so are the values of the label `resource` (R28). */
export class EventTallies {
  readonly #tallies: ReadonlyMap<string, EventTally>;

  constructor(resources: readonly string[]) {
    this.#tallies = new Map(resources.map((resource) => [resource, new EventTally()]));
  }

  /** The names of all resources, even if nothing was counted. */
  get resources(): readonly string[] {
    return [...this.#tallies.keys()];
  }

  /** To be called once per stream, not per event. @throws Error for a resource that is not sieved */
  of(resource: string): EventTally {
    const tally = this.#tallies.get(resource);
    if (tally === undefined) throw new Error(`${resource} is not sieved`);
    return tally;
  }

  total(): EventTally {
    const total = new EventTally();
    for (const tally of this.#tallies.values()) total.add(tally);
    return total;
  }
}

function addAll(to: Float64Array, from: Float64Array): void {
  for (const [i, count] of from.entries()) to[i] = (to[i] ?? 0) + count;
}
