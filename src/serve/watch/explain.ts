/**
 * The answer of `/debug/explain`: the recent history of one object on each stream (docs/explain.md), with names of
 * fields but never their values (R26). Stored times are monotonic milliseconds; the answer has them as wall time.
 */
import type { Differences } from '../../core/codec/differences.ts';
import type { Forwarded } from '../../core/sieve/chronicle.ts';
import type { NoOps } from '../../core/sieve/baseline.ts';
import { meaningOf } from './meaning.ts';
import type { StreamStory } from './story.ts';

/** The same moment on both clocks (ms). */
export interface Clocks {
  readonly monotonic: number;
  /** Milliseconds since the Unix epoch. */
  readonly wall: number;
}

interface Moment {
  readonly at: string;
  readonly ageSeconds: number;
}

export interface AskedObject {
  /** The name, after namespace and slash if the object has a namespace. */
  readonly object: string;
  /** Empty for any resource. */
  readonly resource: string;
}

export type Explained = ReturnType<typeof explain>;
/** The object as one watch knows it. */
export type ExplainedWatch = Explained['streams'][number];
/** One forwarded event of the object. */
export type Decision = ExplainedWatch['decisions'][number];

/** @param stories newest first */
export function explain({ object, resource }: AskedObject, stories: readonly StreamStory[], now: Clocks) {
  return {
    object,
    time: new Date(now.wall).toISOString(),
    streams: stories
      .filter(({ description }) => resource === '' || description.resource === resource)
      .map((story) => explainedStream(object, story, now)),
  };
}

function explainedStream(object: string, story: StreamStory, now: Clocks) {
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

function unchanged({ events, at, resourceVersion }: NoOps, { mode }: StreamStory, moment: ToMoment) {
  const verdict = mode === 'filter' ? 'swallowed' : 'would_swallow';
  return { verdict, events, last: { ...moment(at), resourceVersion: String(resourceVersion) } };
}

type ToMoment = (at: number) => Moment;

function explainedDecision(decision: Forwarded, moment: ToMoment) {
  const { type, reason, at, resourceVersion } = decision;
  return {
    ...moment(at),
    type,
    verdict: 'forwarded' as const,
    reason,
    resourceVersion: String(resourceVersion),
    ...changesOf(decision),
  };
}

/** Only a `changed` decision has differences; null if the previous form was no longer known. */
function changesOf({ reason, differences }: Forwarded): {
  readonly paths?: Differences['paths'] | null;
  readonly morePaths?: number;
} {
  if (reason !== 'changed') return {};
  if (differences === undefined) return { paths: null };
  const { paths, more } = differences;
  return more === 0 ? { paths } : { paths, morePaths: more };
}

function momentOf(at: number, { monotonic, wall }: Clocks): Moment {
  const age = monotonic - at;
  return { at: new Date(wall - age).toISOString(), ageSeconds: seconds(age) };
}

const seconds = (ms: number): number => Math.round(ms) / 1000;
