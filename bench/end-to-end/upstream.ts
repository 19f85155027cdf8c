/**
 * The upstream of the benches, a process of its own that costs little next to what is measured: it answers watches
 * and lists of Nodes over HTTP/2 and HTTP/1.1 with bytes encoded once. A watch waits after its warm-up for the line
 * `go` on stdin, which starts all that wait; `{"waiting":N}` on stdout says how many have come so far.
 * A line with a plan (JSON) is for watches that bring none, as those of an informer.
 *
 * Usage: upstream.ts CERT_FILE KEY_FILE
 */
import { readFileSync } from 'node:fs';
import { createSecureServer } from 'node:http2';
import { createInterface } from 'node:readline';
import type { Writable } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import { ENCODERS } from '../../src/lab/simulator/encoding.ts';
import { parseJson } from '../../test/support/json-value.ts';
import { listBody } from './cluster-frames.ts';
import { encodingOf, parsePlan, planOf, type WatchPlan } from './plan.ts';
import { sendWatch } from './send-watch.ts';

let go = Promise.withResolvers<undefined>();
let waiting = 0;
let defaultPlan: WatchPlan | undefined;

function onWaiting(): Promise<undefined> {
  waiting += 1;
  console.log(JSON.stringify({ waiting }));
  return go.promise;
}

const [certFile = '', keyFile = ''] = process.argv.slice(2);
const server = createSecureServer({
  cert: readFileSync(certFile),
  key: readFileSync(keyFile),
  allowHTTP1: true,
});
server.on('secureConnection', (socket: TLSSocket) => socket.setNoDelay());
server.on('request', (request, response) => {
  const { pathname, searchParams: query } = new URL(request.url, 'https://upstream');
  const { accept = '', 'accept-encoding': coding = '' } = request.headers;
  const encoding = encodingOf(accept);
  // Not through the compatibility layer, which only HTTP/2 has.
  const out: Writable = request.httpVersionMajor === 2 ? response.stream : response;
  // A client that goes away in the middle ends its stream with an error; the bench sees it on its own side.
  out.on('error', () => undefined);
  if (pathname !== '/api/v1/nodes') {
    response.writeHead(200, { 'content-type': 'application/json' });
    out.end('{}');
  } else if (query.get('watch') === 'true') {
    const own = planOf(query, encoding);
    const plan = own ?? defaultPlan;
    if (plan === undefined) throw new Error('a watch without a plan');
    response.writeHead(200, { 'content-type': ENCODERS[encoding].watchContentType });
    void sendWatch(out, { ...plan, encoding }, onWaiting).then(() => {
      // An informer would only ask again.
      if (own !== undefined) out.end();
    });
  } else {
    const nodes = Number(query.get('nodes') ?? defaultPlan?.nodes);
    const isGzip = coding.includes('gzip');
    const body = listBody(encoding, nodes, isGzip);
    // Without a length, as the API server sends lists: their end is only told by the end.
    response.writeHead(200, {
      'content-type': ENCODERS[encoding].contentType,
      ...(isGzip && { 'content-encoding': 'gzip' }),
    });
    out.end(body);
  }
});
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  if (address !== null && typeof address !== 'string') console.log(JSON.stringify({ port: address.port }));
});
createInterface({ input: process.stdin })
  .on('line', (line) => {
    if (line !== 'go') {
      defaultPlan = parsePlan(parseJson(line));
      return;
    }
    go.resolve(undefined);
    go = Promise.withResolvers();
  })
  .on('close', () => process.exit());
