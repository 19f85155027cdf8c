/**
 * One measured run: a client watches, all watches go on together once each is warm, and what the processes used
 * is read before and after. A result that is not exactly what it must be ends the bench.
 */
import { fileURLToPath } from 'node:url';
import { Child } from '../../test/support/child.ts';
import { listAt, numberAt, parseJson, valueAt } from '../../test/support/json-value.ts';
import { cpuNanos, rssBytes } from '../proc.ts';
import type { ProxyServer } from '../proxies/proxy.ts';
import { changesOf, type WatchPlan } from './plan.ts';
import type { Server, UpstreamServer } from './server.ts';

const CLIENT = fileURLToPath(new URL('client.ts', import.meta.url));
const TIMEOUT_MS = 120_000;
const SAMPLE_INTERVAL_MS = 50;

/** What one client saw of the events after the warm-up. */
export interface WatchResult {
  readonly cpuMicrosPerEvent: number;
  /** From the first change's sending to the end of the stream: sent by upstream, not received. */
  readonly eventsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** What a proxy used meanwhile. */
export interface ProxyUse {
  readonly cpuMicrosPerEvent: number;
  readonly maxRssMib: number;
}

/** A watch of a client process. */
export interface WatchJob {
  readonly plan: WatchPlan;
  /** Reads slowly after its warm-up, is not waited for and not in the result. */
  readonly isSlow?: boolean;
}

/** Watches upstream itself: every event has to arrive. */
export async function watchDirectly(upstream: UpstreamServer, plan: WatchPlan): Promise<WatchResult> {
  const [result] = await watchAll(upstream, [{ server: upstream, jobs: [{ plan }] }], () => undefined);
  return checked(result, [plan], false);
}

/** Watches through a proxy: changes have to arrive, and heartbeats where it does not filter. */
export async function watchThrough(
  proxy: ProxyServer,
  upstream: UpstreamServer,
  plan: WatchPlan,
): Promise<{ readonly watch: WatchResult; readonly proxy: ProxyUse }> {
  const meter = new Meter(proxy.child);
  try {
    const [result] = await watchAll(upstream, [{ server: proxy, jobs: [{ plan }] }], () => meter.start());
    return { proxy: meter.read(plan.events), watch: checked(result, [plan], proxy.filters) };
  } finally {
    meter.stop();
  }
}

/** Watches through a proxy and directly at the same time. */
export async function watchBoth(
  proxy: ProxyServer,
  upstream: UpstreamServer,
  plan: WatchPlan,
): Promise<{ readonly through: WatchResult; readonly direct: WatchResult }> {
  const clients = [proxy, upstream].map((server) => ({ server, jobs: [{ plan }] }));
  const [through, direct] = await watchAll(upstream, clients, () => undefined);
  return { through: checked(through, [plan], proxy.filters), direct: checked(direct, [plan], false) };
}

/** Clients of filtering proxies, all at once. @param beforeGo when all are warm, before the events that count */
export async function watchTogether(
  upstream: UpstreamServer,
  clients: readonly Client[],
  beforeGo: () => Promise<void> | void = () => undefined,
): Promise<WatchResult[]> {
  const results = await watchAll(upstream, clients, beforeGo);
  return clients.map(({ jobs }, i) => {
    const waitedFor = jobs.filter(({ isSlow }) => isSlow !== true);
    return checked(
      results[i],
      waitedFor.map(({ plan }) => plan),
      true,
    );
  });
}

/** One process with all its watches. */
export interface Client {
  readonly server: Server;
  readonly jobs: readonly WatchJob[];
}

/** @returns the clients' result lines, in their order */
async function watchAll(
  upstream: UpstreamServer,
  clients: readonly Client[],
  onStart: () => Promise<void> | void,
): Promise<readonly unknown[]> {
  const children = clients.map(
    ({ server: { port, caFile }, jobs }, i) =>
      new Child({
        name: `bench client ${i + 1} of ${clients.length}`,
        command: process.execPath,
        args: [CLIENT, String(port), caFile, JSON.stringify(jobs)],
      }),
  );
  const line = (child: Child, key: string, timeoutMs: number): Promise<string> =>
    child.stdout.waitFor(key, (text) => text.startsWith(`{"${key}"`), timeoutMs);
  try {
    await Promise.all(children.map((child) => line(child, 'warm', TIMEOUT_MS)));
    await onStart();
    upstream.child.writeLine('go');
    const pacedMs = clients.flatMap(({ jobs }) =>
      jobs.map(({ plan }) => (plan.rate > 0 ? (plan.events / plan.rate) * 1000 : 0)),
    );
    const timeoutMs = Math.max(...pacedMs) + TIMEOUT_MS;
    const lines = await Promise.all(children.map((child) => line(child, 'result', timeoutMs)));
    return lines.map(parseJson);
  } finally {
    await Promise.all(children.map((child) => child.stop()));
  }
}

/** @throws Error where not exactly the changes, and the heartbeats if any, of each plan came */
function checked(line: unknown, plans: readonly WatchPlan[], isFiltered: boolean): WatchResult {
  const watches = listAt(line, 'result', 'watches');
  for (const [i, plan] of plans.entries()) {
    const changes = changesOf(plan);
    const heartbeats = isFiltered ? 0 : plan.events - changes;
    const came = { changes: numberAt(watches[i], 'changes'), heartbeats: numberAt(watches[i], 'heartbeats') };
    if (came.changes !== changes || came.heartbeats !== heartbeats)
      throw new Error(
        `${came.changes} changes and ${came.heartbeats} heartbeats came ` +
          `where ${changes} and ${heartbeats} had to (${JSON.stringify(plan)})`,
      );
  }
  const events = plans.reduce((sum, plan) => sum + plan.events, 0);
  const timed = plans.reduce((sum, plan) => sum + plan.events - plan.changeEvery, 0);
  const elapsedMs = Math.max(...watches.map((watch) => numberAt(watch, 'elapsedMs')));
  const result = valueAt(line, 'result');
  return {
    cpuMicrosPerEvent: numberAt(result, 'cpuMicros') / events,
    eventsPerSecond: timed / (elapsedMs / 1000),
    p50Ms: numberAt(result, 'p50Ms'),
    p99Ms: numberAt(result, 'p99Ms'),
  };
}

/** CPU time and the most memory of a process between two moments. */
export class Meter {
  readonly #child: Child;
  #nanosBefore: number | undefined;
  #maxRssBytes = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(child: Child) {
    this.#child = child;
  }

  start(): void {
    this.#sample();
    this.#timer = setInterval(() => {
      // That it is gone is found by whoever waits for the result.
      if (!this.#child.hasExited) this.#sample();
    }, SAMPLE_INTERVAL_MS);
    this.#nanosBefore = cpuNanos(this.#child.pid);
  }

  /** What was used since the start, per event. */
  read(events: number): ProxyUse {
    const after = cpuNanos(this.#child.pid);
    this.#sample();
    if (this.#nanosBefore === undefined) throw new Error('a meter was read that had not been started');
    return {
      cpuMicrosPerEvent: (after - this.#nanosBefore) / 1000 / events,
      maxRssMib: this.#maxRssBytes / 2 ** 20,
    };
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #sample(): void {
    this.#maxRssBytes = Math.max(this.#maxRssBytes, rssBytes(this.#child.pid));
  }
}
