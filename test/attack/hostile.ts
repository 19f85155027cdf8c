/** What hostile clients are made of. Failures of theirs are nobody's business. */
import { once } from 'node:events';
import { connect as connectTcp, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect, type TLSSocket } from 'node:tls';
import { ATTACKER_TOKEN, type Target } from './attack.ts';

export { sleep };

/** A TLS connection to the proxy; undefined where it was refused. */
export async function open({ port, ca }: Target): Promise<TLSSocket | undefined> {
  const socket = connect({ host: '127.0.0.1', port, ca });
  socket.on('error', () => socket.destroy());
  try {
    await Promise.race([once(socket, 'secureConnect'), refused(socket)]);
    return socket;
  } catch {
    return undefined;
  }
}

/** A plain connection to another listener; undefined where it was refused. */
export async function openPlain(port: number): Promise<Socket | undefined> {
  const socket = connectTcp({ host: '127.0.0.1', port });
  socket.on('error', () => socket.destroy());
  try {
    await Promise.race([once(socket, 'connect'), refused(socket)]);
    return socket;
  } catch {
    return undefined;
  }
}

/** Many at once, as many as are let in. */
export async function openMany(target: Target, count: number): Promise<TLSSocket[]> {
  const sockets: TLSSocket[] = [];
  // Handshakes in batches: all at once would only time out.
  for (let at = 0; at < count; at += 50) {
    const batch = await Promise.all(Array.from({ length: Math.min(50, count - at) }, () => open(target)));
    for (const socket of batch) if (socket !== undefined) sockets.push(socket);
  }
  return sockets;
}

export function get(path: string, headers: readonly string[] = [], token = ATTACKER_TOKEN): string {
  return [`GET ${path} HTTP/1.1`, 'Host: x', `Authorization: Bearer ${token}`, ...headers, '', ''].join(
    '\r\n',
  );
}

async function refused(socket: Socket): Promise<never> {
  await once(socket, 'close');
  throw new Error('closed');
}
