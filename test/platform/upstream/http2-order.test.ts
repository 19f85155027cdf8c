/**
 * The order of a response's head and its first bytes. What Node reads while it writes it puts aside, behind the first DATA
 * frame, and goes on when that write is over, inside the scope of another callback: 'response' then comes a tick late,
 * and the data before it. A stream that took them for nobody's lost the first events of a watch.
 */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer, type TLSSocket } from 'node:tls';
import { test } from 'node:test';
import { LOOPBACK } from '../../support/certificates.ts';
import { loopbackTarget, send, watchedUpstream } from '../../support/upstream.ts';
import { frame } from '../../support/h2-client.ts';

/** RFC 9113 section 6. */
const FRAME = { data: 0, headers: 1, settings: 4, ping: 6 } as const;
const END_STREAM = 1;
const END_HEADERS = 4;
/** The eighth entry of the static table: RFC 7541 appendix A. */
const STATUS_200 = Buffer.from([0x88]);
/** Two of them are more than a TLS record holds. */
const LONG = 'x'.repeat(10_000);
/** Streams of a client's first two requests. */
const [FIRST, SECOND] = [1, 3] as const;

function head(stream: number): Buffer {
  return frame(FRAME.headers, END_HEADERS, stream, STATUS_200);
}

function data(stream: number, flags: number, body: string): Buffer {
  return frame(FRAME.data, flags, stream, Buffer.from(body));
}

test('I2: the first bytes of a response are not lost where they come while something is being written', async () => {
  const server = createServer({ ...LOOPBACK.tls, ALPNProtocols: ['h2'] });
  const peers: TLSSocket[] = [];
  const asked = Promise.withResolvers<TLSSocket>();
  server.on('secureConnection', (peer) => {
    peers.push(peer);
    peer.on('error', () => undefined);
    peer.write(frame(FRAME.settings, 0, 0, Buffer.alloc(0)));
    let received = Buffer.alloc(0);
    peer.on('data', (bytes: Buffer) => {
      received = Buffer.concat([received, bytes]);
      if (requestsIn(received) === 2) asked.resolve(peer);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const watched = watchedUpstream(loopbackTarget((server.address() as AddressInfo).port));
  try {
    const [first, second] = ['/1', '/2'].map((target) => send(watched.upstream, { target }));
    // Two TLS records that are read at once. The first one holds what has to be answered at once, and so is being written
    // while the second is read.
    (await asked.promise).write(
      Buffer.concat([
        frame(FRAME.ping, 0, 0, Buffer.alloc(8)),
        head(FIRST),
        data(FIRST, 0, LONG),
        data(FIRST, END_STREAM, LONG),
        head(SECOND),
        data(SECOND, END_STREAM, 'the first event'),
      ]),
    );
    assert.equal((await first?.body)?.length, 2 * LONG.length);
    assert.equal((await second?.body)?.toString(), 'the first event');
  } finally {
    for (const peer of peers) peer.destroy();
    server.close();
    await watched[Symbol.asyncDispose]();
  }
});

const PREFACE_BYTES = 24;

/** How many HEADERS frames are in what a client has sent. */
function requestsIn(received: Buffer): number {
  let count = 0;
  for (let at = PREFACE_BYTES; at + 9 <= received.length; at += 9 + received.readUIntBE(at, 3))
    if (received[at + 3] === FRAME.headers) count++;
  return count;
}
