/**
 * An HTTP/2 server of bare frames, for what no library would send and for what exactly is received. It answers
 * SETTINGS and PING and gives the windows back; all else is the test's.
 */
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer, type TLSSocket } from 'node:tls';
import { LOOPBACK } from './certificates.ts';

/** RFC 9113 section 6. */
export const FRAME = {
  DATA: 0,
  HEADERS: 1,
  RST_STREAM: 3,
  SETTINGS: 4,
  PING: 6,
  GOAWAY: 7,
  WINDOW_UPDATE: 8,
} as const;
export const END_STREAM = 1;
export const END_HEADERS = 4;
/** RFC 9113 section 7. */
export const CODE = {
  NO_ERROR: 0,
  PROTOCOL_ERROR: 1,
  INTERNAL_ERROR: 2,
  REFUSED_STREAM: 7,
  CANCEL: 8,
} as const;

const ACK = 1;
const HEAD_BYTES = 9;
const PREFACE_BYTES = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'.length;
/** RFC 7541 appendix A: `:status: 200`, indexed. */
const STATUS_200 = 0x88;
/** The same table's content-length, as a literal without indexing: the rest of its index, 28, behind a 4-bit prefix. */
const CONTENT_LENGTH = [0x0f, 28 - 15];

export interface Frame {
  readonly type: number;
  readonly flags: number;
  readonly stream: number;
  readonly payload: Buffer;
}

/** One connection of a client. */
export class RawConnection {
  readonly socket: TLSSocket;
  /** DATA, HEADERS, RST_STREAM and GOAWAY in the order they came. */
  readonly frames: Frame[] = [];
  readonly #onFrame: (connection: RawConnection, frame: Frame) => void;
  #unread = Buffer.alloc(0);
  #isPastPreface = false;

  constructor(socket: TLSSocket, onFrame: (connection: RawConnection, frame: Frame) => void) {
    this.socket = socket;
    this.#onFrame = onFrame;
    socket.on('data', (chunk: Buffer) => this.#read(chunk));
    this.send(FRAME.SETTINGS, 0, 0);
  }

  send(type: number, flags: number, stream: number, payload: Buffer = Buffer.alloc(0)): void {
    const head = Buffer.alloc(HEAD_BYTES);
    head.writeUIntBE(payload.length, 0, 3);
    head.writeUInt8(type, 3);
    head.writeUInt8(flags, 4);
    head.writeUInt32BE(stream, 5);
    this.socket.write(Buffer.concat([head, payload]));
  }

  /** Status 200. */
  respond(
    stream: number,
    { contentLength, end = false }: { contentLength?: number; end?: boolean } = {},
  ): void {
    const length = contentLength === undefined ? '' : String(contentLength);
    const field = length === '' ? [] : [...CONTENT_LENGTH, length.length, ...Buffer.from(length)];
    this.send(
      FRAME.HEADERS,
      END_HEADERS | (end ? END_STREAM : 0),
      stream,
      Buffer.from([STATUS_200, ...field]),
    );
  }

  data(stream: number, text: string, end = false): void {
    this.send(FRAME.DATA, end ? END_STREAM : 0, stream, Buffer.from(text));
  }

  reset(stream: number, code: number): void {
    this.send(FRAME.RST_STREAM, 0, stream, words(code));
  }

  goAway(lastStream: number, code: number = CODE.NO_ERROR): void {
    this.send(FRAME.GOAWAY, 0, 0, words(lastStream, code));
  }

  /** What came on one stream. */
  of(stream: number): Frame[] {
    return this.frames.filter((frame) => frame.stream === stream);
  }

  #read(chunk: Buffer): void {
    this.#unread = Buffer.concat([this.#unread, chunk]);
    if (!this.#isPastPreface) {
      if (this.#unread.length < PREFACE_BYTES) return;
      this.#unread = this.#unread.subarray(PREFACE_BYTES);
      this.#isPastPreface = true;
    }
    while (this.#unread.length >= HEAD_BYTES) {
      const end = HEAD_BYTES + this.#unread.readUIntBE(0, 3);
      if (this.#unread.length < end) return;
      const frame: Frame = {
        type: this.#unread.readUInt8(3),
        flags: this.#unread.readUInt8(4),
        stream: this.#unread.readUInt32BE(5),
        payload: this.#unread.subarray(HEAD_BYTES, end),
      };
      this.#unread = this.#unread.subarray(end);
      this.#take(frame);
    }
  }

  #take(frame: Frame): void {
    const { type, flags, payload } = frame;
    if (type === FRAME.SETTINGS && (flags & ACK) === 0) this.send(FRAME.SETTINGS, ACK, 0);
    if (type === FRAME.PING && (flags & ACK) === 0) this.send(FRAME.PING, ACK, 0, payload);
    if (type === FRAME.DATA && payload.length > 0) {
      this.send(FRAME.WINDOW_UPDATE, 0, 0, words(payload.length));
      if ((flags & END_STREAM) === 0) this.send(FRAME.WINDOW_UPDATE, 0, frame.stream, words(payload.length));
    }
    if (type === FRAME.DATA || type === FRAME.HEADERS || type === FRAME.RST_STREAM || type === FRAME.GOAWAY) {
      this.frames.push(frame);
      this.#onFrame(this, frame);
    }
  }
}

export interface RawServer extends AsyncDisposable {
  readonly port: number;
  /** In the order they came, ended ones included. */
  readonly connections: readonly RawConnection[];
}

/** Starts one on a free port of 127.0.0.1; `onFrame` hears of the frames that {@link RawConnection.frames} keeps. */
export async function startRawHttp2(
  onFrame: (connection: RawConnection, frame: Frame, connections: readonly RawConnection[]) => void,
): Promise<RawServer> {
  const connections: RawConnection[] = [];
  const server = createServer({ ...LOOPBACK.tls, ALPNProtocols: ['h2'] }, (socket) => {
    socket.on('error', () => socket.destroy());
    connections.push(
      new RawConnection(socket, (connection, frame) => onFrame(connection, frame, connections)),
    );
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    connections,
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close');
      server.close();
      for (const { socket } of connections) socket.destroy();
      await closed;
    },
  };
}

/** Whether the frame ends its stream as a whole. */
export function endsStream({ type, flags }: Frame): boolean {
  return (type === FRAME.DATA || type === FRAME.HEADERS) && (flags & END_STREAM) !== 0;
}

/** The error code of an RST_STREAM. */
export function codeOf({ payload }: Frame): number {
  return payload.readUInt32BE(0);
}

function words(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(4 * values.length);
  for (const [at, value] of values.entries()) bytes.writeUInt32BE(value, 4 * at);
  return bytes;
}
