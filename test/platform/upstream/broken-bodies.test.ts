/** R10, R9: what breaks off on one side arrives broken on the other, frame by frame and byte by byte. */
import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import { eventually } from '../../support/api-server.ts';
import { startRawHttp1 } from '../../support/raw-http1.ts';
import {
  CODE,
  codeOf,
  endsStream,
  FRAME,
  startRawHttp2,
  type RawConnection,
} from '../../support/raw-http2.ts';
import { loopbackTarget, send, watchedUpstream, type ReadExchange } from '../../support/upstream.ts';

/** The ways in which an upload does not come to its end. */
const BREAKS: readonly (readonly [
  name: string,
  happen: (body: PassThrough, upload: ReadExchange) => void,
])[] = [
  ['its client has gone', (_body, { exchange }) => exchange.abort()],
  ['its body breaks', (body) => body.destroy(new Error('broken'))],
  ['its body ends early without an error', (body) => body.destroy()],
];

function upload(): PassThrough {
  const body = new PassThrough();
  body.on('error', () => undefined);
  body.write('{"half":');
  return body;
}

for (const [name, happen] of BREAKS) {
  test(`R10: an upload is reset, and never ended, over HTTP/2 when ${name}`, async () => {
    await using server = await startRawHttp2(() => undefined);
    await using watched = watchedUpstream(loopbackTarget(server.port));
    const body = upload();
    const sent = send(watched.upstream, { method: 'POST', body });
    sent.body.catch(() => undefined);
    const frames = () => server.connections[0]?.of(1) ?? [];
    await eventually(() => frames().some(({ type }) => type === FRAME.DATA), 'the first half has come');
    happen(body, sent);
    await eventually(() => frames().some(({ type }) => type === FRAME.RST_STREAM), 'the stream is reset');
    assertReset(server.connections[0], 1);
  });

  test(`R10: an upload's connection is closed before its last chunk over HTTP/1.1 when ${name}`, async (t) => {
    const { port, received } = await startRawHttp1(t);
    await using watched = watchedUpstream(loopbackTarget(port), { http: '1.1' });
    const body = upload();
    const sent = send(watched.upstream, { method: 'POST', body });
    sent.body.catch(() => undefined);
    await eventually(() => received.text.includes('{"half":'), 'the first half has come');
    happen(body, sent);
    await eventually(() => received.isClosed, 'the connection is closed');
    assert.doesNotMatch(received.text, /\r\n0\r\n/);
  });
}

test('R10: an upload whose answer comes early is reset over HTTP/2, not ended', async () => {
  await using server = await startRawHttp2((connection, { type, stream }) => {
    if (type !== FRAME.DATA) return;
    connection.respond(stream);
    connection.data(stream, 'too large', true);
  });
  await using watched = watchedUpstream(loopbackTarget(server.port));
  assert.equal(String(await send(watched.upstream, { method: 'POST', body: upload() }).body), 'too large');
  const frames = () => server.connections[0]?.of(1) ?? [];
  await eventually(() => frames().some(({ type }) => type === FRAME.RST_STREAM), 'the stream is reset');
  assertReset(server.connections[0], 1);
});

test('R10: an upload whose answer comes early loses its connection over HTTP/1.1 before its last chunk', async (t) => {
  const { port, received } = await startRawHttp1(t, (socket) =>
    socket.write('HTTP/1.1 413 Too Large\r\nContent-Length: 9\r\n\r\ntoo large'),
  );
  await using watched = watchedUpstream(loopbackTarget(port), { http: '1.1' });
  const early = send(watched.upstream, { method: 'POST', body: upload() });
  assert.equal(String(await early.body), 'too large');
  await eventually(() => received.isClosed, 'the connection is closed');
  assert.doesNotMatch(received.text, /\r\n0\r\n/);
});

test('R10: an upload is not ended over HTTP/2 when we shut down', async () => {
  await using server = await startRawHttp2(() => undefined);
  await using watched = watchedUpstream(loopbackTarget(server.port));
  const sent = send(watched.upstream, { method: 'POST', body: upload() });
  sent.body.catch(() => undefined);
  const frames = () => server.connections[0]?.of(1) ?? [];
  await eventually(() => frames().some(({ type }) => type === FRAME.DATA), 'the first half has come');
  await watched.upstream.close();
  const { socket } = server.connections[0] ?? assert.fail();
  await eventually(() => socket.closed, 'the connection is closed');
  assert.ok(!frames().some(endsStream));
});

test('R10: what an abort leaves behind is CANCEL alone when the whole upload has left', async () => {
  await using server = await startRawHttp2(() => undefined);
  await using watched = watchedUpstream(loopbackTarget(server.port));
  const body = upload();
  body.end('1}');
  const sent = send(watched.upstream, { method: 'POST', body });
  const frames = () => server.connections[0]?.of(1) ?? [];
  await eventually(() => frames().some(endsStream), 'the whole upload has come');
  sent.exchange.abort();
  await eventually(() => frames().some(({ type }) => type === FRAME.RST_STREAM), 'the stream is reset');
  assert.equal(codeOf(frames().at(-1) ?? assert.fail()), CODE.CANCEL);
});

/** Each answers a request in a way that does not come to its end. */
const HALVES: readonly (readonly [
  name: string,
  answer: (connection: RawConnection, stream: number) => void,
])[] = [
  [
    'is reset with NO_ERROR before its end',
    (connection, stream) => {
      connection.respond(stream);
      connection.data(stream, 'half');
      connection.reset(stream, CODE.NO_ERROR);
    },
  ],
  [
    'is reset with NO_ERROR behind its head',
    (connection, stream) => {
      connection.respond(stream);
      connection.data(stream, 'half');
      setImmediate(() => connection.reset(stream, CODE.NO_ERROR));
    },
  ],
  [
    'ends before its Content-Length',
    (connection, stream) => {
      connection.respond(stream, { contentLength: 10 });
      connection.data(stream, 'half', true);
    },
  ],
  [
    'is reset with NO_ERROR before its Content-Length',
    (connection, stream) => {
      connection.respond(stream, { contentLength: 10 });
      connection.data(stream, 'half');
      connection.reset(stream, CODE.NO_ERROR);
    },
  ],
];

for (const [name, answer] of HALVES)
  for (const method of ['GET', 'POST'])
    test(`R9: an answer to a ${method} over HTTP/2 that ${name} is an error, never an end`, async () => {
      await using server = await startRawHttp2((connection, { type, stream }) => {
        if (type === FRAME.HEADERS) answer(connection, stream);
      });
      await using watched = watchedUpstream(loopbackTarget(server.port));
      // The upload is still running: only then is it the peer's reset that ends the stream.
      const read = send(watched.upstream, { method, body: method === 'POST' ? upload() : null });
      await read.head;
      await assert.rejects(read.body, { phase: 'body' });
      assert.equal(read.endings, 1);
    });

test('R9: an answer that came to its end, and whose stream is then reset with NO_ERROR, is whole', async () => {
  await using server = await startRawHttp2((connection, { type, stream }) => {
    if (type !== FRAME.HEADERS) return;
    connection.respond(stream);
    connection.data(stream, 'whole', true);
    // RFC 9113 section 8.1: the rest of the upload is not wanted.
    connection.reset(stream, CODE.NO_ERROR);
  });
  await using watched = watchedUpstream(loopbackTarget(server.port));
  for (const body of [null, upload()]) {
    const read = send(watched.upstream, { method: 'POST', body });
    assert.equal(String(await read.body), 'whole');
    assert.equal(read.endings, 1);
  }
});

for (const [name, text] of [
  ['in a chunk', 'Transfer-Encoding: chunked\r\n\r\n9\r\nhalf'],
  ['between chunks', 'Transfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n'],
  ['before its last line', 'Transfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n0\r\n'],
  ['before its Content-Length', 'Content-Length: 10\r\n\r\nhalf'],
] as const)
  test(`R9: an answer over HTTP/1.1 whose connection ends ${name} is an error, never an end`, async (t) => {
    const { port } = await startRawHttp1(t, (socket) => socket.end(`HTTP/1.1 200 OK\r\n${text}`));
    await using watched = watchedUpstream(loopbackTarget(port), { http: '1.1' });
    const read = send(watched.upstream, {});
    assert.equal(String(await read.firstChunk), 'half');
    await assert.rejects(read.body, { code: 'reset', phase: 'body' });
    assert.equal(read.endings, 1);
  });

function assertReset(connection: RawConnection | undefined, stream: number): void {
  const frames = connection?.of(stream) ?? [];
  assert.ok(!frames.some(endsStream), 'no frame has END_STREAM');
  const resets = frames.filter(({ type }) => type === FRAME.RST_STREAM);
  assert.equal(resets.length, 1);
  assert.ok(([CODE.CANCEL, CODE.INTERNAL_ERROR] as number[]).includes(codeOf(resets[0] ?? assert.fail())));
  assert.equal(frames.at(-1)?.type, FRAME.RST_STREAM);
}
