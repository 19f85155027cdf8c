/** Finds the objects with the most writes on request, from data that exists anyway. Nothing is counted for it. */
import type { NoisyObject, NoisyObjects } from '../admin/status.ts';
import { MAX_DECISIONS } from '../../core/sieve/chronicle.ts';
import type { StreamStory } from '../watch/story.ts';

/** Rates cover at least this time; otherwise a single recent event would rank first (milliseconds). */
const SHORTEST_MS = 60_000;

/**
 * Uses the open stream that knows the most objects, because other streams get the same events or a selection of them.
 * @param now monotonic ms
 */
export function noisiest(stories: readonly StreamStory[], now: number, most: number): NoisyObjects | null {
  const story = stories
    .filter(({ end }) => end === undefined)
    .reduce<StreamStory | undefined>(
      (best, one) => (best === undefined || one.description.objects >= best.description.objects ? one : best),
      undefined,
    );
  if (story === undefined) return null;
  const { stream, resource, objects: of } = story.description;
  const byKey = new Map<string, NoisyObject>();
  const { chronicle, openedAt } = story;
  chronicle.forEachNoOp((object, unchanged, { deliveredAt }) => {
    // An adopted object was delivered before this stream, which has counted only since it opened.
    const unchangedPerMinute = perMinute(unchanged, now - Math.max(openedAt, deliveredAt));
    byKey.set(object, { object, unchanged, unchangedPerMinute, forwarded: 0, forwardedPerMinute: 0 });
  });
  const decisions = chronicle.newest(MAX_DECISIONS, () => true);
  const since = chronicle.isFull ? (decisions.at(-1)?.at ?? openedAt) : openedAt;
  for (const { key } of decisions) {
    const known = byKey.get(key) ?? NOTHING;
    const forwarded = known.forwarded + 1;
    const forwardedPerMinute = perMinute(forwarded, now - since);
    byKey.set(key, { ...known, object: key, forwarded, forwardedPerMinute });
  }
  const objects = [...byKey.values()].sort((a, b) => pace(b) - pace(a) || (a.object < b.object ? -1 : 1));
  return { stream, resource, of, objects: objects.slice(0, most) };
}

const NOTHING = { unchanged: 0, unchangedPerMinute: 0, forwarded: 0 };

function perMinute(events: number, ms: number): number {
  return (events * 60_000) / Math.max(ms, SHORTEST_MS);
}

function pace({ unchangedPerMinute, forwardedPerMinute }: NoisyObject): number {
  return unchangedPerMinute + forwardedPerMinute;
}
