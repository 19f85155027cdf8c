/** Advice for the readers of a report: the projection that fits, and what it would save. Pure. */
import { NODES } from '../../core/resource/node.ts';
import { customProjection } from '../../core/projection/custom-projection.ts';
import { pasted } from './consumers.ts';
import type { Findings, KindCount } from './survey.ts';

/** A projection for this cluster, made from the changes seen in it. */
export interface Proposal {
  /** The fields that are left out: they change often, or are only times. */
  readonly without: readonly string[];
  readonly paste: string;
  /** The events of this watch in which nothing else changed. */
  readonly events: number;
}

/** A field that changes in this share of the compared events is no news for most readers. */
const OFTEN = 0.2;
/** The same share for a field with a time, which says little anyway. */
const NOW_AND_THEN = 0.02;
const MAX_FIELDS = 12;

/** Undefined if no field that a projection can leave out changes often. */
export function proposalOf({ fields, kinds, compared }: Findings): Proposal | undefined {
  const without = fields
    .filter(({ isTime, events }) => events >= (isTime ? NOW_AND_THEN : OFTEN) * compared)
    .map(({ field }) => field)
    .filter(canBeLeftOut)
    .slice(0, MAX_FIELDS);
  if (without.length === 0) return undefined;
  const events = kinds.filter((kind) => isCovered(kind, without)).reduce((sum, kind) => sum + kind.events, 0);
  return { without, paste: pasted('quiet', { by: 'exclude', paths: without }), events };
}

function canBeLeftOut(path: string): boolean {
  return 'projection' in customProjection(NODES, 'quiet', { by: 'exclude', paths: [path] });
}

function isCovered({ fields }: KindCount, without: readonly string[]): boolean {
  return fields.every((field) =>
    without.some((path) => field === path || field.startsWith(`${path}.`) || field.startsWith(`${path}[`)),
  );
}

/** The savings of one client with a sidecar and one projection. */
export interface Saving {
  readonly projection: string;
  /** Counted. */
  readonly eventsPerSecond: number;
  readonly bytesPerSecond: number;
  /** Estimated, in percent of one processor. */
  readonly clientCpuPercent: number;
  readonly sidecarCpuPercent: number;
  readonly hub: HubSaving;
}

/**
 * The savings of a hub, which needs only one watch, if every Node has a client, as with a DaemonSet. Estimated: the hub
 * itself sends its clients what remains of the events.
 */
export interface HubSaving {
  readonly clients: number;
  /** What the API server sends to all of them, with or without sidecars. */
  readonly bytesPerSecond: number;
  /** What it would send to the hub. */
  readonly hubBytesPerSecond: number;
  /** For all sidecars together. A hub decides once, at the cost of one sidecar. */
  readonly sidecarsCpuPercent: number;
}

/**
 * CPU per event (µs), measured by the project's bench at 50 and at 500 events a second: a client-go informer with
 * protobuf, and the sidecar in front of it (docs/benchmarks.md, R38). Between these rates the cost falls with the
 * rate, because most of it is waking up; outside them nothing was measured.
 */
const CPU = { slow: { client: 434, sidecar: 159 }, fast: { client: 278, sidecar: 115 } } as const;
const [SLOW, FAST] = [50, 500] as const;

export function savingOf(findings: Findings, projection: string, seconds: number): Saving | undefined {
  const count = findings.presets.find(({ name }) => name === projection);
  if (count === undefined || seconds <= 0) return undefined;
  const pace = findings.events / seconds;
  const swallowed = count.events / seconds;
  const clients = findings.initial.objects;
  const sidecarCpuPercent = (cost('sidecar', pace) * pace) / 1e4;
  const bytesPerSecond = findings.bytes / seconds;
  return {
    projection,
    eventsPerSecond: swallowed,
    bytesPerSecond: count.bytes / seconds,
    clientCpuPercent: (cost('client', pace) * swallowed) / 1e4,
    sidecarCpuPercent,
    hub: {
      clients,
      bytesPerSecond: clients * bytesPerSecond,
      hubBytesPerSecond: bytesPerSecond,
      sidecarsCpuPercent: clients * sidecarCpuPercent,
    },
  };
}

function cost(of: 'client' | 'sidecar', pace: number): number {
  const share = Math.log(Math.min(Math.max(pace, SLOW), FAST) / SLOW) / Math.log(FAST / SLOW);
  return CPU.slow[of] + (CPU.fast[of] - CPU.slow[of]) * share;
}
