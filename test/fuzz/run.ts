/**
 * Fuzzes: `npm run test:fuzz -- [--seed N] [--target NAME]... [--minutes M] [--inputs N] [--at N]`. Each target has a
 * thread of its own and its share of the minutes, or so many inputs. Stops with exit code 1 at the first input that
 * breaks a rule, hangs, or makes memory grow; says its seed and number, and writes it down, made small. `--at N`
 * judges that one input of a run again.
 */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import { TARGETS, targetNamed } from './targets.ts';
import type { Done, Work } from './worker.ts';

/** One input that takes longer is a hang, on a machine however busy (milliseconds). */
const HANG_MS = 30_000;
const LOOK_MS = 1000;
/** What the inputs of one target may leave behind (bytes in use after a collection). */
const MAX_GROWTH = 32 * 2 ** 20;
/** Of the whole process, from after the first target to the end. */
const MAX_RSS_GROWTH = 256 * 2 ** 20;
/** Below this an outcome may be missing by chance. */
const ENOUGH = 20_000;

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    target: { type: 'string', multiple: true },
    minutes: { type: 'string' },
    inputs: { type: 'string' },
    at: { type: 'string' },
  },
});
const seed = values.seed === undefined ? Date.now() % 2 ** 31 : numberOf('seed', values.seed);
const targets = values.target?.map(targetNamed) ?? TARGETS;
const minutes = numberOf('minutes', values.minutes ?? (values.inputs === undefined ? '2' : '600'));
const from = values.at === undefined ? 0 : numberOf('at', values.at);
const to = values.at === undefined ? numberOf('inputs', values.inputs ?? '1e9') : from + 1;
console.log(`seed ${seed}`);

let total = 0;
let rss: number | undefined;
for (const { name, promises } of targets) {
  const milliseconds = (minutes * 60_000) / targets.length;
  const done = await run({
    target: name,
    seed,
    from,
    to,
    milliseconds,
    at: new Int32Array(new SharedArrayBuffer(4)),
  });
  if (done === undefined) break;
  total += done.inputs;
  rss ??= process.memoryUsage.rss();
  console.log(shown(name, done));
  if (process.exitCode === 1) break;
  const missing = promises.filter((outcome) => !done.outcomes.some(([seen]) => seen === outcome));
  if (done.inputs >= ENOUGH && missing.length > 0) failed(`${name}: never seen: ${missing.join(', ')}`);
  if (done.growth > MAX_GROWTH) failed(`${name}: ${megabytes(done.growth)} more memory in use`);
}
const growth = process.memoryUsage.rss() - (rss ?? 0);
if (growth > MAX_RSS_GROWTH) failed(`the process grew by ${megabytes(growth)}`);
console.log(
  `${total} inputs, RSS ${megabytes(process.memoryUsage.rss())} (${megabytes(growth)} more than after the first target)`,
);

/** @returns undefined where it had to be given up */
async function run(work: Work): Promise<Done | undefined> {
  const worker = new Worker(new URL('worker.ts', import.meta.url), { workerData: work });
  const ended = Promise.withResolvers<Done | undefined>();
  worker.once('message', ended.resolve);
  worker.once('error', (error: unknown) => {
    failed(
      `${work.target}, input ${Atomics.load(work.at, 0)}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
    );
    ended.resolve(undefined);
  });
  let last = { at: -1, since: performance.now() };
  const watchdog = setInterval(() => {
    const at = Atomics.load(work.at, 0);
    if (at !== last.at) last = { at, since: performance.now() };
    // The last one is followed by the judgement on all.
    else if (performance.now() - last.since > HANG_MS && at + 1 < work.to) {
      failed(`${work.target}: input ${at} hangs: --seed ${work.seed} --target ${work.target} --at ${at}`);
      ended.resolve(undefined);
    }
  }, LOOK_MS);
  const done = await ended.promise;
  clearInterval(watchdog);
  await worker.terminate();
  if (done?.failure !== undefined) tell(done);
  return done;
}

function tell({ failure, smallest }: Done): void {
  if (failure === undefined) return;
  const file = join(mkdtempSync(join(tmpdir(), 'watchsieve-fuzz-')), failure.target);
  // On their way between threads Buffers have become plain arrays.
  const input = Buffer.from(smallest ?? failure.input);
  writeFileSync(file, input);
  failed(
    `${failure.target}: --seed ${failure.seed} --target ${failure.target} --at ${failure.at}\n${failure.message}\n` +
      `made small: ${file}\n${JSON.stringify(input.toString('latin1'))}`,
  );
}

function shown(name: string, { inputs, seconds, outcomes, growth }: Done): string {
  const counts = [...outcomes].sort(([, a], [, b]) => b - a).map(([what, count]) => `${what} ${count}`);
  return (
    `${name}: ${inputs} inputs in ${seconds.toFixed(1)} s, ${Math.round(inputs / seconds)}/s, ` +
    `${megabytes(growth)} more in use (${counts.join(', ')})`
  );
}

function failed(message: string): void {
  console.error(message);
  process.exitCode = 1;
}

function megabytes(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(1)} MiB`;
}

function numberOf(option: string, text: string): number {
  const value = Number(text);
  if (!Number.isFinite(value) || value < 0) throw new Error(`--${option} must be a number, not ${text}`);
  return value;
}
