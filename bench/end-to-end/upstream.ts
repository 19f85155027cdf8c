/**
 * The upstream of the benches, a process of its own: an HTTP/2 server that answers watches with frames encoded
 * once and patched in place, so that it costs little next to what is measured. After the ADDED events each watch
 * waits for a line on stdin, which starts all that wait.
 *
 * Usage: upstream.ts CERT_FILE KEY_FILE
 */
import { readFileSync } from 'node:fs';
import { createSecureServer, type ServerHttp2Stream } from 'node:http2';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { ENCODERS } from '../../src/simulator/encoding.ts';
import type { Encoding } from '../../src/simulator/encoding.ts';
import { BenchFrame, benchNode } from '../frames.ts';
import { planOf, type WatchPlan } from './plan.ts';

/** More than one socket write holds, far less than all frames: one is never patched while it waits to be sent. */
const MAX_QUEUED_BYTES = 256 * 1024;
const MS_PER_SECOND = 1000;

interface NodeFrames {
  readonly added: BenchFrame;
  readonly modified: BenchFrame;
}

const framesByEncoding: Record<Encoding, NodeFrames[]> = { json: [], protobuf: [] };
let go = Promise.withResolvers<undefined>();

/** The frames of the first Nodes, made when first asked for. */
function nodeFrames(encoding: Encoding, nodes: number): readonly NodeFrames[] {
  const frames = framesByEncoding[encoding];
  for (let index = frames.length; index < nodes; index++) {
    const node = benchNode(index);
    frames.push({
      added: BenchFrame.of('ADDED', node, encoding),
      modified: BenchFrame.of('MODIFIED', node, encoding),
    });
  }
  return frames.slice(0, nodes);
}

async function sendWatch(stream: ServerHttp2Stream, plan: WatchPlan): Promise<void> {
  const frames = nodeFrames(plan.encoding, plan.nodes);
  // Each stream patches frames of its own: streams are at different events.
  const modified = frames.map((frame) => frame.modified.copy());
  const started = go.promise;
  stream.respond({ ':status': 200, 'content-type': ENCODERS[plan.encoding].watchContentType });
  for (const { added } of frames) {
    if (stream.destroyed) return;
    await send(stream, added);
  }
  await started;
  const startedAt = performance.now();
  for (let event = 1; event <= plan.events; event++) {
    if (plan.rate > 0) {
      const waitMs = startedAt + (event * MS_PER_SECOND) / plan.rate - performance.now();
      if (waitMs > 0) await delay(waitMs);
    }
    const frame = modified[event % plan.nodes];
    if (frame === undefined || stream.destroyed) return;
    frame.setResourceVersion(plan.nodes + event);
    if (event % plan.changeEvery === 0)
      frame.setMark({ change: event / plan.changeEvery, sentAt: process.hrtime.bigint() });
    await send(stream, frame);
  }
  stream.end();
}

/** Resolves at once while there is room. */
function send(stream: ServerHttp2Stream, { bytes }: BenchFrame): Promise<void> | undefined {
  if (stream.write(bytes) || stream.writableLength < MAX_QUEUED_BYTES) return undefined;
  return new Promise((resolve) => {
    const done = (): void => {
      stream.off('drain', done).off('close', done);
      resolve();
    };
    stream.on('drain', done).on('close', done);
  });
}

const [certFile = '', keyFile = ''] = process.argv.slice(2);
const server = createSecureServer({ cert: readFileSync(certFile), key: readFileSync(keyFile) });
server.on('stream', (stream, headers) => {
  // A client that goes away in the middle ends its stream with an error; the bench sees it on its own side.
  stream.on('error', () => undefined);
  const plan = planOf(headers[':path'] ?? '/', headers.accept ?? '');
  if (plan === undefined) {
    stream.respond({ ':status': 200, 'content-type': 'application/json' });
    stream.end('{}');
  } else void sendWatch(stream, plan);
});
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  if (address !== null && typeof address !== 'string') console.log(JSON.stringify({ port: address.port }));
});
createInterface({ input: process.stdin })
  .on('line', () => {
    go.resolve(undefined);
    go = Promise.withResolvers();
  })
  .on('close', () => process.exit());
