/** The last changes that clients received, from the decisions that each stream remembers. */
import type { RealChange } from '../admin/status.ts';
import type { Forwarded } from '../../core/sieve/chronicle.ts';
import type { Reason } from '../../core/sieve/verdict.ts';
import type { Clocks } from '../watch/explain.ts';
import type { StreamStory } from '../watch/story.ts';

/** Other reasons say something about the sidecar, not about the object. */
const REAL: ReadonlySet<Reason> = new Set(['added', 'deleted', 'changed']);

interface Told {
  readonly resource: string;
  readonly decision: Forwarded;
  readonly streams: number[];
}

/** A change that several streams forwarded appears once. Ended streams are included. */
export function realChanges(stories: readonly StreamStory[], now: Clocks, most: number): RealChange[] {
  const told = new Map<string, Told>();
  for (const { chronicle, description } of stories) {
    const { resource, stream } = description;
    for (const decision of chronicle.newest(most, ({ reason }) => REAL.has(reason))) {
      const { type, resourceVersion } = decision;
      const key = `${type} ${resourceVersion} ${resource} ${decision.key}`;
      const known = told.get(key);
      if (known === undefined) told.set(key, { resource, decision, streams: [stream] });
      else known.streams.push(stream);
    }
  }
  return [...told.values()]
    .sort((a, b) => b.decision.at - a.decision.at)
    .slice(0, most)
    .map((one) => realChange(one, now));
}

function realChange({ resource, decision, streams }: Told, { monotonic, wall }: Clocks): RealChange {
  const { at, key, type, resourceVersion, differences } = decision;
  return {
    at: new Date(wall - (monotonic - at)).toISOString(),
    ageSeconds: Math.round(monotonic - at) / 1000,
    resource,
    object: key,
    type,
    resourceVersion: String(resourceVersion),
    paths: differences?.paths ?? null,
    morePaths: differences?.more ?? 0,
    streams: streams.toSorted((a, b) => a - b),
  };
}
