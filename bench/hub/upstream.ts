/**
 * The API server of the hub's bench, a process of its own: Nodes that are encoded once, everybody may have them, and each
 * line on stdin is a burst of events for all watches there are: `{"nonce":I,"events":N,"rate":R,"changeEvery":C}`, rate 0 as fast
 * as they are taken, changeEvery 0 for none. `{"done":I,...}` on stdout tells that they are out.
 *
 * Usage: upstream.ts CERT_FILE KEY_FILE NODES
 */
import { readFileSync } from 'node:fs';
import { ServerResponse } from 'node:http';
import { createSecureServer } from 'node:http2';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import type { Writable } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import { type Encoding, ENCODERS } from '../../src/lab/simulator/encoding.ts';
import { numberAt, parseJson } from '../../test/support/json-value.ts';
import { listBody, modifiedFrames } from '../end-to-end/cluster-frames.ts';
import { encodingOf } from '../end-to-end/plan.ts';
import { heartbeatBytes, markText, resourceVersion } from '../frames.ts';

const [certFile = '', keyFile = '', count = ''] = process.argv.slice(2);
const nodes = Number(count);
const watches: Record<Encoding, Set<Writable>> = { json: new Set(), protobuf: new Set() };
/** Enough for any frame. */
const FRAME_BYTES = 32 * 1024;
const MOST_QUEUED_BYTES = 1024 * 1024;
let version = nodes;
let changes = 0;
let reviews = 0;
const marks: (string | undefined)[] = [];

const server = createSecureServer({
  ...{ cert: readFileSync(certFile), key: readFileSync(keyFile), allowHTTP1: true },
  settings: { maxConcurrentStreams: 100_000 },
});
server.on('secureConnection', (socket: TLSSocket) => socket.setNoDelay());
server.on('request', (request, response) => {
  const { pathname, searchParams: query } = new URL(request.url, 'https://upstream');
  const { accept = '' } = request.headers;
  const encoding = encodingOf(accept);
  const out: Writable = request.httpVersionMajor === 2 ? response.stream : response;
  out.on('error', () => undefined);
  const json = (status: number, body: unknown): void => {
    response.writeHead(status, { 'content-type': 'application/json' });
    out.end(JSON.stringify(body));
  };
  if (pathname.endsWith('/selfsubjectaccessreviews')) {
    reviews++;
    request.resume();
    json(201, { kind: 'SelfSubjectAccessReview', status: { allowed: true } });
  } else if (query.has('watch')) {
    response.writeHead(200, { 'content-type': ENCODERS[encoding].watchContentType });
    // nginx would hold the head of an answer over HTTP/2 until bytes follow. Readers look only for marks.
    if (response instanceof ServerResponse) response.write('\n');
    if (pathname !== '/api/v1/nodes') return;
    if (query.get('resourceVersion') !== String(resourceVersion(version)))
      throw new Error('a watch from where nobody is');
    watches[encoding].add(out);
    out.once('close', () => watches[encoding].delete(out));
  } else if (pathname !== '/api/v1/nodes') json(200, { reviews });
  else if (query.get('resourceVersionMatch') === 'Exact') json(504, {});
  else if (query.has('limit')) {
    const metadata = { resourceVersion: String(resourceVersion(version)) };
    json(200, { kind: 'PartialObjectMetadataList', apiVersion: 'meta.k8s.io/v1', metadata, items: [] });
  } else {
    if (version !== nodes) throw new Error('a list of what has changed since');
    response.writeHead(200, { 'content-type': ENCODERS[encoding].contentType });
    out.end(listBody(encoding, nodes, false));
  }
});

async function send(events: number, rate: number, changeEvery: number): Promise<void> {
  const begun = performance.now();
  for (let sent = 1; sent <= events; sent++) {
    if (rate > 0) {
      const waitMs = begun + (sent * 1000) / rate - performance.now();
      if (waitMs > 0) await delay(waitMs);
    }
    version++;
    const index = version % nodes;
    if (changeEvery > 0 && sent % changeEvery === 0)
      marks[index] = markText({ change: ++changes, sentAt: process.hrtime.bigint() });
    for (const encoding of ['json', 'protobuf'] as const) await broadcast(encoding, index);
  }
}

async function broadcast(encoding: Encoding, index: number): Promise<void> {
  const all = watches[encoding];
  if (all.size === 0) return;
  const frame = modifiedFrames(encoding, nodes)[index];
  const heartbeat = heartbeatBytes(encoding, version % 1_000_000);
  const patch = { resourceVersion: version, mark: marks[index], heartbeat };
  const bytes = frame?.writeTo(Buffer.allocUnsafeSlow(FRAME_BYTES), patch);
  for (const watch of all) watch.write(bytes);
  while ([...all].some(({ writableLength }) => writableLength > MOST_QUEUED_BYTES)) await delay(1);
}

server.listen(0, '127.0.0.1', 4096, () => {
  const address = server.address();
  // Made before anybody asks, so that it is in nobody's time.
  for (const encoding of ['json', 'protobuf'] as const) listBody(encoding, nodes, false);
  if (address !== null && typeof address !== 'string') console.log(JSON.stringify({ port: address.port }));
});
createInterface({ input: process.stdin })
  .on('line', (line) => {
    const burst = parseJson(line);
    const [events, rate, every] = [
      numberAt(burst, 'events'),
      numberAt(burst, 'rate'),
      numberAt(burst, 'changeEvery'),
    ];
    const done = numberAt(burst, 'nonce');
    void send(events, rate, every).then(() => console.log(JSON.stringify({ done, version, reviews })));
  })
  .on('close', () => process.exit());
