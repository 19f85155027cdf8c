/** Watches that are held back and answered by the proxy itself, with bodies that nobody asked for (R4, R5). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually, type ApiResponse } from '../../support/api-server.ts';
import { ask, rawConnection, startBoth, type RunningProxy } from '../../support/proxy.ts';

/** More than is buffered anywhere on its way. */
const BODY = 'x'.repeat(512 * 1024);

interface Held {
  readonly running: RunningProxy;
  readonly port: number;
  /** Says why it must not be sent. */
  readonly release: (cause: string) => void;
}

for (const [how, answer] of [
  [
    'as one that must not be sent',
    ({ release }) => {
      release('it is only starting');
      return Promise.resolve();
    },
  ],
  ['for another request', ({ port }) => ask(port, { path: '/' })],
  ['at the end of the program', ({ running }) => running.proxy.drain()],
] satisfies [string, (held: Held) => Promise<unknown>][])
  test(`a watch that is answered while it is held lets go of its body: answered ${how} (R4)`, async () => {
    const held = Promise.withResolvers<string | undefined>();
    let asked = 0;
    await using both = await startBoth(
      { handler: (_req: unknown, res: ApiResponse) => void res.end('hello') },
      {
        passWatch: () => {
          asked++;
          return held.promise;
        },
        limits: { maxRequests: 1 },
      },
    );
    const { running, port } = both;
    const socket = await rawConnection(port);
    let text = '';
    socket.on('data', (chunk) => (text += String(chunk)));
    socket.write(
      `GET /api/v1/pods?watch=1 HTTP/1.1\r\nHost: x\r\nContent-Length: ${BODY.length}\r\n\r\n${BODY}` +
        'GET / HTTP/1.1\r\nHost: x\r\n\r\n',
    );
    await eventually(() => asked === 1, 'it is held');
    await answer({ running, port, release: held.resolve });
    await eventually(() => text.includes('hello'), 'the next request of its connection is served');
    assert.match(text, /^HTTP\/1\.1 429 [^]*HTTP\/1\.1 200 /);
    held.resolve(undefined);
    socket.destroy();
  });
