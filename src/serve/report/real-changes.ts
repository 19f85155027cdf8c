/** The last changes that clients were told of, from what each stream remembers of its decisions. */
import { type RealChange } from '../admin/status.ts';
import { type Forwarded } from '../../core/sieve/chronicle.ts';
import { type Reason } from '../../core/sieve/verdict.ts';
import { type Clocks } from '../watch/explain.ts';
import { type StreamStory } from '../watch/story.ts';

/** The others say something of the sidecar, not of the object. */
const REAL: ReadonlySet<Reason> = new Set(['added', 'deleted', 'changed']);

interface Told {
  readonly resource: string;
  readonly decision: Forwarded;
  readonly streams: number[];
}

/** One change that several streams forwarded is one; ended streams are looked at too. */
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
