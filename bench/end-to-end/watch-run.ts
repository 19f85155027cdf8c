/**
 * One measured run: clients watch, all start together once each has its initial events, and the processes' own
 * accounts are read before and after. A result that is not exactly what it must be ends the bench.
 */
import { fileURLToPath } from 'node:url';
import { Child, type Usage } from '../../test/support/child.ts';
import { numberAt, parseJson } from '../../test/support/json-value.ts';
import type { WatchPlan } from './plan.ts';
import type { Server, UpstreamServer } from './server.ts';

const CLIENT = fileURLToPath(new URL('client.ts', import.meta.url));
const TIMEOUT_MS = 30_000;
const SAMPLE_INTERVAL_MS = 50;

/** What one client saw of the events after the initial ones. */
export interface WatchResult {
  readonly cpuMicrosPerEvent: number;
  /** From the first change's sending to the end of the stream: sent by upstream, not received. */
  readonly eventsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** What the proxy used meanwhile. */
export interface ProxyUse {
  readonly cpuMicrosPerEvent: number;
  readonly maxRssMib: number;
}

/** Watches upstream itself: every event has to arrive. */
export async function watchDirectly(upstream: UpstreamServer, plan: WatchPlan): Promise<WatchResult> {
  const [result] = await watchAll(upstream, [upstream], plan, () => undefined);
  return checked(result, plan, plan.events - changesOf(plan));
}

/** Watches through the proxy: changes have to arrive, heartbeats must not. */
export async function watchThrough(
  proxy: Server,
  upstream: UpstreamServer,
  plan: WatchPlan,
): Promise<{ watch: WatchResult; proxy: ProxyUse }> {
  const meter = new Meter(proxy.child);
  try {
    const [result] = await watchAll(upstream, [proxy], plan, () => meter.start());
    return { proxy: meter.read(plan.events), watch: checked(result, plan, 0) };
  } finally {
    meter.stop();
  }
}

/** Watches through the proxy and directly at the same time. */
export async function watchBoth(
  proxy: Server,
  upstream: UpstreamServer,
  plan: WatchPlan,
): Promise<{ through: WatchResult; direct: WatchResult }> {
  const [through, direct] = await watchAll(upstream, [proxy, upstream], plan, () => undefined);
  return { through: checked(through, plan, 0), direct: checked(direct, plan, plan.events - changesOf(plan)) };
}

/** @returns the clients' result lines, in the order of `servers` */
async function watchAll(
  upstream: UpstreamServer,
  servers: readonly Server[],
  plan: WatchPlan,
  onStart: () => void,
): Promise<readonly unknown[]> {
  const clients = servers.map(
    ({ port, caFile }, i) =>
      new Child({
        name: `bench client ${i + 1} of ${servers.length}`,
        command: process.execPath,
        args: [CLIENT, String(port), caFile, JSON.stringify(plan)],
      }),
  );
  const line = (client: Child, key: string, timeoutMs: number): Promise<string> =>
    client.stdout.waitFor(key, (text) => text.startsWith(`{"${key}"`), timeoutMs);
  try {
    await Promise.all(clients.map((client) => line(client, 'initial', TIMEOUT_MS)));
    onStart();
    upstream.child.writeLine('go');
    const pacedMs = plan.rate > 0 ? (plan.events / plan.rate) * 1000 : 0;
    const lines = await Promise.all(clients.map((client) => line(client, 'result', pacedMs + TIMEOUT_MS)));
    return lines.map(parseJson);
  } finally {
    await Promise.all(clients.map((client) => client.stop()));
  }
}

/** @throws Error where not exactly these many heartbeats, and all changes, came */
function checked(line: unknown, plan: WatchPlan, heartbeats: number): WatchResult {
  const figure = (key: string): number => numberAt(line, 'result', key);
  const changes = changesOf(plan);
  if (figure('changes') !== changes || figure('heartbeats') !== heartbeats)
    throw new Error(
      `${figure('changes')} changes and ${figure('heartbeats')} heartbeats came ` +
        `where ${changes} and ${heartbeats} had to (${JSON.stringify(plan)})`,
    );
  return {
    cpuMicrosPerEvent: figure('cpuMicros') / plan.events,
    eventsPerSecond: (plan.events - plan.changeEvery) / (figure('elapsedMs') / 1000),
    p50Ms: figure('p50Ms'),
    p99Ms: figure('p99Ms'),
  };
}

function changesOf({ events, changeEvery }: WatchPlan): number {
  return events / changeEvery;
}

/** CPU time and the most memory of a process between two moments. */
class Meter {
  readonly #child: Child;
  #before: Usage | undefined;
  #maxRssBytes = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(child: Child) {
    this.#child = child;
  }

  start(): void {
    this.#before = this.#sample();
    this.#timer = setInterval(() => {
      // That it is gone is found by whoever waits for the result.
      if (!this.#child.hasExited) this.#sample();
    }, SAMPLE_INTERVAL_MS);
  }

  /** What was used since the start, per event. */
  read(events: number): ProxyUse {
    const after = this.#sample();
    if (this.#before === undefined) throw new Error('a meter was read that had not been started');
    return {
      cpuMicrosPerEvent: ((after.cpuSeconds - this.#before.cpuSeconds) * 1e6) / events,
      maxRssMib: this.#maxRssBytes / 2 ** 20,
    };
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #sample(): Usage {
    const usage = this.#child.usage();
    this.#maxRssBytes = Math.max(this.#maxRssBytes, usage.rssBytes);
    return usage;
  }
}
