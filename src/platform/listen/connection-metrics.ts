/** The metric of connections that were ended or refused, by limit (R27). */
import type { MetricRegistry } from '../metric-registry.ts';
import { CONNECTION_BOUNDS, type ConnectionBound } from './connection-limits.ts';

export const SERVE_LISTENERS = ['proxy', 'admin', 'metrics'] as const;
export const WEBHOOK_LISTENERS = ['webhook', 'health'] as const;

/** @returns counts a connection of that listener */
export function connectionsEnded<Listener extends string>(
  metrics: MetricRegistry,
  listeners: readonly Listener[],
): (listener: Listener, bound: ConnectionBound) => void {
  const ended = metrics.counterBy(
    'watchsieve_connections_ended_total',
    'Connections that were ended at a limit or not accepted, to protect other clients.',
    ['listener', 'bound'],
  );
  for (const listener of listeners) for (const bound of CONNECTION_BOUNDS) ended({ listener, bound }, 0);
  return (listener, bound) => ended({ listener, bound });
}
