/**
 * The response on one stream of HTTP/2. It writes no more at once than a connection of HTTP/1.1 may (write-in-parts.ts),
 * and goes on when the connection has taken that. So one stream holds as little as one connection of HTTP/1.1 does,
 * however wide the client opens its windows.
 */
import { validateHeaderName, validateHeaderValue } from 'node:http';
import { constants, type ServerHttp2Stream } from 'node:http2';
import type { Socket } from 'node:net';
import { Writable } from 'node:stream';
import { LEAVE_MS } from './endings.ts';
import type { ClientRequest, ClientResponse } from './served.ts';
import { MAX_WRITE_BYTES, partsOf } from './write-in-parts.ts';

type Written = (error?: Error | null) => void;

/** With it Node.js resets the stream by INTERNAL_ERROR. Without one it may look to the client as if it had ended. */
const BROKEN = new Error('the response was broken off');

export class H2Response extends Writable implements ClientResponse {
  readonly req: ClientRequest;
  readonly socket: Socket;
  sendDate = true;
  shouldKeepAlive = true;
  readonly #stream: ServerHttp2Stream;
  #headersSent = false;
  readonly #trailers: [string, string][] = [];
  #timeoutMs = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(stream: ServerHttp2Stream, req: ClientRequest, socket: Socket) {
    super({ highWaterMark: MAX_WRITE_BYTES });
    this.#stream = stream;
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
    const fields: [string, string][] = [];
    for (let at = 0; at + 1 < flat.length; at += 2) {
      const [name = '', value = ''] = flat.slice(at, at + 2);
      validateHeaderName(name);
      validateHeaderValue(name, value);
      fields.push([name, value]);
    }
    const options = { sendDate: this.sendDate, waitForTrailers: true };
    const isGone = this.#stream.destroyed || this.#stream.closed;
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

  override _write(chunk: Buffer, encoding: BufferEncoding, written: Written): void {
    if (chunk.length <= MAX_WRITE_BYTES) this.#send(chunk, written);
    else this._writev([{ chunk, encoding }], written);
  }

  override _writev(chunks: { chunk: Buffer; encoding: BufferEncoding }[], written: Written): void {
    const parts = partsOf(chunks);
    const next: Written = (error) => {
      const part = error === undefined || error === null ? parts.shift() : undefined;
      if (part === undefined) written(error);
      else {
        // All but the last are written with it, and taken before it.
        this.#stream.cork();
        const last = part.pop();
        for (const { chunk } of part) this.#stream.write(chunk);
        this.#send(last?.chunk ?? '', next);
        this.#stream.uncork();
      }
    };
    next();
  }

  override _final(done: Written): void {
    const stream = this.#stream;
    // Node.js ends the stream by itself where no body may come.
    if (stream.writableEnded) done();
    else stream.end(() => done());
    // An upload that goes on behind its answer would keep what nobody counts any more.
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
    // Whoever writes is told by `close`, as by a ServerResponse.
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

  #send(chunk: Buffer | string, written: Written): void {
    // What a flush is for HTTP/1.1 would be an empty frame; the head leaves by itself. Of HEAD nothing may follow.
    if (chunk.length === 0 || this.#stream.writableEnded) {
      written();
      return;
    }
    if (this.#timeoutMs > 0) this.#wait();
    this.#stream.write(chunk, (error) => {
      this.#taken();
      written(error);
    });
  }

  #wait(): void {
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.emit('timeout');
    }, this.#timeoutMs);
  }

  #taken(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}

/** The form that every Node.js takes: before 22.20 none took flat fields for a response. */
function byName(fields: readonly [string, string][]): Record<string, string[]> {
  const named: Record<string, string[]> = Object.create(null) as Record<string, string[]>;
  for (const [name, value] of fields) (named[name.toLowerCase()] ??= []).push(value);
  return named;
}
