/** One run of the hub's bench: a hub, its upstream and its readers. Each checks that all were sent exactly what they had to be. */
import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import type { Encoding } from '../../src/lab/simulator/encoding.ts';
import type { Child } from '../../test/support/child.ts';
import { listAt, textAt } from '../../test/support/json-value.ts';
import type { Server } from '../end-to-end/server.ts';
import { quantile } from '../measures.ts';
import { cpuNanos, rssBytes } from '../proc.ts';
import type { Watchsieve } from '../proxies/watchsieve.ts';
import { type Crowd, type HubRig, send } from './rig.ts';

export interface Plan {
  readonly encoding: Encoding;
  readonly nodes: number;
  readonly readers: number;
  readonly beats: number;
  readonly changes: number;
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
  /** With all readers and no event at all (share of one core). */
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
const IDLE_MS = 4000;
const SETTLE_MS = 1500;

export async function measureReaders(rig: HubRig, plan: Plan): Promise<Measured> {
  const { encoding, nodes, readers, beats, changes } = plan;
  const changesPerSecond = rateFor(readers);
  const upstream = await rig.upstream(nodes);
  const hub = await rig.hub(upstream);
  const { child } = hub;
  const crowd = rig.watchers(hub, nodes, encoding);
  const beaten = async (times: number, rate: number): Promise<void> =>
    hasRead(hub, await send(upstream, times, rate, 0));
  try {
    await crowd.grow(1);
    await isFollowing(hub);
    // Code is compiled, and each object has been scanned once.
    await beaten(Math.max(4000, 2 * nodes), 0);
    const beatAlone = await perEvent(child, beats, () => beaten(beats, BEATS_PER_SECOND));
    const rss = rssBytes(child.pid);
    const perReader = await bytesOfEach(child, crowd, readers);
    const idle = await share(child, () => delay(IDLE_MS));
    const beat = await perEvent(child, beats, () => beaten(beats, BEATS_PER_SECOND));
    const warm = await send(upstream, WARM_CHANGES, changesPerSecond, 1);
    await hasRead(hub, warm);
    await crowd.has(WARM_CHANGES);
    await crowd.took(WARM_CHANGES);
    const delivered = await deliver(child, crowd, plan, async () =>
      hasRead(hub, await send(upstream, changes, changesPerSecond, 1)),
    );
    return {
      ...{ beatAlone, beat, idle, perReader, rss },
      ...delivered,
    };
  } finally {
    await rig.stop();
  }
}

/** The same by a server that only writes to its readers: what TLS, the kernel and the clients cost without any hub. */
export async function measureBare(rig: HubRig, plan: Plan): Promise<Delivered & Pick<Measured, 'perReader'>> {
  const { encoding, nodes, readers, changes } = plan;
  const changesPerSecond = rateFor(readers);
  const server = await rig.bare(nodes, encoding);
  const crowd = rig.watchers(server, nodes, encoding);
  try {
    await crowd.grow(1);
    const perReader = await bytesOfEach(server.child, crowd, readers);
    await send(server, WARM_CHANGES, changesPerSecond, 1);
    await crowd.has(WARM_CHANGES);
    await crowd.took(WARM_CHANGES);
    const delivered = await deliver(server.child, crowd, plan, () =>
      send(server, changes, changesPerSecond, 1),
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

/** @param sending resolves when the changes are out */
async function deliver(
  child: Child,
  crowd: Crowd,
  { changes, readers }: Plan,
  sending: () => Promise<unknown>,
): Promise<Delivered> {
  const delivered = await perEvent(child, changes, async () => {
    await sending();
    await crowd.has(changes);
  });
  const latenciesMs = await crowd.took(changes);
  assert.equal(latenciesMs.length, changes * readers);
  const at = (q: number): number => quantile(latenciesMs, q);
  return { delivery: delivered / readers, p50Ms: at(0.5), p99Ms: at(0.99), mostMs: at(1) };
}

/** The same bytes by a proxy that passes them on: its CPU for one change and one client (microseconds). */
export async function measurePassing(
  rig: HubRig,
  { encoding, nodes, readers, changes }: Plan,
  start: (upstream: Awaited<ReturnType<HubRig['upstream']>>) => Promise<Server>,
): Promise<number> {
  const upstream = await rig.upstream(nodes);
  const changesPerSecond = rateFor(readers);
  const proxy = await start(upstream);
  rig.keep(proxy.child);
  const crowd = rig.watchers(proxy, nodes, encoding);
  try {
    await crowd.grow(readers);
    await send(upstream, WARM_CHANGES, changesPerSecond, 1);
    await crowd.has(WARM_CHANGES);
    await crowd.took(WARM_CHANGES);
    const passed = await perEvent(proxy.child, changes, async () => {
      await send(upstream, changes, changesPerSecond, 1);
      await crowd.has(changes);
    });
    await crowd.took(changes);
    return passed / readers;
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
export async function measurePassThrough(rig: HubRig, watches: number): Promise<Passing> {
  const upstream = await rig.upstream(1);
  const hub = await rig.hub(upstream);
  // Without a sidecar: one would be told to ask by itself.
  const crowd = rig.crowd(hub, '/api/v1/pods?watch=1', 'protobuf', []);
  try {
    await crowd.grow(20);
    await delay(SETTLE_MS);
    const before = rssBytes(hub.child.pid);
    await crowd.grow(watches);
    await delay(SETTLE_MS);
    const perWatch = (rssBytes(hub.child.pid) - before) / (watches - 20);
    const idle = await share(hub.child, () => delay(IDLE_MS));
    // They are open, and were sent nothing.
    await crowd.took(0);
    return { perWatch, idle };
  } finally {
    await rig.stop();
  }
}

/**
 * CPU for one event (microseconds) while they come, without what is used when none does: measured before and after, since
 * rights are asked about more and more often in the first minute of a watch.
 */
async function perEvent(child: Child, events: number, run: () => Promise<unknown>): Promise<number> {
  const idleBefore = await share(child, () => delay(IDLE_MS));
  const [before, begun] = [cpuNanos(child.pid), performance.now()];
  await run();
  const [nanos, ms] = [cpuNanos(child.pid) - before, performance.now() - begun];
  const idle = (idleBefore + (await share(child, () => delay(IDLE_MS)))) / 2;
  return (nanos - idle * 1e6 * ms) / 1000 / events;
}

/** Which part of one core it uses meanwhile. */
async function share(child: Child, run: () => Promise<unknown>): Promise<number> {
  const [before, begun] = [cpuNanos(child.pid), performance.now()];
  await run();
  return (cpuNanos(child.pid) - before) / 1e6 / (performance.now() - begun);
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
