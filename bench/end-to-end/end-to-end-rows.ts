/** The rows from end to end (R37, R39): TLS on both sides, one stream, every process on this machine. */
import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Encoding } from '../../src/simulator/encoding.ts';
import type { Measure, Unit } from '../measures.ts';
import type { WatchPlan } from './plan.ts';
import { startProxy, type UpstreamServer } from './server.ts';
import { watchBoth, watchDirectly, watchThrough } from './watch-run.ts';

const ENCODINGS = ['json', 'protobuf'] as const;
/** Where start-up's garbage has been collected or never will be. */
const IDLE_AFTER_MS = 500;

/** How much work one repeat is. */
export interface EndToEndSize {
  readonly nodes: number;
  readonly flatOutEvents: number;
  /** Paced runs: events a second, and for how long; a run under a few seconds is lost in the clock ticks of /proc. */
  readonly paced: readonly { readonly rate: number; readonly seconds: number }[];
  readonly latencySeconds: number;
}

export interface EndToEndOptions {
  /** The built program. */
  readonly program: string;
  readonly upstream: UpstreamServer;
  /** For state directories. */
  readonly folder: string;
  readonly size: EndToEndSize;
}

/** The rest are heartbeats. */
const CHANGE_EVERY = 100;
/** Latency is that of changes: one in five gives enough of them for a p99. */
const LATENCY_RATE = 500;
const LATENCY_CHANGE_EVERY = 5;

const START = 'start to /readyz (R39)';
const FLAT_OUT = 'flat out, 99 % heartbeats, per event sent by upstream (R37)';
const PACED = 'paced, 99 % heartbeats, per event sent by upstream (R37)';
const LATENCY = `latency of changes at ${LATENCY_RATE} events/s, upstream to client (R39)`;
const MEMORY = 'memory, RSS (R39)';

/** One repeat of every row. */
export async function endToEndRows(options: EndToEndOptions): Promise<Measure[]> {
  const measures = await startAndIdle(options);
  for (const encoding of ENCODINGS) {
    // A process for each, or one run's heap and machine code would be the next one's.
    measures.push(...(await flatOut(options, encoding)));
    for (const pace of options.size.paced) measures.push(...(await paced(options, encoding, pace)));
    measures.push(...(await addedLatency(options, encoding)));
  }
  return measures;
}

async function startAndIdle({ program, upstream, folder }: EndToEndOptions): Promise<Measure[]> {
  const stateDir = await mkdtemp(join(folder, 'state-'));
  const first = await startProxy(program, upstream, stateDir);
  await first.child.stop();
  const second = await startProxy(program, upstream, stateDir);
  try {
    await delay(IDLE_AFTER_MS);
    const start = rowsOf(START, '');
    return [
      start('certificates made anew', 'ms', first.startMs),
      start('certificates there', 'ms', second.startMs),
      rowsOf(MEMORY, '')('idle', 'MiB', second.child.usage().rssBytes / 2 ** 20),
    ];
  } finally {
    await second.child.stop();
  }
}

async function flatOut(options: EndToEndOptions, encoding: Encoding): Promise<Measure[]> {
  const { upstream, size } = options;
  const plan = planFor(options, { encoding, events: size.flatOutEvents });
  return withProxy(options, async (proxy) => {
    const receiving = await watchDirectly(upstream, plan);
    const through = await watchThrough(proxy, upstream, plan);
    const cpu = through.proxy.cpuMicrosPerEvent;
    const row = rowsOf(FLAT_OUT, encoding);
    return [
      row('proxy: CPU', 'µs', cpu),
      row('receiving only (client, directly): CPU', 'µs', receiving.cpuMicrosPerEvent),
      row('proxy ÷ receiving only: CPU', '×', cpu / receiving.cpuMicrosPerEvent),
      row('through the proxy: rate', 'events/s', through.watch.eventsPerSecond),
      row('directly: rate', 'events/s', receiving.eventsPerSecond),
      rowsOf(MEMORY, encoding)('flat out, most', 'MiB', through.proxy.maxRssMib),
    ];
  });
}

async function paced(
  options: EndToEndOptions,
  encoding: Encoding,
  { rate, seconds }: { readonly rate: number; readonly seconds: number },
): Promise<Measure[]> {
  const plan = planFor(options, { encoding, events: roundTo(rate * seconds, CHANGE_EVERY), rate });
  return withProxy(options, async (proxy) => {
    const through = await watchThrough(proxy, options.upstream, plan);
    const row = rowsOf(PACED, encoding);
    return [
      row(`proxy: CPU at ${rate} events/s`, 'µs', through.proxy.cpuMicrosPerEvent),
      rowsOf(MEMORY, encoding)(`at ${rate} events/s, most`, 'MiB', through.proxy.maxRssMib),
    ];
  });
}

async function addedLatency(options: EndToEndOptions, encoding: Encoding): Promise<Measure[]> {
  const plan = planFor(options, {
    encoding,
    events: roundTo(LATENCY_RATE * options.size.latencySeconds, LATENCY_CHANGE_EVERY),
    changeEvery: LATENCY_CHANGE_EVERY,
    rate: LATENCY_RATE,
  });
  return withProxy(options, async (proxy) => {
    const { through, direct } = await watchBoth(proxy, options.upstream, plan);
    const row = rowsOf(LATENCY, encoding);
    return [
      row('directly, p50', 'ms', direct.p50Ms),
      row('directly, p99', 'ms', direct.p99Ms),
      row('added by the proxy, p50', 'ms', through.p50Ms - direct.p50Ms),
      row('added by the proxy, p99', 'ms', through.p99Ms - direct.p99Ms),
    ];
  });
}

async function withProxy(
  { program, upstream, folder }: EndToEndOptions,
  run: (proxy: Awaited<ReturnType<typeof startProxy>>) => Promise<Measure[]>,
): Promise<Measure[]> {
  const proxy = await startProxy(program, upstream, await mkdtemp(join(folder, 'state-')));
  try {
    return await run(proxy);
  } finally {
    await proxy.child.stop();
  }
}

function planFor(
  { size: { nodes } }: EndToEndOptions,
  plan: Pick<WatchPlan, 'encoding' | 'events'> & Partial<WatchPlan>,
): WatchPlan {
  return { nodes, changeEvery: CHANGE_EVERY, rate: 0, ...plan };
}

function roundTo(events: number, multiple: number): number {
  return Math.max(1, Math.round(events / multiple)) * multiple;
}

function rowsOf(
  group: string,
  encoding: Measure['encoding'],
): (row: string, unit: Unit, value: number) => Measure {
  return (row, unit, value) => ({ group, row, encoding, unit, value });
}
