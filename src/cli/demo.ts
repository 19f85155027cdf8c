/**
 * `watchsieve demo` (R32): a miniature cluster with two clients side by side, one connected directly and one through
 * the proxy. This module decides the order of events and the exit code.
 */
import { once } from 'node:events';
import { type DemoOptions, parseDemoOptions } from '../lab/demo/options.ts';
import { createDemoOutput } from './demo-output.ts';
import { startDemoProxy, type StartDemoProxy } from '../lab/demo/proxy.ts';
import { renderHeading, renderSummary } from '../lab/demo/screen.ts';
import { NotForDemo, recordedCluster } from '../lab/demo/recorded.ts';
import { type DemoSides, openSides } from '../lab/demo/sides.ts';
import { simulatedCluster } from '../lab/demo/simulated.ts';
import { arrivedOnBoth, type DemoFiles, type DemoView, type Sample } from '../lab/demo/view.ts';
import { recordingIn } from './recording-file.ts';
import { SettingsProblem } from '../config/settings-problem.ts';
import { EXIT } from './exit-codes.ts';
import { within } from '../platform/within.ts';
import type { DemoCluster } from '../lab/demo/cluster.ts';
import type { TextOutput } from './io.ts';
import { concluded } from './endings.ts';

export interface DemoIo {
  readonly stdout: TextOutput;
  readonly stderr: TextOutput;
  /** Aborted when the user ends the demo. */
  readonly signal: AbortSignal;
}

export interface DemoParts {
  readonly startProxy: StartDemoProxy;
  readonly changesEverySeconds: number;
  /** How long to wait for changes that are still on their way after the end. */
  readonly stragglersMs: number;
}

const PARTS: DemoParts = { startProxy: startDemoProxy, changesEverySeconds: 2.5, stragglersMs: 3000 };
/** The time span over which rates are averaged. */
const RATE_WINDOW_MS = 5000;

/** Runs the demo. @returns the exit code: 1 if a real change was lost or something failed */
export async function runDemo(
  argv: readonly string[],
  io: DemoIo,
  parts: Partial<DemoParts> = {},
): Promise<number> {
  const act = (options: DemoOptions) => runWith(options, io, { ...PARTS, ...parts });
  return concluded(io, 'demo', parseDemoOptions(argv), act, 'watchsieve demo');
}

async function startCluster(
  { source }: DemoOptions,
  { changesEverySeconds }: DemoParts,
): Promise<DemoCluster> {
  if (!('recording' in source)) return simulatedCluster({ ...source, changesEverySeconds });
  const recording = await recordingIn(source.recording);
  try {
    return await recordedCluster(recording);
  } catch (cause) {
    if (!(cause instanceof NotForDemo)) throw cause;
    throw new SettingsProblem(`${source.recording}: ${cause.message}`, { cause });
  }
}

async function runWith(options: DemoOptions, io: DemoIo, parts: DemoParts): Promise<number> {
  // Warnings of the proxy are printed last, because they would spoil the drawing on a terminal.
  const warnings: string[] = [];
  const cleanups: (() => Promise<void>)[] = [];
  try {
    const cluster = await startCluster(options, parts);
    cleanups.unshift(() => cluster.close());
    const { kubeconfigPath, tokenFile, proxyStateDir } = cluster;
    const proxy = await parts.startProxy({
      upstreamKubeconfigPath: kubeconfigPath,
      tokenFile,
      stateDir: proxyStateDir,
      log: (line) => warnings.push(line),
    });
    cleanups.unshift(() => proxy.close());
    const files = {
      directKubeconfigPath: kubeconfigPath,
      proxiedKubeconfigPath: proxy.kubeconfigPath,
      tokenFile,
    };
    const sides = await openSides(files, cluster.barrier);
    cleanups.unshift(() => sides.stop());
    return await show({ options, io, parts, cluster, sides, files, pageUrl: proxy.pageUrl });
  } finally {
    for (const cleanUp of cleanups) await cleanUp();
    for (const line of warnings) io.stderr.write(line);
  }
}

interface Demo {
  readonly options: DemoOptions;
  readonly io: DemoIo;
  readonly parts: DemoParts;
  readonly cluster: DemoCluster;
  readonly sides: DemoSides;
  readonly pageUrl: string | undefined;
  readonly files: DemoFiles;
}

/** Sends heartbeats and draws until the end, waits for late changes, and prints the summary. */
async function show({ options, io, parts, cluster, sides, pageUrl, files }: Demo): Promise<number> {
  const start = sides.sample();
  const samples: Sample[] = [start];
  const view = (): DemoView => {
    const now = sides.sample();
    return {
      title: cluster.title,
      elapsedMs: now.atMs - start.atMs,
      now,
      before: samples[0] ?? start,
      changes: sides.changes.views(),
      pageUrl,
      files,
    };
  };
  const output = createDemoOutput(io.stdout, renderHeading(cluster.title, pageUrl, files));
  sides.changes.onArrival((change) => output.arrived(change));
  const drawing = setInterval(() => {
    const shown = view();
    output.draw(shown);
    samples.push(shown.now);
    if (samples.length > RATE_WINDOW_MS / output.intervalMs) samples.shift();
  }, output.intervalMs);
  const play = cluster.play((change) => sides.changes.made(change, performance.now()));
  try {
    await Promise.race([untilEnd(options.durationMs, io.signal), sides.failed, play.ended]);
  } finally {
    play.stop();
    clearInterval(drawing);
    output.end();
  }
  await within(parts.stragglersMs, sides.changes.allArrived());
  await sides.settle(parts.stragglersMs);
  const last = view();
  io.stdout.write(`${renderSummary(last)}\n`);
  return arrivedOnBoth(last.changes) === last.changes.length ? EXIT.fine : EXIT.failed;
}

/** Resolves when the user ends the demo or its duration is over. */
async function untilEnd(durationMs: number | undefined, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  const aborted = once(signal, 'abort');
  if (durationMs === undefined) await aborted;
  else await within(durationMs, aborted);
}
