/**
 * The program that runs in a Pod's network namespace: `network-server.ts SERVICE_IP SOCKET` forwards the
 * address that Pods know the API server by, through the socket's file, to whoever listens there. A line
 * `NUMBER URL` on stdin is fetched, as a kubelet's probe would, and answered by a line of JSON. The end of stdin
 * ends it.
 */

import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { createInterface } from 'node:readline';

const [serviceIp = '', socket = ''] = process.argv.slice(2);
const HTTPS_PORT = 443;

const server = createServer((client) => {
  const upstream = connect(socket);
  client.pipe(upstream).pipe(client);
  // Each end is told by the end of the other.
  client.on('error', () => upstream.destroy());
  upstream.on('error', () => client.destroy());
});
server.listen(HTTPS_PORT, serviceIp);
await once(server, 'listening');
console.log('ready');

for await (const line of createInterface({ input: process.stdin })) {
  const [id = '', url = ''] = line.split(' ');
  const answer = fetch(url).then(
    async (response) => ({ id, status: response.status, body: await response.text() }),
    (error: unknown) => ({ id, status: 0, body: String(error) }),
  );
  console.log(JSON.stringify(await answer));
}
process.exit(0);
