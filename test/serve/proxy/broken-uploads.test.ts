/** R10: a client's upload that breaks off is not taken for a whole one by upstream, whatever it breaks off by. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TLSSocket } from 'node:tls';
import { eventually } from '../../support/api-server.ts';
import { rawConnection, startProxy } from '../../support/proxy.ts';
import { startRawHttp1 } from '../../support/raw-http1.ts';
import { CODE, codeOf, endsStream, FRAME, startRawHttp2 } from '../../support/raw-http2.ts';
import { loopbackTarget } from '../../support/upstream.ts';

const CHUNKED = 'Transfer-Encoding: chunked\r\n\r\n8\r\n{"half":\r\n';
const COUNTED = 'Content-Length: 20\r\n\r\n{"half":';

const CUTS: readonly (readonly [name: string, body: string, cut: (client: TLSSocket) => void])[] = [
  ['chunked, by a close', CHUNKED, (client) => client.destroy()],
  ['chunked, by an end', CHUNKED, (client) => client.end()],
  ['chunked, by a malformed chunk', CHUNKED, (client) => client.write('nonsense\r\n')],
  ['chunked, inside a chunk', CHUNKED, (client) => client.end('8\r\n"')],
  ['chunked, inside the last chunk', CHUNKED, (client) => client.end('0\r\n')],
  ['with a Content-Length, by an end', COUNTED, (client) => client.end()],
];

const HEAD = 'PUT /api/v1/namespaces/a/configmaps/b HTTP/1.1\r\nHost: x\r\n';

for (const [name, body, cut] of CUTS) {
  test(`R10: an upload cut ${name}, is reset and not ended over HTTP/2`, async () => {
    await using server = await startRawHttp2(() => undefined);
    await using running = await startProxy(loopbackTarget(server.port));
    const client = await rawConnection(running.port);
    client.on('error', () => undefined);
    client.write(HEAD + body);
    const frames = () => server.connections[0]?.of(1) ?? [];
    await eventually(() => frames().some(({ type }) => type === FRAME.DATA), 'the first half has come');
    cut(client);
    await eventually(() => frames().some(({ type }) => type === FRAME.RST_STREAM), 'the stream is reset');
    assert.ok(!frames().some(endsStream));
    const code = codeOf(frames().at(-1) ?? assert.fail());
    // Go sends any method again on REFUSED_STREAM and PROTOCOL_ERROR.
    assert.ok(code === CODE.CANCEL || code === CODE.INTERNAL_ERROR, `code ${code}`);
    client.destroy();
  });

  test(`R10: an upload cut ${name}, ends in a closed connection over HTTP/1.1`, async (t) => {
    const { port, received } = await startRawHttp1(t);
    await using running = await startProxy(loopbackTarget(port), { upstream: { http: '1.1' } });
    const client = await rawConnection(running.port);
    client.on('error', () => undefined);
    client.write(HEAD + body);
    await eventually(() => received.text.includes('{"half":'), 'the first half has come');
    cut(client);
    await eventually(() => received.isClosed, 'the connection is closed');
    assert.doesNotMatch(received.text, /\r\n0\r\n/);
    client.destroy();
  });
}
