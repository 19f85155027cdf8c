import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { test } from 'node:test';
import { SharedChunks } from '../../../src/serve/proxy/shared-chunks.ts';

const LONG = Buffer.alloc(100_000, 'l');
const EVENTS = ['one', 'two', 'three'].map((text) => Buffer.from(text));

/** All bytes that come behind the head of the answer to each of these requests, on a connection of its own. */
async function bodies(
  requests: readonly string[],
  answer: (res: ServerResponse, at: number) => void,
): Promise<string[]> {
  let at = 0;
  const server = createServer((_req, res) => answer(res, at++));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  try {
    const all: string[] = [];
    for (const request of requests) {
      const socket = connect(port, '127.0.0.1').setEncoding('latin1');
      let text = '';
      socket.on('data', (chunk: string) => (text += chunk));
      socket.write(`GET / ${request}\r\nHost: x\r\nConnection: close\r\n\r\n`);
      await once(socket, 'close');
      all.push(text.slice(text.indexOf('\r\n\r\n') + 4));
    }
    return all;
  } finally {
    server.close();
  }
}

for (const request of ['HTTP/1.1', 'HTTP/1.0'])
  test(`${request}: the bytes are those that Node.js writes, however often they are shared`, async () => {
    const chunks = new SharedChunks();
    const written = [...EVENTS, Buffer.alloc(0), LONG, ...EVENTS];
    const writing = (write: (res: ServerResponse, bytes: Buffer) => void) => (res: ServerResponse) => {
      res.writeHead(200);
      for (const bytes of written) write(res, bytes);
      // Bytes that nobody shares may follow, and the end is written by Node.js.
      res.write('own');
      res.end();
    };
    const own = writing((res, bytes) => res.write(bytes));
    const shared = writing((res, bytes) => chunks.write(res, bytes));
    const [expected, ...all] = await bodies([request, request, request, request], (res, at) =>
      at === 0 ? own(res) : shared(res),
    );
    assert.ok(expected?.includes('three') === true);
    for (const body of all) assert.equal(body, expected);
  });

/** What a response is told to write, and by whom the framing is to be added. */
function fakeResponse(chunkedEncoding: boolean | undefined) {
  const written: { readonly bytes: Buffer; readonly isFramed: boolean }[] = [];
  const res = {
    ...(chunkedEncoding !== undefined && { chunkedEncoding }),
    write: (bytes: Buffer): boolean => {
      if (bytes.includes('fails')) throw new Error('closed');
      written.push({ bytes, isFramed: res.chunkedEncoding === false });
      return !bytes.includes('full');
    },
  };
  return { res, written };
}

test('one buffer serves all responses from the second on, whatever is written between', () => {
  const chunks = new SharedChunks();
  const all = [fakeResponse(true), fakeResponse(true), fakeResponse(true)];
  for (const { res } of all) for (const bytes of EVENTS) chunks.write(res, bytes);
  const [first, second, third] = all.map(({ written }) => written);
  assert.deepEqual(
    first?.map(({ bytes, isFramed }) => [bytes, isFramed]),
    EVENTS.map((bytes) => [bytes, false]),
  );
  assert.deepEqual(
    second?.map(({ bytes, isFramed }) => [bytes.toString(), isFramed]),
    ['3\r\none\r\n', '3\r\ntwo\r\n', '5\r\nthree\r\n'].map((text) => [text, true]),
  );
  for (const [at, { bytes }] of second.entries()) assert.equal(third?.[at]?.bytes, bytes);
  for (const { res } of all) assert.equal(res.chunkedEncoding, true);
});

test('equal bytes in another buffer are others, and few are kept', () => {
  const chunks = new SharedChunks();
  const { res, written } = fakeResponse(true);
  chunks.write(res, Buffer.from('one'));
  chunks.write(res, Buffer.from('one'));
  const kept = Buffer.from('kept');
  chunks.write(res, kept);
  for (let n = 0; n < 100; n++) chunks.write(res, Buffer.from(`${n}`));
  chunks.write(res, kept);
  for (let n = 0; n < 3; n++) chunks.write(res, LONG);
  assert.ok(written.every(({ isFramed }) => !isFramed));
});

test('a response without chunks gets the bytes themselves', () => {
  for (const chunkedEncoding of [undefined, false]) {
    const chunks = new SharedChunks();
    const { res, written } = fakeResponse(chunkedEncoding);
    for (let n = 0; n < 3; n++) for (const bytes of EVENTS) chunks.write(res, bytes);
    for (const [at, { bytes }] of written.entries()) assert.equal(bytes, EVENTS[at % EVENTS.length]);
  }
});

test('a response says itself whether it can take more, and a failed write changes nothing for the next', () => {
  const chunks = new SharedChunks();
  const { res, written } = fakeResponse(true);
  const [full, fails] = [Buffer.from('full'), Buffer.from('fails')];
  for (let n = 0; n < 3; n++) assert.equal(chunks.write(res, full), false);
  for (let n = 0; n < 3; n++) assert.throws(() => chunks.write(res, fails), /closed/);
  assert.equal(res.chunkedEncoding, true);
  assert.equal(chunks.write(res, Buffer.from('more')), true);
  assert.equal(written.length, 4);
});
