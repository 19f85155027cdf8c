/** The report of `analyze` as data, the same for every output. Pure. */
import { proposalOf, savingOf, type Proposal, type Saving } from './advice.ts';
import { fitOf, type ConsumerName, type Fit } from './consumers.ts';
import { NODES } from '../../core/resource/node.ts';
import { type Collection, nameOf } from '../../core/resource/resource.ts';
import { isSecret } from './discovery.ts';
import type { Findings, KindCount } from './survey.ts';
import type { WatchEnd } from './watch-resource.ts';

/** New fields may be added under this number. It changes if the meaning of a field changes. */
export const FORMAT = 'watchsieve.analysis/1';
/** The most rows of each table; further ones are summed up. */
const ROWS = 20;

export interface Report {
  readonly format: typeof FORMAT;
  readonly madeBy: string;
  /** RFC 3339. */
  readonly at: string;
  readonly isRedacted: boolean;
  readonly resources: readonly ResourceReport[];
  /** Resources that were not watched, with the reasons. */
  readonly skipped: readonly { readonly resource: string; readonly reason: string }[];
}

export interface NamedKind extends KindCount {
  readonly name: string;
}

export interface ResourceReport extends Findings {
  readonly resource: string;
  readonly seconds: number;
  readonly endedBy: WatchEnd;
  readonly isCountOnly: boolean;
  readonly eventsPerSecond: number;
  readonly bytesPerSecond: number;
  /** Events in which nothing or only a time changed. */
  readonly idle: { readonly events: number; readonly bytes: number };
  readonly kinds: readonly NamedKind[];
  readonly fit: Fit | undefined;
  readonly saving: Saving | undefined;
  readonly proposal: Proposal | undefined;
}

export interface Watched {
  readonly resource: Collection;
  readonly findings: Findings;
  readonly seconds: number;
  readonly endedBy: WatchEnd;
}

export function resourceReport(
  { resource, findings, seconds, endedBy }: Watched,
  consumer: ConsumerName,
): ResourceReport {
  const isNodes = nameOf(resource) === nameOf(NODES);
  const fit = isNodes ? fitOf(consumer) : undefined;
  const idle = findings.kinds.filter((kind) => kind.isIdle);
  const sum = (of: 'events' | 'bytes') => idle.reduce((total, kind) => total + kind[of], 0);
  return {
    resource: nameOf(resource),
    seconds,
    endedBy,
    isCountOnly: isSecret(resource),
    ...findings,
    eventsPerSecond: rate(findings.events, seconds),
    bytesPerSecond: rate(findings.bytes, seconds),
    idle: { events: sum('events'), bytes: sum('bytes') },
    kinds: findings.kinds.slice(0, ROWS).map((kind) => ({ ...kind, name: kindName(kind) })),
    fields: findings.fields.slice(0, ROWS),
    objects: findings.objects.slice(0, ROWS),
    presets: isNodes ? findings.presets : [],
    fit,
    saving: fit && savingOf(findings, fit.projection, seconds),
    proposal: isNodes ? proposalOf(findings) : undefined,
  };
}

function rate(count: number, seconds: number): number {
  return seconds > 0 ? count / seconds : 0;
}

export function kindName({ fields, isIdle }: KindCount): string {
  if (fields.length === 0) return 'nothing changed';
  if (isIdle && fields.every((field) => field.endsWith('.lastHeartbeatTime'))) return 'heartbeat';
  if (isIdle && fields.every((field) => field === 'spec.renewTime')) return 'renewal';
  return isIdle ? 'only times' : 'change';
}
