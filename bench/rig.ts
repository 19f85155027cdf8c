/** What the rows have at hand, and how much work each of them is. */
import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import type { WatchPlan } from './end-to-end/plan.ts';
import type { UpstreamServer } from './end-to-end/server.ts';
import type { ProxyServer } from './proxies/proxy.ts';
import { startWatchsieve, type Watchsieve } from './proxies/watchsieve.ts';
import type { Programs } from './setup.ts';

export const ENCODINGS = ['json', 'protobuf'] as const;
/** Of events; the rest are heartbeats. */
export const CHANGE_EVERY = 100;

export interface Pace {
  /** Events a second. */
  readonly rate: number;
  readonly seconds: number;
}

export interface Size {
  readonly repeats: number;
  /** See scan/scan-case.ts. */
  readonly scanRounds: number;
  /** Of one stream, where a row says nothing else. */
  readonly nodes: number;
  readonly warmUp: number;
  readonly flatOutEvents: number;
  /** As `flatOutEvents`, for the Go filter: it takes twenty times as long. */
  readonly goFilterEvents: number;
  readonly paced: readonly Pace[];
  readonly informerNodes: number;
  readonly latencySeconds: number;
  readonly load: Pace & { readonly nodes: number };
  readonly largeNodes: number;
  readonly listNodes: number;
  readonly lists: number;
  readonly manySeconds: number;
  readonly idleSeconds: number;
}

export const FULL: Size = {
  repeats: 5,
  scanRounds: 40,
  nodes: 1000,
  warmUp: 2000,
  flatOutEvents: 20_000,
  goFilterEvents: 4000,
  paced: [
    { rate: 50, seconds: 6 },
    { rate: 500, seconds: 4 },
  ],
  informerNodes: 200,
  latencySeconds: 4,
  load: { nodes: 5000, rate: 500, seconds: 300 },
  largeNodes: 10_000,
  listNodes: 5000,
  lists: 2,
  manySeconds: 3,
  idleSeconds: 30,
};

/** Without 50 events/s, where seconds show nothing, and without the largest cluster, which takes long to make. */
export const QUICK: Size = {
  repeats: 3,
  scanRounds: 20,
  nodes: 300,
  warmUp: 2000,
  flatOutEvents: 6000,
  goFilterEvents: 1000,
  paced: [{ rate: 500, seconds: 2 }],
  informerNodes: 200,
  latencySeconds: 2,
  load: { nodes: 5000, rate: 500, seconds: 12 },
  largeNodes: 5000,
  listNodes: 1000,
  lists: 2,
  manySeconds: 2,
  idleSeconds: 10,
};

export interface Rig {
  /** The built program. */
  readonly program: string;
  readonly programs: Programs;
  readonly upstream: UpstreamServer;
  /** For state directories and configurations. */
  readonly folder: string;
  readonly size: Size;
}

/** A watch of this size, all changes and heartbeats as fast as they are taken unless said otherwise. */
export function planFor(
  { size: { nodes, warmUp } }: Rig,
  plan: Pick<WatchPlan, 'encoding' | 'events'> & Partial<WatchPlan>,
): WatchPlan {
  return { nodes, added: plan.nodes ?? nodes, warmUp, changeEvery: CHANGE_EVERY, rate: 0, ...plan };
}

/** As many events as fit the pace, rounded to whole changes. */
export function eventsOf({ rate, seconds }: Pace, changeEvery = CHANGE_EVERY): number {
  return Math.max(1, Math.round((rate * seconds) / changeEvery)) * changeEvery;
}

export function folderIn({ folder }: Rig): Promise<string> {
  return mkdtemp(join(folder, 'proxy-'));
}

/** Runs with a proxy that is started for it and stopped after it: none inherits another run's heap. */
export async function withProxy<P extends ProxyServer, T>(
  starting: Promise<P>,
  run: (proxy: P) => Promise<T>,
): Promise<T> {
  const proxy = await starting;
  try {
    return await run(proxy);
  } finally {
    await proxy.child.stop();
  }
}

/** The same with the program itself. */
export async function withWatchsieve<T>(
  rig: Rig,
  run: (proxy: Watchsieve) => Promise<T>,
  nodeArgs: readonly string[] = [],
): Promise<T> {
  const { program, upstream } = rig;
  const starting = startWatchsieve({ program, upstream, stateDir: await folderIn(rig), nodeArgs });
  return withProxy(starting, run);
}
