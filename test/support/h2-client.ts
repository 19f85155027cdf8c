/** A client that speaks HTTP/2 to a listener of this program, and reads what comes. */
import { once } from 'node:events';
import {
  connect,
  type ClientHttp2Session,
  type ClientHttp2Stream,
  type IncomingHttpHeaders,
  type IncomingHttpStatusHeader,
  type OutgoingHttpHeaders,
  type SecureClientSessionOptions,
} from 'node:http2';
import { connect as connectTls, type ConnectionOptions, type TLSSocket } from 'node:tls';
import { LOOPBACK } from './certificates.ts';

/** Destroyed at the end of the scope. */
export interface H2Client extends Disposable {
  readonly session: ClientHttp2Session;
  /** Codes of the GOAWAYs, in their order. */
  readonly goAways: readonly number[];
}

export async function h2Client(port: number, options: SecureClientSessionOptions = {}): Promise<H2Client> {
  const session = connect(`https://127.0.0.1:${port}`, { ca: LOOPBACK.ca, ...options });
  const goAways: number[] = [];
  session.on('error', () => undefined).on('goaway', (code: number) => goAways.push(code));
  await once(session, 'connect');
  return { session, goAways, [Symbol.dispose]: () => session.destroy() };
}

export interface H2Answer {
  readonly status: number | undefined;
  readonly headers: IncomingHttpHeaders;
  /** Flat, as they came. */
  readonly rawHeaders: readonly string[];
  readonly trailers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** Begins a request; the test ends it. */
export function h2Begin(
  { session }: H2Client,
  headers: OutgoingHttpHeaders,
  endStream = true,
): ClientHttp2Stream {
  return session.request(headers, { endStream });
}

/** @throws the stream's error where the answer did not come to its end */
export async function h2Answer(stream: ClientHttp2Stream): Promise<H2Answer> {
  let trailers: IncomingHttpHeaders = {};
  stream.once('trailers', (fields: IncomingHttpHeaders) => (trailers = fields));
  const [headers, , rawHeaders] = (await once(stream, 'response')) as [
    IncomingHttpHeaders & IncomingHttpStatusHeader,
    number,
    string[],
  ];
  const chunks: Buffer[] = [];
  for await (const chunk of stream) if (Buffer.isBuffer(chunk)) chunks.push(chunk);
  return { status: headers[':status'], headers, rawHeaders, trailers, body: Buffer.concat(chunks) };
}

export function h2Ask(client: H2Client, path: string): Promise<H2Answer> {
  return h2Answer(h2Begin(client, { ':path': path }));
}

/** Resolves when the server has read all that was sent so far, and has heard the end of each answer. */
export async function h2Settled({ session }: H2Client): Promise<void> {
  // The first tells that it was read, the second that what followed from that has been done.
  for (let i = 0; i < 2; i++) {
    const { promise, resolve } = Promise.withResolvers<null>();
    session.ping(() => {
      resolve(null);
    });
    await promise;
  }
}

/** For frames that no library would send: its preface and SETTINGS are sent, and those of the server are there. */
export async function rawH2(port: number, options: ConnectionOptions = {}): Promise<TLSSocket> {
  const socket = connectTls({
    ...{ host: '127.0.0.1', port, ca: LOOPBACK.ca, ALPNProtocols: ['h2'] },
    ...options,
  });
  socket.on('error', () => socket.destroy());
  await once(socket, 'secureConnect');
  socket.write('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
  socket.write(frame(4, 0, 0));
  await once(socket, 'data');
  return socket;
}

/** RFC 9113 section 4.1. */
export function frame(
  type: number,
  flags: number,
  stream: number,
  payload: Buffer = Buffer.alloc(0),
): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head.writeUInt8(type, 3);
  head.writeUInt8(flags, 4);
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

const ROOT_OF_X = [0x87, 0x84, 0x01, 0x01, 'x'.charCodeAt(0)];
/** `GET https://x/` and `POST https://x/`, in HPACK without any table entry of their own. */
export const GET_ROOT = Buffer.from([0x82, ...ROOT_OF_X]);
export const POST_ROOT = Buffer.from([0x83, ...ROOT_OF_X]);
