/** An HTTP/1.1 server of bare bytes: what exactly is received, and answers that no library would send. */
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';
import { createServer, type TLSSocket } from 'node:tls';
import { LOOPBACK } from './certificates.ts';

/** What has come over all connections. */
export interface Received {
  readonly text: string;
  /** Whether a connection has been closed. */
  readonly isClosed: boolean;
  readonly connections: number;
}

/** Starts one on a free port of 127.0.0.1; `onFirst` hears of the first bytes of each connection. */
export async function startRawHttp1(
  t: TestContext,
  onFirst?: (socket: TLSSocket) => void,
): Promise<{ readonly port: number; readonly received: Received }> {
  const received = { text: '', isClosed: false, connections: 0 };
  const sockets: TLSSocket[] = [];
  const server = createServer({ ...LOOPBACK.tls, ALPNProtocols: ['http/1.1'] }, (socket) => {
    sockets.push(socket);
    received.connections += 1;
    socket.on('error', () => socket.destroy());
    socket.on('data', (chunk: Buffer) => (received.text += chunk.toString('latin1')));
    socket.once('data', () => onFirst?.(socket));
    socket.once('close', () => (received.isClosed = true));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return { port: (server.address() as AddressInfo).port, received };
}
