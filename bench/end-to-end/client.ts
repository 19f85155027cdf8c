/**
 * The client of the benches, a process of its own: one watch over the protocol the server prefers (HTTP/2 of the
 * upstream, HTTP/1.1 of the proxy), as client-go would speak it. Prints one JSON line when the initial events are
 * there and one with its result, then waits for the end of stdin.
 *
 * Usage: client.ts PORT CA_FILE PLAN (a WatchPlan as JSON)
 */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { request } from 'node:http';
import { connect as connectHttp2 } from 'node:http2';
import type { Readable } from 'node:stream';
import { connect, type TLSSocket } from 'node:tls';
import { numberAt, parseJson, textAt } from '../../test/support/json-value.ts';
import { quantile } from '../measures.ts';
import { acceptOf, targetOf, type WatchPlan } from './plan.ts';
import { WatchReader } from './watch-reader.ts';

/** As much as the fastest HTTP/2 receiver in Node.js was measured with. */
const WINDOW_BYTES = 2 ** 20;

function readPlan(text: string): WatchPlan {
  const value = parseJson(text);
  return {
    encoding: textAt(value, 'encoding') === 'json' ? 'json' : 'protobuf',
    nodes: numberAt(value, 'nodes'),
    events: numberAt(value, 'events'),
    changeEvery: numberAt(value, 'changeEvery'),
    rate: numberAt(value, 'rate'),
  };
}

async function openWatch(socket: TLSSocket, plan: WatchPlan): Promise<{ status: number; body: Readable }> {
  const path = targetOf(plan);
  const accept = acceptOf(plan);
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

async function watch(port: number, caFile: string, plan: WatchPlan): Promise<void> {
  const socket = connect({
    host: '127.0.0.1',
    port,
    ca: readFileSync(caFile),
    ALPNProtocols: ['h2', 'http/1.1'],
  });
  await once(socket, 'secureConnect');
  const { status, body } = await openWatch(socket, plan);
  if (status !== 200) throw new Error(`the watch was answered with ${status}`);
  const reader = new WatchReader(plan);
  let cpuBefore: NodeJS.CpuUsage | undefined;
  body.on('data', (chunk: Buffer) => {
    reader.push(chunk);
    if (cpuBefore !== undefined || !reader.hasInitialEvents) return;
    cpuBefore = process.cpuUsage();
    console.log(JSON.stringify({ initial: true }));
  });
  await once(body, 'end');
  const cpu = process.cpuUsage(cpuBefore);
  reader.finish();
  const latencies = reader.latenciesMs.sort((a, b) => a - b);
  console.log(
    JSON.stringify({
      result: {
        changes: reader.changes,
        heartbeats: reader.heartbeats,
        bytes: reader.bytes,
        cpuMicros: cpu.user + cpu.system,
        elapsedMs: Number(reader.lastReadAt - reader.firstSentAt) / 1e6,
        p50Ms: quantile(latencies, 0.5),
        p99Ms: quantile(latencies, 0.99),
      },
    }),
  );
}

const [port = '', caFile = '', plan = ''] = process.argv.slice(2);
process.stdin.resume().once('end', () => process.exit());
try {
  await watch(Number(port), caFile, readPlan(plan));
} catch (error) {
  // On stdout: whoever waits for the result is shown its last lines.
  console.log(JSON.stringify({ failed: String(error) }));
  process.exit(1);
}
