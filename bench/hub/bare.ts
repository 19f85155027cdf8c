/**
 * The least that a server of Node.js can do for readers, as a process of its own: TLS, the head of an answer that is always
 * the same, and each event one buffer that is written to every reader. Over HTTP/1.1 no HTTP is read at all; over HTTP/2 that is
 * node:http2. It takes bursts on stdin as upstream.ts does.
 *
 * Usage: bare.ts CERT_FILE KEY_FILE NODES json|protobuf HTTP/2|HTTP/1.1
 */
import { readFileSync } from 'node:fs';
import { createSecureServer } from 'node:http2';
import type { Server } from 'node:net';
import { createInterface } from 'node:readline';
import type { Writable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { createServer, type TLSSocket } from 'node:tls';
import { TLS_PROFILE } from '../../src/platform/tls-profile.ts';
import { numberAt, parseJson } from '../../test/support/json-value.ts';
import type { Encoding } from '../../src/lab/simulator/encoding.ts';
import { modifiedFrames } from '../end-to-end/cluster-frames.ts';
import { heartbeatBytes, markText } from '../frames.ts';
import { h2Of, transportOf } from './transport.ts';

const [certFile = '', keyFile = '', count = '', word, transport] = process.argv.slice(2);
const encoding: Encoding = word === 'json' ? 'json' : 'protobuf';
const isHttp2 = transportOf(transport) === 'HTTP/2';
const nodes = Number(count);
/** Enough for any frame. */
const FRAME_BYTES = 32 * 1024;
/** As many as a hub writes to in one turn of the event loop. */
const TURN = 100;
const HEAD = Buffer.from('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n');
const readers = new Set<Writable>();
let version = nodes;
let changes = 0;

const tls = { cert: readFileSync(certFile), key: readFileSync(keyFile), ...TLS_PROFILE };
const server: Server = isHttp2 ? http2Server() : http1Server();

function http2Server(): Server {
  const server = createSecureServer({ ...tls, ...h2Of('server') });
  server.on('secureConnection', (socket: TLSSocket) => socket.setNoDelay());
  server.on('stream', (stream) => {
    stream.respond({ ':status': 200 });
    joined(stream);
  });
  return server;
}

function http1Server(): Server {
  const server = createServer({ ...tls, ALPNProtocols: ['http/1.1'] });
  server.on('secureConnection', (socket) => {
    socket.setNoDelay();
    socket.once('data', () => {
      socket.write(HEAD);
      joined(socket);
    });
  });
  return server;
}

function joined(reader: Writable): void {
  reader.on('error', () => undefined);
  reader.once('close', () => readers.delete(reader));
  readers.add(reader);
}

function nextChunk(): Buffer {
  version++;
  const mark = markText({ change: ++changes, sentAt: process.hrtime.bigint() });
  const heartbeat = heartbeatBytes(encoding, version % 1_000_000);
  const frame = modifiedFrames(encoding, nodes)[version % nodes];
  const bytes = frame?.writeTo(Buffer.alloc(FRAME_BYTES), { resourceVersion: version, mark, heartbeat });
  if (bytes === undefined) throw new Error('no frame');
  if (isHttp2) return bytes;
  return Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from('\r\n')]);
}

async function send(events: number, rate: number): Promise<void> {
  const begun = performance.now();
  for (let sent = 1; sent <= events; sent++) {
    const waitMs = begun + (sent * 1000) / rate - performance.now();
    if (waitMs > 0) await delay(waitMs);
    const chunk = nextChunk();
    let written = 0;
    for (const reader of readers) {
      reader.write(chunk);
      if (++written % TURN === 0) await new Promise(setImmediate);
    }
  }
}

server.listen(0, '127.0.0.1', 4096, () => {
  const address = server.address();
  if (address !== null && typeof address !== 'string') console.log(JSON.stringify({ port: address.port }));
});
createInterface({ input: process.stdin })
  .on('line', (line) => {
    const burst = parseJson(line);
    const done = numberAt(burst, 'nonce');
    void send(numberAt(burst, 'events'), numberAt(burst, 'rate')).then(() =>
      console.log(JSON.stringify({ done, version, reviews: 0 })),
    );
  })
  .on('close', () => process.exit());
