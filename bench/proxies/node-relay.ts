/** The floor of a proxy in Node.js: bench/node-relay. */
import { fileURLToPath } from 'node:url';
import { Child } from '../../test/support/child.ts';
import { numberAt, parseJson } from '../../test/support/json-value.ts';
import type { UpstreamServer } from '../end-to-end/server.ts';
import type { ProxyServer } from './proxy.ts';

const PROGRAM = fileURLToPath(new URL('../node-relay/relay.ts', import.meta.url));
const START_TIMEOUT_MS = 20_000;

/** Each kind, and what its rows are called. */
export const NODE_RELAYS = [
  ['tls', 'bare relay in Node.js'],
  ['http', 'bare relay in Node.js, HTTP/2 to 1.1'],
] as const;

/** @param kind `tls` passes the bytes of TLS connections on; `http` those of a body, from HTTP/2 to HTTP/1.1 */
export async function startNodeRelay(kind: 'tls' | 'http', upstream: UpstreamServer): Promise<ProxyServer> {
  const { port, caFile, certFile, keyFile } = upstream;
  const child = new Child({
    name: `relay in Node.js (${kind})`,
    command: process.execPath,
    args: [PROGRAM, kind, String(port), caFile, certFile, keyFile],
  });
  try {
    const line = await child.stdout.waitFor('port', (text) => text.includes('"port"'), START_TIMEOUT_MS);
    return { child, port: numberAt(parseJson(line), 'port'), caFile, filters: false };
  } catch (error) {
    await child.stop(0);
    throw error;
  }
}
