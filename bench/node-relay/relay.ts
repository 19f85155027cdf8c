/**
 * The least that a proxy of Node.js can do, as a process of its own: bytes that arrive are written on as they are, by one
 * `data` handler, with back-pressure and nothing else. `tls` joins two TLS sockets, so HTTP/1.1 passes unread; `http`
 * reads HTTP/2 by node:http2 and answers in HTTP/1.1 with chunks by node:https, as watchsieve does.
 *
 * Usage: relay.ts tls|http UPSTREAM_PORT CA_FILE CERT_FILE KEY_FILE
 */
import { readFileSync } from 'node:fs';
import { connect as connectHttp2 } from 'node:http2';
import { createServer as createHttpServer } from 'node:https';
import type { Readable, Writable } from 'node:stream';
import { connect, createServer, type TLSSocket } from 'node:tls';
import { TLS_PROFILE } from '../../src/platform/tls-profile.ts';
import { h2Of, WINDOW_BYTES } from '../hub/transport.ts';

const [kind, upstreamPort = '', caFile = '', certFile = '', keyFile = ''] = process.argv.slice(2);
const UPSTREAM = { host: '127.0.0.1', servername: 'localhost', port: Number(upstreamPort) };
const ca = readFileSync(caFile);

function passOn(from: Readable, to: Writable): void {
  from.on('data', (chunk: Buffer) => {
    if (!to.write(chunk)) from.pause();
  });
  to.on('drain', () => from.resume());
  from.once('end', () => to.end());
  from.on('error', () => to.destroy());
  to.once('close', () => from.destroy());
}

function relaySockets(client: TLSSocket): void {
  const upstream = connect({ ...UPSTREAM, ca, ALPNProtocols: ['http/1.1'] }).setNoDelay();
  passOn(client.setNoDelay(), upstream);
  passOn(upstream, client);
}

function httpServer(): ReturnType<typeof createHttpServer> {
  const session = connectHttp2(`https://localhost:${upstreamPort}`, {
    createConnection: () => connect({ ...UPSTREAM, ca, ALPNProtocols: ['h2'] }).setNoDelay(),
    ...h2Of('client'),
  });
  session.once('connect', () => session.setLocalWindowSize(WINDOW_BYTES));
  return createHttpServer(tls, ({ url, headers: { accept } }, response) => {
    const body = session.request({ ':path': url, accept });
    body.once('response', (headers) => {
      response.writeHead(headers[':status'] ?? 0, { 'content-type': headers['content-type'] });
      response.flushHeaders();
      passOn(body, response);
    });
  });
}

const tls = {
  ...TLS_PROFILE,
  cert: readFileSync(certFile),
  key: readFileSync(keyFile),
  ALPNProtocols: ['http/1.1'],
};
const server = kind === 'tls' ? createServer(tls, relaySockets) : httpServer();
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  if (address !== null && typeof address !== 'string') console.log(JSON.stringify({ port: address.port }));
});
process.stdin.resume().once('end', () => process.exit());
