/** What the figures mean for whoever reads them: the projection that fits, and what it would save. Pure. */
import { NODES } from '../../core/resource/node.ts';
import { customProjection } from '../../core/projection/custom-projection.ts';
import { pasted } from './consumers.ts';
import type { Findings, KindCount } from './survey.ts';

/** A projection of one's own, from what changed here. */
export interface Proposal {
  /** Fields that are left out: they change often, or say only when. */
  readonly without: readonly string[];
  /** For the config file. */
  readonly paste: string;
  /** Events of this watch in which nothing else changed. */
  readonly events: number;
}

/** A field that changes in so many of the compared events carries no news for most readers. */
const OFTEN = 0.2;
/** The same of a time, which says little anyway. */
const NOW_AND_THEN = 0.02;
const MAX_FIELDS = 12;

/** Undefined where nothing that a projection can leave out changes often. */
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

/** What a sidecar with one projection would save one client here. */
export interface Saving {
  readonly projection: string;
  /** Counted. */
  readonly eventsPerSecond: number;
  readonly bytesPerSecond: number;
  /** Estimated: of one processor, in percent. */
  readonly clientCpuPercent: number;
  readonly sidecarCpuPercent: number;
  readonly hub: HubSaving;
}

/**
 * What one watch for all would save where each Node has a client, as a DaemonSet does: a hub. Estimated;
 * what the hub itself sends to clients is what is left of the events.
 */
export interface HubSaving {
  readonly clients: number;
  /** What the API server sends them all, with sidecars or without. */
  readonly bytesPerSecond: number;
  /** What it would send to the hub. */
  readonly hubBytesPerSecond: number;
  /** Of all sidecars together; a hub decides once, for as much as one of them. */
  readonly sidecarsCpuPercent: number;
}

/**
 * CPU of one event (µs), as the project's bench measured it at 50 and at 500 events a second: a client-go informer that
 * takes protobuf, and the sidecar before it (docs/performance.md, R38). Between the two it falls with the pace, because
 * what costs is waking up; beyond them nothing was measured.
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
