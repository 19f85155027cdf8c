/**
 * The response on one stream of HTTP/2. It writes no more at once than a connection of HTTP/1.1 may
 * (write-in-parts.ts), and less beside others that write (write-room.ts), and goes on when the connection has taken
 * that. So one stream holds as little as one connection of HTTP/1.1 does, however wide the client opens its windows.
 */
import { validateHeaderName, validateHeaderValue } from 'node:http';
import { constants, type ServerHttp2Stream } from 'node:http2';
import type { Socket } from 'node:net';
import { Writable } from 'node:stream';
import { byName, fieldsOf } from '../../core/request/fields.ts';
import { LEAVE_MS } from './endings.ts';
import type { ClientRequest, ClientResponse } from './served.ts';
import { popBytes, type WriteRoom } from './write-room.ts';
import { MAX_WRITE_BYTES } from './write-in-parts.ts';

type Written = (error?: Error | null) => void;

const NOTHING = Buffer.alloc(0);
/** With this error Node.js resets the stream by INTERNAL_ERROR. Without one, the client may see a complete answer. */
const BROKEN = new Error('the response was broken off');

export class H2Response extends Writable implements ClientResponse {
  readonly req: ClientRequest;
  readonly socket: Socket;
  sendDate = true;
  shouldKeepAlive = true;
  readonly #stream: ServerHttp2Stream;
  readonly #room: WriteRoom;
  /** Bytes that were written to the stream and not taken yet. */
  #given = 0;
  #headersSent = false;
  readonly #trailers: [string, string][] = [];
  #timeoutMs = 0;
  #timer: NodeJS.Timeout | undefined;

  /** @param room one for all responses of a connection */
  constructor(stream: ServerHttp2Stream, req: ClientRequest, socket: Socket, room: WriteRoom) {
    super({ highWaterMark: MAX_WRITE_BYTES });
    this.#stream = stream;
    this.#room = room;
    this.req = req;
    this.socket = socket;
    const gone = (): void => void this.destroy();
    stream.once('aborted', gone).once('close', gone);
    stream.once('wantTrailers', () => this.#sendTrailers());
  }

  get headersSent(): boolean {
    return this.#headersSent;
  }

  /** Whether nothing more is to be written. */
  get isAnswered(): boolean {
    return this.writableEnded || this.destroyed;
  }

  writeHead(code: number, ...rest: readonly [string[]] | readonly [string, string[]]): this {
    // HTTP/2 has no reason phrase.
    const flat = rest.length === 1 ? rest[0] : rest[1];
    const fields = fieldsOf(flat);
    for (const [name, value] of fields) {
      validateHeaderName(name);
      validateHeaderValue(name, value);
    }
    const options = { sendDate: this.sendDate, waitForTrailers: true };
    const isGone = this.#stream.destroyed || this.#stream.closed;
    // Node.js before 22.20 takes no flat fields for a response.
    if (!isGone) this.#stream.respond({ ...byName(fields), ':status': code }, options);
    this.#headersSent = true;
    return this;
  }

  addTrailers(fields: readonly [string, string][]): void {
    this.#trailers.push(...fields);
  }

  setTimeout(ms: number): void {
    this.#timeoutMs = ms;
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, written: Written): void {
    if (chunk.length <= this.#room.most) this.#send([chunk], written);
    else this._writev([{ chunk }], written);
  }

  override _writev(chunks: { chunk: Buffer }[], written: Written): void {
    const rest: Buffer[] = [];
    // The order is reversed, so that pop() takes the first.
    for (let at = chunks.length - 1; at >= 0; at--) rest.push(chunks[at]?.chunk ?? NOTHING);
    const next: Written = (error) => {
      if (rest.length === 0 || (error !== undefined && error !== null)) written(error);
      else this.#send(popBytes(rest, this.#room.most), next);
    };
    next();
  }

  override _final(done: Written): void {
    const stream = this.#stream;
    // Node.js ends the stream by itself where no body may come.
    if (stream.writableEnded) done();
    else stream.end(() => done());
    // An upload that continued after its answer would keep memory that is not counted any more.
    if (stream.readableEnded) return;
    const leave = setTimeout(() => {
      stream.off('close', stay).close(constants.NGHTTP2_NO_ERROR);
    }, LEAVE_MS);
    const stay = (): void => clearTimeout(leave);
    stream.once('close', stay);
  }

  override _destroy(_error: Error | null, done: Written): void {
    this.#taken();
    if (!this.writableFinished) this.#stream.destroy(BROKEN);
    // Writers learn of it by `close`, as with a ServerResponse.
    done();
  }

  #sendTrailers(): void {
    const stream = this.#stream;
    if (stream.destroyed || stream.closed) return;
    try {
      stream.sendTrailers(byName(this.#trailers));
    } catch {
      // Fields of the connection, for one, that only HTTP/1.1 knows.
      stream.destroy(BROKEN);
    }
  }

  /** The last is taken after all others. */
  #send(chunks: readonly Buffer[], written: Written): void {
    const stream = this.#stream;
    let bytes = 0;
    for (const { length } of chunks) bytes += length;
    // What is a flush for HTTP/1.1 would be an empty frame; the head leaves by itself. Of HEAD nothing may follow.
    if (bytes === 0 || stream.writableEnded) {
      written();
      return;
    }
    this.#given = bytes;
    this.#room.given += bytes;
    if (this.#timeoutMs > 0) this.#wait();
    const last = chunks.length - 1;
    if (last > 0) stream.cork();
    for (const [at, chunk] of chunks.entries())
      if (at < last) stream.write(chunk);
      else
        stream.write(chunk, (error) => {
          this.#taken();
          written(error);
        });
    if (last > 0) stream.uncork();
  }

  #wait(): void {
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.emit('timeout');
    }, this.#timeoutMs);
  }

  #taken(): void {
    this.#room.given -= this.#given;
    this.#given = 0;
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
