/** The rows of the fault table about running streams, in every variant (R9, R12, R31, R42). */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { eventually } from '../support/api-server.ts';
import { progress, story } from './frames.ts';
import { nextAfter } from './reactions.ts';
import { Scene } from './scene.ts';
import { SHORT_ACTIONS, STREAM_ACTIONS, WATCH_QUERY, type Hit } from './stream-actions.ts';
import { happensOver, SHORT_STREAMS, STREAM_FAULTS } from './table.ts';
import { VARIANTS, variantName } from './variants.ts';
import { inTurn, some } from '../support/property-runs.ts';

/** Clients that ask for bookmarks, and clients that do not. */
const ASKING = [true, false] as const;

for (const [at, row] of STREAM_FAULTS.entries())
  describe(`R42, R9: ${row.fault} (${row.id})`, () => {
    const variants = VARIANTS.filter(({ http }) => happensOver(row, http));
    for (const variant of inTurn(variants, at)) {
      test(`${row.client}, ${row.last === 'progress' ? 'our progress last' : 'what upstream sent last'}: ${variantName(variant)}`, async (t) => {
        const { argv, cuts, happen } = STREAM_ACTIONS[row.id];
        const { before, forwarded, next } = story(variant.encoding);
        const scene = await Scene.start(t, variant, argv);
        let ended = 0;
        for (const cut of some(cuts?.(variant.encoding, next) ?? [0])) {
          const hits = await openBoth(scene, before, forwarded);
          const more = await happen(scene, hits, next.subarray(0, cut));
          for (const [at, { client }] of hits.entries()) {
            const last = row.last === 'progress' ? progress(variant.encoding, ASKING[at] === true) : more;
            const expected = Buffer.concat([forwarded, last]);
            await client.has(expected.length);
            if (row.client === 'clean end') assert.equal(await client.ended, 'clean', `cut at ${cut}`);
            assert.ok(client.bytes.equals(expected), `cut at ${cut}: other bytes than expected`);
            assert.equal(client.hasEnded, row.client === 'clean end');
            if ('next' in row) assert.equal(nextOf(client, errorCodeOf(row.id)), row.next);
            else client.leave();
          }
          ended += hits.length;
          const cause = 'cause' in row ? row.cause : 'client_gone';
          await eventually(() => scene.timers.running === 0, 'no timer of a stream is left');
          assert.deepEqual(await scene.endedBy(), { [cause]: ended });
        }
      });
    }
  });

describe('a watch that ends within its first second (R9, R31, R42)', { concurrency: 4 }, () => {
  for (const [at, row] of SHORT_STREAMS.entries())
    for (const variant of inTurn(VARIANTS, at))
      test(`${row.fault}: then ${row.next}, ${variantName(variant)}`, async (t) => {
        const { encoding } = variant;
        const { before, forwarded } = story(encoding);
        const scene = await Scene.start(t, variant);
        // Two earlier watches leave the snapshot at 14 behind, which the next ones adopt.
        for (const { upstream, client } of await openBoth(scene, before, forwarded)) {
          upstream.res.end();
          assert.equal(await client.ended, 'clean');
        }
        const hits = await openBoth(scene, Buffer.alloc(0), Buffer.alloc(0), 'resourceVersion=14');
        if (row.last === 'progress') {
          const heartbeats = progress(encoding, false);
          for (const { upstream } of hits) upstream.res.write(heartbeats);
          await scene.swallowed(4 + hits.length);
        }
        await SHORT_ACTIONS[row.id](scene, hits);
        for (const [at, { client }] of hits.entries()) {
          assert.equal(await client.ended, 'clean');
          const last = row.last === 'progress' ? progress(encoding, ASKING[at] === true) : Buffer.alloc(0);
          assert.ok(client.bytes.equals(last));
          assert.equal(nextOf(client, undefined), row.next, `after ${client.ms} ms`);
        }
        assert.equal(
          (await scene.endedBy())[row.cause],
          hits.length + (row.cause === 'upstream_end' ? 2 : 0),
        );
      });
});

/** Opens one watch that asks for bookmarks and one that does not, and waits until both have what survives. */
async function openBoth(
  scene: Scene,
  before: Buffer,
  forwarded: Buffer,
  query: string = WATCH_QUERY,
): Promise<Hit[]> {
  const hits: Hit[] = [];
  for (const asks of ASKING) {
    const hit = await scene.watch(`${query}&allowWatchBookmarks=${asks}`);
    hit.upstream.res.write(before);
    await hit.client.has(forwarded.length);
    hits.push(hit);
  }
  return hits;
}

function nextOf({ events, ms }: Hit['client'], errorCode: number | undefined): string {
  return nextAfter({ kind: 'ended', events, ms, ...(errorCode === undefined ? {} : { errorCode }) });
}

function errorCodeOf(id: string): number | undefined {
  return id.startsWith('error-') ? Number(id.slice('error-'.length)) : undefined;
}
