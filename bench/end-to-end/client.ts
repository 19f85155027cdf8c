/**
 * The client of the benches, a process of its own: watches over the protocol that the server prefers (HTTP/2 of the
 * upstream, HTTP/1.1 of every proxy), each on a connection of its own, and only counts. Prints one JSON line when
 * all are through their warm-up and one with the results, then waits for the end of stdin.
 *
 * Usage: client.ts PORT CA_FILE JOBS (a list of WatchJobs as JSON)
 */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { request } from 'node:http';
import { connect as connectHttp2 } from 'node:http2';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { connect, type TLSSocket } from 'node:tls';
import { listAt, parseJson, valueAt } from '../../test/support/json-value.ts';
import { quantile } from '../measures.ts';
import { acceptOf, parsePlan, targetOf, type WatchPlan } from './plan.ts';
import { WatchReader } from './watch-reader.ts';

/** As much as the fastest HTTP/2 receiver in Node.js was measured with. */
const WINDOW_BYTES = 2 ** 20;
/** How long a slow watch takes over each chunk. */
const SLOW_MS = 200;

interface Job {
  readonly plan: WatchPlan;
  /** Reads slowly after its warm-up, and is not waited for. */
  readonly isSlow: boolean;
}

async function openWatch(
  socket: TLSSocket,
  plan: WatchPlan,
): Promise<{ readonly status: number; readonly body: Readable }> {
  const path = targetOf(plan);
  const accept = acceptOf(plan.encoding);
  if (socket.alpnProtocol === 'h2') {
    const session = connectHttp2('https://127.0.0.1', {
      createConnection: () => socket,
      settings: { initialWindowSize: WINDOW_BYTES },
    });
    await once(session, 'connect');
    session.setLocalWindowSize(WINDOW_BYTES);
    const body = session.request({ ':path': path, accept });
    const { promise, resolve } = Promise.withResolvers<number>();
    body.once('response', (headers) => resolve(headers[':status'] ?? 0));
    return { status: await promise, body };
  }
  const { promise, resolve, reject } = Promise.withResolvers<{ status: number; body: Readable }>();
  request({ createConnection: () => socket, path, headers: { host: '127.0.0.1', accept } })
    .once('response', (response) => resolve({ status: response.statusCode ?? 0, body: response }))
    .once('error', reject)
    .end();
  return promise;
}

/** One watch, from its opening on. */
class Watch {
  readonly reader: WatchReader;
  readonly isSlow: boolean;
  readonly #body: Readable;

  constructor(body: Readable, { plan, isSlow }: Job) {
    this.reader = new WatchReader(plan);
    this.isSlow = isSlow;
    this.#body = body;
  }

  static async open(port: number, ca: Buffer, job: Job): Promise<Watch> {
    const socket = connect({ host: '127.0.0.1', port, ca, ALPNProtocols: ['h2', 'http/1.1'] });
    await once(socket, 'secureConnect');
    const { status, body } = await openWatch(socket, job.plan);
    // The answer says which bound, or what of upstream, it was.
    if (status !== 200) throw new Error(`the watch was answered with ${status}: ${await text(body)}`);
    return new Watch(body, job);
  }

  /** @param onWarm called once, after the warm-up */
  read(onWarm: () => void): void {
    let isWarm = false;
    this.#body.on('data', (chunk: Buffer) => {
      this.reader.push(chunk);
      if (!isWarm && this.reader.isWarm) {
        isWarm = true;
        onWarm();
      } else if (isWarm && this.isSlow) {
        this.#body.pause();
        setTimeout(() => this.#body.resume(), SLOW_MS);
      }
    });
  }

  async ended(): Promise<void> {
    await once(this.#body, 'end');
    this.reader.finish();
  }
}

async function run(port: number, caFile: string, jobs: readonly Job[]): Promise<void> {
  const ca = readFileSync(caFile);
  const watches = await Promise.all(jobs.map((job) => Watch.open(port, ca, job)));
  const quick = watches.filter(({ isSlow }) => !isSlow);
  let cpuBefore = process.cpuUsage();
  let cold = watches.length;
  for (const watch of watches)
    watch.read(() => {
      cold -= 1;
      if (cold > 0) return;
      cpuBefore = process.cpuUsage();
      console.log(JSON.stringify({ warm: true }));
    });
  await Promise.all(quick.map((watch) => watch.ended()));
  const cpu = process.cpuUsage(cpuBefore);
  const latencies = quick.flatMap(({ reader }) => reader.latenciesMs).sort((a, b) => a - b);
  const result = {
    watches: quick.map(({ reader }) => ({
      changes: reader.changes,
      heartbeats: reader.heartbeats,
      elapsedMs: Number(reader.lastReadAt - reader.firstSentAt) / 1e6,
    })),
    cpuMicros: cpu.user + cpu.system,
    p50Ms: quantile(latencies, 0.5),
    p99Ms: quantile(latencies, 0.99),
  };
  console.log(JSON.stringify({ result }));
}

function parseJobs(text: string): Job[] {
  return listAt({ jobs: parseJson(text) }, 'jobs').map((job) => ({
    plan: parsePlan(valueAt(job, 'plan')),
    isSlow: valueAt(job, 'isSlow') === true,
  }));
}

const [port = '', caFile = '', jobs = ''] = process.argv.slice(2);
process.stdin.resume().once('end', () => process.exit());
try {
  await run(Number(port), caFile, parseJobs(jobs));
} catch (error) {
  // On stdout: whoever waits for the result is shown its last lines.
  console.log(JSON.stringify({ failed: String(error) }));
  process.exit(1);
}
