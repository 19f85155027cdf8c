/** One run of the hub's bench: a hub, its upstream and its readers. Each checks that all were sent exactly what they had to be. */
import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import type { Child } from '../../test/support/child.ts';
import { listAt, textAt } from '../../test/support/json-value.ts';
import type { Server } from '../end-to-end/server.ts';
import { quantile } from '../measures.ts';
import { rssBytes } from '../proc.ts';
import type { Watchsieve } from '../proxies/watchsieve.ts';
import { type Crowd, type HubRig, reviewsOf, send, type Watched } from './rig.ts';
import { idleShare, perEvent, perReview, type Spender } from './spending.ts';

export interface Plan {
  readonly watched: Watched;
  readonly readers: number;
  readonly beats: number;
  readonly changes: number;
  /** CPU of a hub for each review of a running watch (microseconds), by {@link measureReview}. */
  readonly reviewMicros: number;
}

/** Of all changes, to all readers. */
export interface Delivered {
  /** CPU of the server for one change and one reader (microseconds). */
  readonly delivery: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly mostMs: number;
}

export interface Measured extends Delivered {
  /** Of the hub, with one reader and with all (microseconds). */
  readonly beatAlone: number;
  readonly beat: number;
  /** With all readers, no event and no review (share of one core). */
  readonly idle: number;
  /** What each reader of the second half adds to the process, its connection included (bytes). */
  readonly perReader: number;
  /** With one reader (bytes). */
  readonly rss: number;
}

/** Slow enough that events are read one by one. */
const BEATS_PER_SECOND = 200;
/** So that one change has come to everybody before the next: a reader costs clients and hub some 150 µs together. */
const MOST_DELIVERIES_PER_SECOND = 2000;
const MOST_CHANGES_PER_SECOND = 4;
const rateFor = (readers: number): number =>
  Math.min(MOST_CHANGES_PER_SECOND, MOST_DELIVERIES_PER_SECOND / readers);
const WARM_CHANGES = 20;
const SETTLE_MS = 1500;
/** A watch is asked about once a minute, and the first of many began long before the last. */
const ALL_REVIEWED_MS = 150_000;

/** CPU of a hub for each review of a running watch (microseconds). */
export async function measureReview(rig: HubRig, watched: Watched, readers: number): Promise<number> {
  const upstream = await rig.upstream(watched.nodes);
  const hub = await rig.hub(upstream);
  const crowd = rig.watchers(hub, watched);
  try {
    await crowd.grow(readers);
    return await perReview(spenderOf(hub, upstream, 0), readers, ALL_REVIEWED_MS);
  } finally {
    await rig.stop();
  }
}

export async function measureReaders(rig: HubRig, plan: Plan): Promise<Measured> {
  const { watched, readers, beats } = plan;
  const { nodes } = watched;
  const upstream = await rig.upstream(nodes);
  const hub = await rig.hub(upstream);
  const { child } = hub;
  const spender = spenderOf(hub, upstream, plan.reviewMicros);
  const crowd = rig.watchers(hub, watched);
  const beaten = async (times: number, rate: number): Promise<void> =>
    hasRead(hub, await send(upstream, times, rate, 0));
  try {
    await crowd.grow(1);
    await isFollowing(hub);
    // Code is compiled, and each object has been scanned once.
    await beaten(Math.max(4000, 2 * nodes), 0);
    const beatAlone = await perEvent(spender, beats, () => beaten(beats, BEATS_PER_SECOND));
    const rss = rssBytes(child.pid);
    const perReader = await bytesOfEach(child, crowd, readers);
    const idle = await idleShare(spender);
    const beat = await perEvent(spender, beats, () => beaten(beats, BEATS_PER_SECOND));
    const delivered = await deliver(spender, crowd, plan, async (changes, rate) =>
      hasRead(hub, await send(upstream, changes, rate, 1)),
    );
    return { beatAlone, beat, idle, perReader, rss, ...delivered };
  } finally {
    await rig.stop();
  }
}

/** The same by a server that only writes to its readers: what TLS, the kernel and the clients cost without any hub. */
export async function measureBare(rig: HubRig, plan: Plan): Promise<Delivered & Pick<Measured, 'perReader'>> {
  const { watched, readers } = plan;
  const server = await rig.bare(watched.nodes, watched.encoding, watched.transport);
  const crowd = rig.watchers(server, watched);
  try {
    await crowd.grow(1);
    const perReader = await bytesOfEach(server.child, crowd, readers);
    const delivered = await deliver(withoutReviews(server.child), crowd, plan, (changes, rate) =>
      send(server, changes, rate, 1),
    );
    return { perReader, ...delivered };
  } finally {
    await rig.stop();
  }
}

/**
 * What each reader of the second half adds to a process (bytes). The first half takes what was left unused before.
 * Nothing has been sent to any of them.
 */
async function bytesOfEach(child: Child, crowd: Crowd, readers: number): Promise<number> {
  const residentWith = async (size: number): Promise<number> => {
    await crowd.grow(size);
    await delay(SETTLE_MS);
    return rssBytes(child.pid);
  };
  const half = Math.ceil(readers / 2);
  const ofHalf = await residentWith(half);
  return ((await residentWith(readers)) - ofHalf) / (readers - half);
}

function spenderOf({ child }: Watchsieve, upstream: Server, reviewMicros: number): Spender {
  return { pid: child.pid, reviews: () => reviewsOf(upstream), reviewMicros };
}

function withoutReviews({ pid }: Child): Spender {
  return { pid, reviews: () => Promise.resolve(0), reviewMicros: 0 };
}

/** @param sendChanges resolves when they are out */
async function deliver(
  spender: Spender,
  crowd: Crowd,
  { changes, readers }: Plan,
  sendChanges: (changes: number, rate: number) => Promise<unknown>,
): Promise<Delivered> {
  const rate = rateFor(readers);
  const reachAll = async (count: number): Promise<void> => {
    await sendChanges(count, rate);
    await crowd.has(count);
  };
  await reachAll(WARM_CHANGES);
  await crowd.took(WARM_CHANGES);
  const delivered = await perEvent(spender, changes, () => reachAll(changes));
  const latenciesMs = await crowd.took(changes);
  assert.equal(latenciesMs.length, changes * readers);
  const at = (q: number): number => quantile(latenciesMs, q);
  return { delivery: delivered / readers, p50Ms: at(0.5), p99Ms: at(0.99), mostMs: at(1) };
}

/** The same bytes by a proxy that passes them on: its CPU for one change and one client (microseconds). */
export async function measurePassing(
  rig: HubRig,
  plan: Plan,
  start: (upstream: Awaited<ReturnType<HubRig['upstream']>>) => Promise<Server>,
): Promise<number> {
  const upstream = await rig.upstream(plan.watched.nodes);
  const proxy = await start(upstream);
  rig.keep(proxy.child);
  const crowd = rig.watchers(proxy, plan.watched);
  try {
    await crowd.grow(plan.readers);
    const { delivery } = await deliver(withoutReviews(proxy.child), crowd, plan, (changes, rate) =>
      send(upstream, changes, rate, 1),
    );
    return delivery;
  } finally {
    await rig.stop();
  }
}

export interface Passing {
  /** Each (bytes), and while nothing happens (share of one core). */
  readonly perWatch: number;
  readonly idle: number;
}

/** Watches of what is not shared: all that a client alone with a hub opens besides. */
export async function measurePassThrough(rig: HubRig, clients: number, each: number): Promise<Passing> {
  const upstream = await rig.upstream(1);
  const hub = await rig.hub(upstream);
  // Without a sidecar: one would be told to ask by itself.
  const crowd = rig.crowd(hub, ['HTTP/2', String(each), 'protobuf', '/api/v1/pods?watch=1']);
  try {
    const some = 4 * each;
    const watches = clients * each;
    await crowd.grow(some);
    await delay(SETTLE_MS);
    const before = rssBytes(hub.child.pid);
    await crowd.grow(watches);
    await delay(SETTLE_MS);
    const perWatch = (rssBytes(hub.child.pid) - before) / (watches - some);
    const idle = await idleShare(withoutReviews(hub.child));
    // They are open, and were sent nothing.
    await crowd.took(0);
    return { perWatch, idle };
  } finally {
    await rig.stop();
  }
}

/** Waits a moment, and sees that the hub has come as far as upstream. */
async function hasRead({ admin }: Watchsieve, resourceVersion: string): Promise<void> {
  await delay(SETTLE_MS);
  for (const feed of await feedsOf(admin)) assert.equal(textAt(feed, 'resourceVersion'), resourceVersion);
}

/** What is sent before the hub watches reaches nobody. */
async function isFollowing({ admin }: Watchsieve): Promise<void> {
  while (!(await feedsOf(admin)).every((feed) => textAt(feed, 'state') === 'watching')) await delay(50);
}

async function feedsOf(admin: string): Promise<readonly unknown[]> {
  const answer: unknown = await (await fetch(`http://${admin}/debug/hub`)).json();
  const feeds = listAt(answer, 'feeds');
  assert.equal(feeds.length, 1);
  return feeds;
}
