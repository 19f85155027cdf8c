/**
 * Chooses one of several hubs: the same one as long as it answers, so that the memory of this hub serves all watches of
 * a client. While the circuit of this hub rests, the next hub is chosen. Chance selects the hub that each sidecar
 * prefers, so that sidecars spread over all hubs.
 */
import { Circuit } from './circuit.ts';

export class HubChoice<Hub> {
  /** The preferred hub comes first. */
  readonly #hubs: readonly (readonly [hub: Hub, circuit: Circuit])[];

  /** @param chance - in [0, 1) */
  constructor(hubs: readonly Hub[], chance: () => number) {
    const first = Math.floor(chance() * hubs.length);
    const ordered = [...hubs.slice(first), ...hubs.slice(0, first)];
    this.#hubs = ordered.map((hub) => [hub, new Circuit(chance)]);
  }

  /** The hub to ask now; undefined while all rest. The caller must report the result to the circuit. */
  enter(now: number): readonly [hub: Hub, circuit: Circuit] | undefined {
    return this.#hubs.find(([, circuit]) => circuit.enter(now));
  }
}
