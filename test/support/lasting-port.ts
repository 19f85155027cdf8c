/**
 * Ports for servers that go and come back: a port that the kernel chose may be given to somebody else meanwhile, even as
 * the local end of an outgoing connection. A client that retries a refused connection can so take the very port it asks.
 */
import { once } from 'node:events';
import { randomInt } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:net';

/** Above the ports of most services, and watchsieve's own defaults. */
const LOWEST = 20_000;
/** Where Linux begins to choose by itself unless told otherwise; other systems begin at 49152. */
const USUAL_EPHEMERAL = 32_768;
const ATTEMPTS = 20;

/**
 * A free port on 127.0.0.1 from below those that the kernel gives away by itself, so that it is still free after its
 * server has stopped. Programs that cannot take port 0 are given one too.
 */
export async function lastingPort(): Promise<number> {
  const end = await lowestEphemeralPort();
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const port = randomInt(LOWEST, end);
    if (await isFree(port)) return port;
  }
  throw new Error(`${ATTEMPTS} random ports between ${LOWEST} and ${end} are all taken`);
}

async function lowestEphemeralPort(): Promise<number> {
  const text = await readFile('/proc/sys/net/ipv4/ip_local_port_range', 'utf8').catch(() => '');
  const lowest = Number.parseInt(text, 10);
  // A machine that gives nearly all of its ports away leaves none that lasts.
  return lowest > LOWEST + 1_000 ? lowest : USUAL_EPHEMERAL;
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer().listen(port, '127.0.0.1');
  try {
    await once(server, 'listening');
  } catch {
    return false;
  }
  await once(server.close(), 'close');
  return true;
}
