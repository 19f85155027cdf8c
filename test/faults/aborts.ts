/**
 * R10: clients that come and go in every phase, by the thousand; afterwards nothing of them is left in the proxy.
 * Usage: node test/faults/aborts.ts [cycles], default 10000, half of them for each HTTP version to upstream.
 */
import assert from 'node:assert/strict';
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setTimeout as sleep } from 'node:timers/promises';
import { Agent } from 'undici';
import { writeUpstreamKubeconfig } from '../serve/harness.ts';
import { LOOPBACK } from '../support/certificates.ts';
import { abortOnce, PHASES, startAbortUpstream, type AbortUpstream } from './abort-cycle.ts';
import type { Alive } from './aborts-proxy.ts';
import { HTTP_VERSIONS, type HttpVersion } from './table.ts';

const PROXY = fileURLToPath(new URL('aborts-proxy.ts', import.meta.url));
const CONCURRENCY = 16;
/** Until code is compiled, pools are filled and the heap has found its size; part of all cycles. */
const WARM_UP = 0.5;
/** Growth of RSS allowed by R10; with fewer cycles than these it says nothing. */
const MAX_GROWTH = 0.1;
const CYCLES_FOR_RSS = 2000;
/** Pools and kept connections may be this much larger or smaller than before. */
const SLACK = 4;

/** A client that waits for ever is what this is about (milliseconds). */
const TIMEOUT_MS = 10 * 60_000;

setTimeout(() => {
  console.error('not all clients came to their end');
  process.exit(1);
}, TIMEOUT_MS).unref();
const cycles = Number(process.argv[2] ?? 10_000);
for (const http of HTTP_VERSIONS) await measure(http, Math.ceil(cycles / 2));

async function measure(http: HttpVersion, count: number): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'watchsieve-aborts-'));
  const upstream = await startAbortUpstream(http);
  const stateDir = join(directory, 'state');
  const backend = { url: `https://127.0.0.1:${upstream.port}`, caPem: LOOPBACK.ca };
  const kubeconfig = await writeUpstreamKubeconfig(directory, backend);
  const child = fork(PROXY, [kubeconfig, stateDir, http === '2' ? 'auto' : '1.1'], {
    // queryObjects() of node:v8 is experimental.
    execArgv: ['--expose-gc', '--disable-warning=ExperimentalWarning'],
  });
  try {
    const port = Number(await answerOf(child));
    const ca = await readFile(join(stateDir, 'ca.crt'), 'utf8');
    const started = performance.now();
    await abortMany(Math.ceil(count * WARM_UP), { port, ca, upstream });
    const before = await report(child);
    await abortMany(count, { port, ca, upstream });
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    const after = await settled(child, before);
    const growth = after.rssBytes / before.rssBytes - 1;
    console.log(
      `HTTP/${http}: ${count} aborts after ${Math.ceil(count * WARM_UP)} to warm up, in ${PHASES.length} phases, ${seconds} s\n` +
        `  RSS ${mib(before.rssBytes)} -> ${mib(after.rssBytes)} MiB (${(growth * 100).toFixed(1)} %), ` +
        `heap ${mib(before.heapBytes)} -> ${mib(after.heapBytes)} MiB`,
    );
    for (const [name, value] of Object.entries(after.counts))
      console.log(`  ${name}: ${before.counts[name]} -> ${value}`);
    assert.deepEqual(leftOver(before, after), [], 'something is left of clients that are gone');
    if (count >= CYCLES_FOR_RSS) assert.ok(growth <= MAX_GROWTH, 'memory has grown');
  } finally {
    child.kill('SIGKILL');
    await upstream[Symbol.asyncDispose]();
    await rm(directory, { recursive: true, force: true });
  }
}

interface Target {
  readonly port: number;
  readonly ca: string;
  readonly upstream: AbortUpstream;
}

/** Every phase gets its share; that of connecting is done by itself, since it keeps upstream from answering. */
async function abortMany(count: number, target: Target): Promise<void> {
  const connecting = Math.ceil(count / PHASES.length);
  await target.upstream.silence();
  await inParallel(connecting, (at) => abortOnce('connecting', at, target));
  target.upstream.speak();
  await answers(target);
  const others = PHASES.filter((phase) => phase !== 'connecting');
  await inParallel(count - connecting, (at) => abortOnce(others[at % others.length] ?? 'idle', at, target));
  await target.upstream.allClosed();
}

/** Waits until attempts to connect that were cut have failed, and what comes next is answered. */
async function answers({ port, ca }: Target): Promise<void> {
  const agent = new Agent({ connect: { ca }, allowH2: false });
  const version = { origin: `https://127.0.0.1:${port}`, path: '/version', method: 'GET' } as const;
  for (let answered = 0; answered < CONCURRENCY;) {
    const { statusCode, body } = await agent.request(version);
    await body.dump();
    answered = statusCode === 200 ? answered + 1 : 0;
  }
  await agent.close();
}

async function inParallel(count: number, cycle: (at: number) => Promise<void>): Promise<void> {
  let next = 0;
  const work = async (): Promise<void> => {
    while (next < count) await cycle(next++);
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, work));
}

/** Timeouts of a connection attempt, and what closes a moment later, may take their time. */
async function settled(child: ChildProcess, before: Alive): Promise<Alive> {
  let after = await report(child);
  for (let tries = 0; tries < 20 && leftOver(before, after).length > 0; tries++) {
    await sleep(250);
    after = await report(child);
  }
  return after;
}

function leftOver(before: Alive, after: Alive): string[] {
  return Object.entries(after.counts)
    .filter(([name, value]) => value > (before.counts[name] ?? 0) + (name === 'open streams' ? 0 : SLACK))
    .map(([name, value]) => `${name}: ${before.counts[name]} -> ${value}`);
}

async function report(child: ChildProcess): Promise<Alive> {
  child.send('report');
  return (await answerOf(child)) as Alive;
}

async function answerOf(child: ChildProcess): Promise<unknown> {
  const ended = once(child, 'exit').then(([code]) => {
    throw new Error(`the proxy ended: ${String(code)}`);
  });
  const answered: Promise<unknown[]> = once(child, 'message');
  return (await Promise.race([answered, ended]))[0];
}

function mib(bytes: number): string {
  return (bytes / 1024 ** 2).toFixed(1);
}
