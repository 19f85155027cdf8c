/** Connections of clients that were ended, or not let in, by what they took too much of (R27). */
import { Counter, type Registry } from 'prom-client';
import { CONNECTION_BOUNDS, type ConnectionBound } from './connection-limits.ts';

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
