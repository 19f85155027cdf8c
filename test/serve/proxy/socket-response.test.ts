/** What a client of an upgraded connection still gets once its answer is over. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, connect, type AddressInfo, type Socket } from 'node:net';
import { test } from 'node:test';
import { SocketResponse } from '../../../src/serve/proxy/socket-response.ts';

test('R9, R11: a client that still talks at the end reads all that was written, and the end', async (t) => {
  const server = createServer({ allowHalfOpen: true });
  t.after(() => server.close());
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1');
  const [socket] = (await once(server, 'connection')) as [Socket];
  t.after(() => socket.destroy());
  client.pause();
  const response = new SocketResponse(socket);
  // Fits into the buffers of the kernel, so that the end comes before anything is read.
  response.write(Buffer.alloc(200_000, 'x'));
  response.end('LAST');
  await once(response, 'finish');
  client.write('ping');
  await once(socket, 'readable');
  // As whoever has the socket lets it go.
  socket.resume();
  const chunks: Buffer[] = [];
  for await (const chunk of client) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString();
  assert.equal(text.length, 200_004);
  assert.ok(text.endsWith('LAST'));
});
