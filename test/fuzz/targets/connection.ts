/**
 * Bytes to the listener of clients over TLS: requests as they should be, and hostile ones. Each connection ends, no
 * target reaches upstream that was not asked for, byte for byte (R2), nothing hides in a body, and the next normal
 * request is served (R27).
 */
import assert from 'node:assert/strict';
import { connect, type TLSSocket } from 'node:tls';
import type { ApiRequest, ApiResponse } from '../../support/api-server.ts';
import { LOOPBACK } from '../../support/certificates.ts';
import { ask, startBoth } from '../../support/proxy.ts';
import { mutate } from '../mutate.ts';
import { joined, parted } from '../parts.ts';
import type { Random } from '../random.ts';
import type { Target } from '../target.ts';
import { randomTarget } from './request.ts';

const NOTHING = Buffer.alloc(0);
const HIDDEN = 'GET /hidden HTTP/1.1\r\nHost: a\r\n\r\n';
/** Heads that servers read in different ways. What follows them is never a request of its own. */
const HOSTILE = [
  ['Content-Length: 0', 'Transfer-Encoding: chunked'],
  ['Transfer-Encoding: chunked', `Content-Length: ${HIDDEN.length}`],
  ['Content-Length: 0', `Content-Length: ${HIDDEN.length}`],
  [`Content-Length: ${HIDDEN.length}, 0`],
  ['Content-Length: +5'],
  ['Content-Length: 0x10'],
  ['Content-Length : 0'],
  ['Transfer-Encoding : chunked'],
  ['Transfer-Encoding: chunked, identity'],
  ['Transfer-Encoding: xchunked'],
  ['Transfer-Encoding:\r\n chunked'],
  ['X-A: b\r\n c'],
  ['X-A: b\rX-B: c'],
  ['X\0A: b'],
  [': b'],
  [`X-A: ${'a'.repeat(300_000)}`],
  Array.from({ length: 5000 }, (_item, i) => `X-${i}: ${'a'.repeat(60)}`),
];
const WORDS = [
  ...[
    '\r\n',
    '\n',
    '\r',
    '\r\n\r\n',
    ' ',
    '\t',
    '\0',
    ':',
    'HTTP/1.1',
    'HTTP/1.0',
    'HTTP/2.0',
    'GET ',
    'PRI * ',
    'CONNECT ',
  ],
  ...[
    'Content-Length: 5',
    'Transfer-Encoding: chunked',
    'Host: b',
    'Expect: 100-continue',
    'Connection: upgrade',
    '%',
    '..',
  ],
  ...[
    'Upgrade: websocket',
    'Upgrade: h2c',
    '//',
    '\\',
    '#',
    '0\r\n\r\n',
    'ffffffffff\r\n',
    'Connection: close',
    ' chunked',
  ],
].map((word) => Buffer.from(word));
/** A connection that is not over by then never will be (milliseconds). */
const MAX_MS = 20_000;
/** How long a client waits for an answer that may never come (milliseconds). */
const CUT_MS = 20;
const NORMAL_EVERY = 50;

/** What upstream has been asked since the last look. */
const asked: string[] = [];
let port = 0;
let session: Buffer | undefined;
let checks = 0;
/** The input before: where its client has gone, upstream may hear of it only now. */
let earlier = '';

export const connectionTarget: Target = {
  name: 'connections',
  promises: ['served', 'refused', 'hostile refused'],
  make(random) {
    const target = randomTarget(random);
    if (random.oneIn(3)) {
      const lines = [`POST ${target} HTTP/1.1`, 'Host: a', ...random.pick(HOSTILE)];
      return joined([
        Buffer.from('hostile'),
        Buffer.from(target),
        Buffer.from(`${lines.join('\r\n')}\r\n\r\n${HIDDEN}`),
      ]);
    }
    return joined([Buffer.from('normal'), Buffer.from(target), Buffer.from(normal(random, target))]);
  },
  vary(input, random, others) {
    const [, target = NOTHING, bytes = NOTHING] = parted(input, 3);
    return joined([Buffer.from('varied'), target, mutate(bytes, random, WORDS, others)]);
  },
  async open() {
    const both = await startBoth({ handler: answered });
    port = both.port;
    session = undefined;
    return both;
  },
  async check(input) {
    const [kind = NOTHING, target = NOTHING, bytes = NOTHING] = parted(input, 3);
    asked.length = 0;
    const answer = await exchanged(bytes, kind.toString() === 'varied');
    const text = bytes.toString('latin1');
    for (const seen of asked)
      assert.ok(text.includes(seen) || earlier.includes(seen), `upstream was asked for ${seen}`);
    if (++checks % NORMAL_EVERY === 0) {
      const { res } = await ask(port, { path: '/healthy' });
      assert.equal(res.statusCode, 200, 'a normal request afterwards');
    }
    const before = earlier;
    earlier = text;
    const isServed = answer.startsWith('HTTP/1.1 200');
    if (kind.toString() === 'normal') {
      assert.ok(asked.includes(target.toString('latin1')), 'upstream was not asked for the target');
      assert.ok(isServed, answer);
    } else if (kind.toString() === 'hostile') {
      assert.ok(!asked.includes('/hidden') || before.includes('/hidden'), 'a request hid in a body');
      assert.ok(!isServed, `a hostile head was served: ${answer.slice(0, 200)}`);
      return 'hostile refused';
    }
    return isServed ? 'served' : 'refused';
  },
};

function answered(req: ApiRequest, res: ApiResponse): void {
  asked.push(req.url);
  req.resume();
  req.once('end', () => res.end('ok'));
}

function normal(random: Random, target: string): string {
  const body = random.oneIn(2) ? '' : HIDDEN;
  const isChunked = random.oneIn(2);
  const chunks = body === '' ? '0\r\n\r\n' : `${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`;
  return [
    `${body === '' ? 'GET' : 'PUT'} ${target} HTTP/1.1`,
    'Host: a',
    'Connection: close',
    ...(isChunked ? ['Transfer-Encoding: chunked'] : [`Content-Length: ${body.length}`]),
    `\r\n${isChunked ? chunks : body}`,
  ].join('\r\n');
}

/**
 * Sends bytes and reads until the connection is over.
 * @param isCut whether the client goes when an answer begins, or there is none soon; else the proxy has to end it
 * @returns what came, as latin1
 */
async function exchanged(bytes: Buffer, isCut: boolean): Promise<string> {
  const socket: TLSSocket = connect({
    host: '127.0.0.1',
    port,
    ca: LOOPBACK.ca,
    ...(session && { session }),
  });
  const pieces: Buffer[] = [];
  socket.on('error', () => socket.destroy());
  socket.on('session', (ticket) => (session = ticket));
  socket.on('data', (piece: Buffer) => {
    pieces.push(piece);
    if (isCut) socket.end();
  });
  const over = Promise.withResolvers<undefined>();
  socket.once('close', () => {
    over.resolve(undefined);
  });
  const limit = setTimeout(() => {
    over.reject(new Error('the connection stays open'));
  }, MAX_MS);
  let patience: NodeJS.Timeout | undefined;
  socket.once('secureConnect', () => {
    socket.write(bytes);
    patience = setTimeout(() => isCut && socket.end(), CUT_MS);
  });
  await over.promise;
  clearTimeout(limit);
  clearTimeout(patience);
  return Buffer.concat(pieces).toString('latin1');
}
