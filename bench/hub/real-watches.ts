/** H1: what the API server spends on watches of Nodes, with hubs and without, beside the same heartbeats with no watch. */
import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import type { Proxy } from '../../test/e2e/proxy.ts';
import type { RealRig } from './real-rig.ts';
import { SentBytes } from './sent-bytes.ts';

export interface WatchesPlan {
  readonly watches: number;
  /** Heartbeats a second. */
  readonly rate: number;
  /** Of each part. Whether a caller still may is asked once a minute. */
  readonly seconds: number;
}

/** Each second. */
interface Spent {
  /** Of the API server and of the hubs (seconds). */
  readonly cpu: number;
  readonly hubCpu: number;
  /** Sent by the API server. */
  readonly bytes: number;
  /** That it was asked for. */
  readonly reviews: number;
}

/** With heartbeats, and without any. */
export interface Paced {
  readonly beating: Spent;
  readonly quiet: Spent;
}

export interface WatchesMeasured {
  /** Nobody watches. */
  readonly idle: Paced;
  readonly hubs: Paced;
  readonly direct: Spent;
}

export const HUBS = 2;
const WARM_SECONDS = 10;
const SETTLE_MS = 2000;

export async function measureWatches(rig: RealRig, plan: WatchesPlan): Promise<WatchesMeasured> {
  const sent = new SentBytes(rig.cluster.server);
  try {
    await beat(rig, plan.rate, WARM_SECONDS);
    const before = await spent(rig, sent, plan);
    const hubs = await withWatches(rig, sent, plan, await rig.startHubs(HUBS), async (beating) => ({
      beating,
      quiet: await spent(rig, sent, { ...plan, rate: 0 }),
    }));
    await rig.stopHubs();
    const direct = await withWatches(rig, sent, plan, [], (beating) => Promise.resolve(beating));
    const after = await spent(rig, sent, plan);
    const quiet = await spent(rig, sent, { ...plan, rate: 0 });
    const mean = (of: (spent: Spent) => number): number => (of(before) + of(after)) / 2;
    const beating = { ...after, cpu: mean(({ cpu }) => cpu), bytes: mean(({ bytes }) => bytes) };
    return { idle: { beating, quiet }, hubs, direct };
  } finally {
    sent.stop();
  }
}

/** @param then while they still watch, after the heartbeats */
async function withWatches<T>(
  rig: RealRig,
  sent: SentBytes,
  plan: WatchesPlan,
  hubs: readonly Proxy[],
  then: (beating: Spent) => Promise<T>,
): Promise<T> {
  const followers = await rig.follow(plan.watches, hubs, true);
  assert.equal(followers.fallbacks, 0, 'requests that no hub answered');
  await beat(rig, plan.rate, WARM_SECONDS);
  await followers.marked((await rig.nodes.mark()).text);
  const beating = await spent(rig, sent, plan);
  const { least, most, ends } = await followers.marked((await rig.nodes.mark()).text);
  const beats = plan.rate * plan.seconds;
  // Behind a hub nothing comes but the mark.
  if (hubs.length > 0) assert.deepEqual([least, most], [1, 1]);
  else assert.ok(least >= 0.95 * beats, `${least} to ${most} events of ${beats} heartbeats`);
  if (ends > 0) console.log(`${ends} watches ended, and went on`);
  const result = await then(beating);
  await followers.stop();
  await delay(SETTLE_MS);
  return result;
}

/** What is spent beyond the other. */
export function less(all: Spent, other: Spent): Pick<Spent, 'cpu' | 'bytes'> {
  return { cpu: all.cpu - other.cpu, bytes: all.bytes - other.bytes };
}

async function spent(rig: RealRig, sent: SentBytes, { rate, seconds }: WatchesPlan): Promise<Spent> {
  const reviewsBefore = await rig.reviews();
  const [before, bytesBefore] = [rig.used(), sent.total];
  const took = await beat(rig, rate, seconds);
  const [after, bytesAfter] = [rig.used(), sent.total];
  return {
    cpu: (after.apiServerSeconds - before.apiServerSeconds) / took,
    hubCpu: (after.hubSeconds - before.hubSeconds) / took,
    bytes: (bytesAfter - bytesBefore) / took,
    reviews: ((await rig.reviews()) - reviewsBefore) / took,
  };
}

/** @throws where the machine could not keep the pace: what is compared has to be the same heartbeats. */
async function beat(rig: RealRig, rate: number, seconds: number): Promise<number> {
  const load = await rig.nodes.load({ heartbeatsPerSecond: rate, seconds, change: 'none' });
  assert.ok(
    load.heartbeats / load.seconds >= 0.95 * rate,
    `${load.heartbeats} heartbeats in ${load.seconds} s`,
  );
  return load.seconds;
}
