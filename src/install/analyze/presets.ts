/**
 * Counts what each projection would have swallowed, by running a sidecar's sieve with it over the bytes that the API
 * server sent. Pure.
 */
import { NODES } from '../../core/resource/node.ts';
import type { Codec } from '../../core/codec/codec.ts';
import type { Projection } from '../../core/projection/filter.ts';
import { EventReader } from '../../core/sieve/event-reader.ts';
import type { InitialPhase } from '../../core/sieve/initial-phase.ts';
import { Sieve } from '../../core/sieve/sieve.ts';

export interface PresetCount {
  readonly name: string;
  /** The events that it would have swallowed, and their bytes. */
  readonly events: number;
  readonly bytes: number;
}

interface Sieved {
  readonly name: string;
  readonly reader: EventReader;
  readonly sieve: Sieve;
  events: number;
  bytes: number;
}

export class PresetSieves {
  readonly #sieves: readonly Sieved[];

  constructor(
    projections: readonly Projection[],
    { phase, codec }: { readonly phase: InitialPhase; readonly codec: Codec },
  ) {
    this.#sieves = projections.map(({ name, plan }) => ({
      name,
      reader: new EventReader({ codec, resource: NODES }, plan),
      sieve: new Sieve({
        phase,
        resourceVersion: '',
        snapshot: undefined,
        // The watch is over before an object would be delivered again because of its age.
        passAt: () => Infinity,
      }),
      events: 0,
      bytes: 0,
    }));
  }

  frame(bytes: Buffer, start: number, end: number): void {
    for (const sieved of this.#sieves) {
      const event = sieved.reader.read(bytes, start, end);
      if (event === undefined) sieved.sieve.doubt('verbatim');
      if (event === undefined || sieved.sieve.judge(event) !== 'unchanged') continue;
      sieved.events++;
      sieved.bytes += end - start;
    }
  }

  counts(): readonly PresetCount[] {
    return this.#sieves.map(({ name, events, bytes }) => ({ name, events, bytes }));
  }
}
