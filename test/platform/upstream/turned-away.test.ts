/**
 * R5: a request that upstream certainly has not processed is sent again once, body and all; any other never. RFC 9113
 * section 8.7: a stream reset with REFUSED_STREAM, and one above the last stream of a GOAWAY.
 */
import assert from 'node:assert/strict';
import { PassThrough, Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { test } from 'node:test';
import { ByteBudget } from '../../../src/core/limits/byte-budget.ts';
import { eventually, startApiServer } from '../../support/api-server.ts';
import {
  CODE,
  endsStream,
  FRAME,
  startRawHttp2,
  type Frame,
  type RawConnection,
} from '../../support/raw-http2.ts';
import { loopbackTarget, send, watchedUpstream } from '../../support/upstream.ts';

/** The stream before this one; 0 where there is none. */
const below = (stream: number) => Math.max(0, stream - 2);

type TurnAway = (connection: RawConnection, stream: number) => void;

const WAYS: readonly (readonly [name: string, turnAway: TurnAway])[] = [
  ['REFUSED_STREAM', (connection, stream) => connection.reset(stream, CODE.REFUSED_STREAM)],
  ['a GOAWAY below it', (connection, stream) => connection.goAway(below(stream))],
  [
    'a GOAWAY with an error below it',
    (connection, stream) => connection.goAway(below(stream), CODE.INTERNAL_ERROR),
  ],
  [
    'a second GOAWAY, below it',
    (connection, stream) => {
      connection.goAway(2 ** 31 - 1);
      connection.goAway(below(stream));
    },
  ],
  [
    'a GOAWAY below it and the end of the connection',
    (connection, stream) => {
      connection.goAway(below(stream));
      connection.socket.end();
    },
  ],
];

const BODY = Buffer.from(Array.from({ length: 200_000 }, (_, n) => n % 251));

/** Turns a stream away when something of it has come, `times` times, and answers all others with what was sent. */
async function startTurning(
  turnAway: TurnAway,
  { times = 1, when = endsStream }: { times?: number; when?: (frame: Frame) => boolean } = {},
) {
  let left = times;
  const uploads: Buffer[] = [];
  const server = await startRawHttp2((connection, frame) => {
    const { stream } = frame;
    const frames = connection.of(stream);
    if (frames.some(({ type }) => type === FRAME.RST_STREAM)) return;
    if (left > 0 && when(frame)) {
      left -= 1;
      turnAway(connection, stream);
    } else if (endsStream(frame)) {
      const data = frames.filter(({ type }) => type === FRAME.DATA).map(({ payload }) => payload);
      uploads.push(Buffer.concat(data));
      connection.respond(stream);
      connection.data(stream, 'done', true);
    }
  });
  return { server, uploads };
}

const bodies = () => ({ bodies: new ByteBudget(8 * 1024 * 1024) });
const isData = ({ type }: Frame) => type === FRAME.DATA;
const isHead = ({ type }: Frame) => type === FRAME.HEADERS;

for (const [name, turnAway] of WAYS)
  for (const [state, when] of [
    ['before any of its body', isHead],
    ['in its body', isData],
    ['behind its body', endsStream],
  ] as const) {
    // What is still under way would be answered with RST by the kernel, and the GOAWAY could be lost.
    if (name.includes('end of the connection') && when !== endsStream) continue;
    test(`R5: a write turned away by ${name}, ${state}, is sent again with its whole body`, async () => {
      const { server, uploads } = await startTurning(turnAway, {
        when: (frame) => frame.stream > 1 && when(frame),
      });
      await using _server = server;
      const budget = bodies();
      await using watched = watchedUpstream(loopbackTarget(server.port), budget);
      // The connection has served something before, as it has in life.
      await send(watched.upstream, {}).body;
      const body = Readable.from(
        [BODY.subarray(0, 100_000), BODY.subarray(100_000, 150_000), BODY.subarray(150_000)],
        { objectMode: false },
      );
      const write = send(watched.upstream, { method: 'POST', body });
      assert.equal(String(await write.body), 'done');
      assert.ok(uploads.at(-1)?.equals(BODY));
      assert.equal(uploads.filter(({ length }) => length > 0).length, 1);
      assert.deepEqual(watched.failures, []);
      assert.equal(budget.bodies.held, 0);
    });
  }

test('R5: a write turned away over HTTP/2 is sent again whole where the next server speaks HTTP/1.1 only', async () => {
  const { server } = await startTurning((connection, stream) => connection.goAway(below(stream)), {
    when: isData,
  });
  await using _server = server;
  await using http1 = await startApiServer({
    http1Only: true,
    handler: (req, res) => void buffer(req).then((body) => res.end(body)),
  });
  // As behind a load balancer whose API servers are restarted one by one without HTTP/2.
  const target = Object.defineProperty({ ...loopbackTarget(server.port) }, 'port', {
    get: () => (server.connections.length === 0 ? server.port : http1.port),
  });
  const budget = bodies();
  await using watched = watchedUpstream(target, budget);
  const body = new PassThrough();
  body.write(BODY.subarray(0, 50_000));
  const write = send(watched.upstream, { method: 'POST', body });
  await eventually(() => http1.accepted === 1, 'it is sent again');
  body.end(BODY.subarray(50_000));
  assert.ok((await write.body).equals(BODY), `${(await write.body).length} bytes`);
  assert.equal(budget.bodies.held, 0);
});

test('R5: a write whose body comes on while it is sent again reaches upstream whole', async () => {
  for (const limit of [10_000, 100_000, 8 * 1024 * 1024]) {
    const gate = Promise.withResolvers<undefined>();
    const { server, uploads } = await startTurning((connection, stream) => connection.goAway(below(stream)), {
      when: isData,
    });
    await using _server = server;
    const target = loopbackTarget(server.port);
    let dials = 0;
    await using watched = watchedUpstream(
      {
        ...target,
        readCa: () => (dials++ === 0 ? target.readCa() : gate.promise.then(() => target.readCa())),
      },
      { bodies: new ByteBudget(limit) },
    );
    const body = new PassThrough();
    body.write(BODY.subarray(0, 5000));
    const write = send(watched.upstream, { method: 'POST', body });
    await eventually(() => dials === 2, 'it is turned away');
    body.end(BODY.subarray(5000));
    // Whoever reads on between the two would have read by now.
    for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
    gate.resolve(undefined);
    await write.body.catch(() => undefined);
    for (const upload of uploads) assert.ok(upload.equals(BODY), `${limit}: ${upload.length} bytes`);
    assert.equal(uploads.length, 1);
  }
});

test('R5: streams up to the last one of a GOAWAY go on, and only those above it are sent again', async () => {
  const answers: (() => void)[] = [];
  await using server = await startRawHttp2((connection, frame, connections) => {
    if (!endsStream(frame)) return;
    const { stream } = frame;
    const number = connections.indexOf(connection);
    const answer = () => {
      connection.respond(stream);
      connection.data(stream, `${number}:${stream}`, true);
    };
    if (number === 0 && stream === 3) connection.goAway(1);
    if (number === 0) answers.push(answer);
    else answer();
  });
  await using watched = watchedUpstream(loopbackTarget(server.port), bodies());
  const lower = send(watched.upstream, { method: 'PATCH', body: Readable.from([BODY]) });
  await eventually(() => answers.length === 1, 'the first has come');
  const upper = send(watched.upstream, { method: 'PATCH', body: Readable.from([BODY]) });
  assert.equal(String(await upper.body), '1:1');
  assert.equal(lower.endings, 0);
  answers[0]?.();
  assert.equal(String(await lower.body), '0:1');
});

test('R5: it is sent again once; the second time it is said to have been turned away, and is no outage', async () => {
  for (const body of [null, BODY]) {
    const { server, uploads } = await startTurning((connection, stream) => connection.goAway(below(stream)), {
      times: Infinity,
    });
    await using _server = server;
    await using watched = watchedUpstream(loopbackTarget(server.port), bodies());
    const write = send(watched.upstream, {
      method: 'POST',
      body: body === null ? null : Readable.from([body]),
    });
    await assert.rejects(write.body, { code: 'turned-away', isUnprocessed: true, isOutage: false });
    assert.equal(server.connections.flatMap(({ frames }) => frames.filter(isHead)).length, 2);
    assert.equal(write.endings, 1);
    assert.deepEqual(uploads, []);
  }
});

test('R5: a body of which more was read than is kept is not sent again, and said to have been turned away', async () => {
  for (const [size, budget] of [
    [2 * 1024 * 1024, 8 * 1024 * 1024],
    [10_000, 1000],
  ] as const) {
    let received = 0;
    const { server } = await startTurning((connection, stream) => connection.goAway(below(stream)), {
      when: ({ type, payload }) => type === FRAME.DATA && (received += payload.length) === size,
    });
    await using _server = server;
    const kept = new ByteBudget(budget);
    await using watched = watchedUpstream(loopbackTarget(server.port), { bodies: kept });
    const body = new PassThrough();
    body.write(Buffer.alloc(size));
    const write = send(watched.upstream, { method: 'PUT', body });
    await assert.rejects(write.body, { code: 'turned-away', isUnprocessed: true });
    assert.equal(server.connections.length, 1);
    assert.equal(kept.held, 0);
    assert.ok(body.destroyed);
  }
});

const BREAKS: readonly (readonly [name: string, happen: TurnAway])[] = [
  ['the connection is closed', (connection) => connection.socket.destroy()],
  ['the connection ends', (connection) => connection.socket.end()],
  [
    'its stream is reset with INTERNAL_ERROR',
    (connection, stream) => connection.reset(stream, CODE.INTERNAL_ERROR),
  ],
  // Go sends any method again on this one; a client that counts its writes would rather not.
  [
    'its stream is reset with PROTOCOL_ERROR',
    (connection, stream) => connection.reset(stream, CODE.PROTOCOL_ERROR),
  ],
  ['its stream is reset with CANCEL', (connection, stream) => connection.reset(stream, CODE.CANCEL)],
  ['its stream is reset with NO_ERROR', (connection, stream) => connection.reset(stream, CODE.NO_ERROR)],
  [
    'a GOAWAY names it, and the connection ends',
    (connection, stream) => {
      connection.goAway(stream);
      connection.socket.end();
    },
  ],
  ['a GOAWAY with an error names it', (connection, stream) => connection.goAway(stream, CODE.INTERNAL_ERROR)],
  // Node.js gives the streams of a connection the code of the GOAWAY that ended it.
  [
    'a GOAWAY with REFUSED_STREAM names it',
    (connection, stream) => connection.goAway(stream, CODE.REFUSED_STREAM),
  ],
  [
    'it is refused when its answer has begun',
    (connection, stream) => {
      connection.respond(stream);
      connection.reset(stream, CODE.REFUSED_STREAM);
    },
  ],
];

for (const [name, happen] of BREAKS)
  for (const method of ['POST', 'GET'])
    test(`R5: a ${method} that may have been processed is not sent again when ${name}`, async () => {
      const { server, uploads } = await startTurning(happen);
      await using _server = server;
      await using watched = watchedUpstream(loopbackTarget(server.port), bodies());
      const write = send(watched.upstream, {
        method,
        body: method === 'POST' ? Readable.from([BODY]) : null,
      });
      await assert.rejects(write.body, { isUnprocessed: false });
      assert.equal(write.endings, 1);
      assert.deepEqual(uploads, []);
      assert.equal(server.connections.flatMap(({ frames }) => frames.filter(isHead)).length, 1);
    });

test('R10: a client that goes between the two sendings ends the second', async () => {
  const { server, uploads } = await startTurning((connection, stream) => connection.goAway(below(stream)), {
    when: isData,
  });
  await using _server = server;
  await using watched = watchedUpstream(loopbackTarget(server.port), bodies());
  const body = new PassThrough();
  body.write('half');
  const write = send(watched.upstream, { method: 'POST', body });
  const second = () => server.connections[1]?.of(1) ?? [];
  await eventually(() => second().some(isData), 'the second sending has begun');
  write.exchange.abort();
  await eventually(() => second().some(({ type }) => type === FRAME.RST_STREAM), 'the second is reset');
  assert.ok(!second().some(endsStream));
  assert.deepEqual(uploads, []);
  assert.equal(write.endings, 0);
});
