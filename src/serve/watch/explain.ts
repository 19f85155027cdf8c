/**
 * The answer of `/debug/explain`: what is known of one object on each stream (docs/explain.md). Names of fields only,
 * never values (R26). Time is kept as monotonic milliseconds, and becomes wall time here, when somebody asks.
 */
import { type Forwarded } from '../../core/sieve/chronicle.ts';
import { type NoOps } from '../../core/sieve/baseline.ts';
import { type PathDifference } from '../../core/codec/differences.ts';
import { type StreamDescription } from './describe.ts';
import { meaningOf } from './meaning.ts';
import { type StreamStory } from './story.ts';

/** The same moment on both clocks (ms). */
export interface Clocks {
  readonly monotonic: number;
  /** Since the epoch. */
  readonly wall: number;
}

/** A moment, and how long ago it was. */
interface Moment {
  readonly at: string;
  readonly ageSeconds: number;
}

export interface ExplainedDecision extends Moment {
  readonly type: string;
  readonly verdict: 'forwarded';
  readonly reason: string;
  readonly resourceVersion: string;
  /** Only of `changed`: where it differed from what was delivered before; null where that is not known any more. */
  readonly paths?: readonly PathDifference[] | null;
  /** How many paths more there were. */
  readonly morePaths?: number;
}

export interface ExplainedStream extends Omit<StreamDescription, 'object'> {
  readonly [field: string]: unknown;
  readonly opened: Moment;
  readonly ended: (Moment & { readonly cause: string }) | null;
  readonly meaning: string;
  readonly held: boolean;
  readonly lastDelivered: ExplainedDelivery | null;
  readonly unchangedSince: ExplainedNoOps | null;
  readonly passesUnchangedAfter: string | null;
  readonly decisions: readonly ExplainedDecision[];
  readonly olderDecisionsForgotten: boolean;
}

interface ExplainedDelivery extends Moment {
  readonly resourceVersion: string;
  readonly reason: string;
  readonly onThisStream: boolean;
}

interface ExplainedNoOps {
  readonly verdict: string;
  readonly events: number;
  readonly last: Moment & { readonly resourceVersion: string };
}

export interface Explanation {
  readonly object: string;
  /** Now. */
  readonly time: string;
  readonly streams: readonly ExplainedStream[];
}

/** @param stories the newest first */
export function explain(object: string, stories: readonly StreamStory[], now: Clocks): Explanation {
  return {
    object,
    time: new Date(now.wall).toISOString(),
    streams: stories.map((story) => explainedStream(object, story, now)),
  };
}

function explainedStream(object: string, story: StreamStory, now: Clocks): ExplainedStream {
  const moment = (at: number): Moment => momentOf(at, now);
  const { chronicle, description, end } = story;
  const { held, noOps, decisions } = chronicle.account(object);
  const { adopted, doubt } = chronicle;
  const { object: watched, ...identity } = description;
  return {
    ...identity,
    watchedObject: watched,
    mode: story.mode,
    state: end === undefined ? 'open' : 'ended',
    opened: moment(story.openedAt),
    ended: end === undefined ? null : { cause: end.cause, ...moment(end.at) },
    began:
      adopted === undefined ? null : { snapshotOf: adopted.source, resourceVersion: adopted.resourceVersion },
    deliveredResourceVersion: story.deliveredResourceVersion === '' ? null : story.deliveredResourceVersion,
    lagSeconds: seconds(story.lagMs),
    queuedBytes: story.queuedBytes,
    meaning: meaningOf(object, story),
    held: held !== undefined,
    lastDelivered:
      held === undefined
        ? null
        : {
            ...moment(held.deliveredAt),
            resourceVersion: String(held.resourceVersion),
            reason: held.reason,
            onThisStream: held.deliveredAt >= Math.round(story.openedAt),
          },
    unchangedSince: noOps === undefined ? null : unchanged(noOps, story, moment),
    passesUnchangedAfter: held === undefined || held.passAt === Infinity ? null : moment(held.passAt).at,
    doubt: doubt === undefined ? null : { ...moment(doubt.at), reason: doubt.reason, objects: doubt.objects },
    decisions: decisions.map((decision) => explainedDecision(decision, moment)),
    olderDecisionsForgotten: chronicle.isFull,
  };
}

function unchanged(
  { events, at, resourceVersion }: NoOps,
  { mode }: StreamStory,
  moment: ToMoment,
): ExplainedNoOps {
  const verdict = mode === 'filter' ? 'swallowed' : 'would_swallow';
  return { verdict, events, last: { ...moment(at), resourceVersion: String(resourceVersion) } };
}

type ToMoment = (at: number) => Moment;

function explainedDecision(decision: Forwarded, moment: ToMoment): ExplainedDecision {
  const { type, reason, at, resourceVersion, differences } = decision;
  const plain = {
    ...moment(at),
    type,
    verdict: 'forwarded' as const,
    reason,
    resourceVersion: String(resourceVersion),
  };
  if (reason !== 'changed') return plain;
  if (differences === undefined) return { ...plain, paths: null };
  const { paths, more } = differences;
  return more === 0 ? { ...plain, paths } : { ...plain, paths, morePaths: more };
}

function momentOf(at: number, { monotonic, wall }: Clocks): Moment {
  const age = monotonic - at;
  return { at: new Date(wall - age).toISOString(), ageSeconds: seconds(age) };
}

const seconds = (ms: number): number => Math.round(ms) / 1000;
