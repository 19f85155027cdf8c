/** Connections of clients that were ended, or not let in, by what they took too much of (R27). */
import { Counter, type Registry } from 'prom-client';

/**
 * `connections`: not let in, all others had a request under way. `idle`: made room for another. `pipelined`: too many
 * requests before the first was answered. `head_bytes`: its head was the longest when there was no room for all.
 * `head_time`: its head was not whole in time. `request_time`: the answer was not taken in time.
 */
export const CONNECTION_BOUNDS = [
  'connections',
  'idle',
  'pipelined',
  'head_bytes',
  'head_time',
  'request_time',
] as const;
type ConnectionBound = (typeof CONNECTION_BOUNDS)[number];

export const SERVE_LISTENERS = ['proxy', 'admin', 'metrics'] as const;
export const WEBHOOK_LISTENERS = ['webhook', 'health'] as const;

export class ConnectionMetrics<Listener extends string> {
  readonly #ended: Counter<'listener' | 'bound'>;

  constructor(registers: Registry[], listeners: readonly Listener[]) {
    this.#ended = new Counter({
      name: 'watchsieve_connections_ended_total',
      help: 'Connections that were ended at a bound, or not let in, so that others notice nothing of them.',
      labelNames: ['listener', 'bound'],
      registers,
    });
    for (const listener of listeners)
      for (const bound of CONNECTION_BOUNDS) this.#ended.inc({ listener, bound }, 0);
  }

  ended(listener: Listener, bound: ConnectionBound): void {
    this.#ended.inc({ listener, bound });
  }
}
