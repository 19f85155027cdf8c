/**
 * The client's side of an upgraded connection, with the interface of an ordinary response. Bytes from the client do not
 * prove that it reads, so its timeout restarts only with completed writes (R11).
 */
import { type Duplex, Writable } from 'node:stream';

type Written = (error?: Error | null) => void;

/** The number of waiting bytes at which writers are asked to pause. */
const HIGH_WATER_BYTES = 64 * 1024;

export class SocketResponse extends Writable {
  readonly #socket: Duplex;
  #timeoutMs = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(socket: Duplex) {
    // The end of this stream must not destroy the socket: with unread bytes this is a reset, and the client would lose
    // what it has not read yet. The owner of the socket closes it.
    super({ highWaterMark: HIGH_WATER_BYTES, autoDestroy: false });
    this.#socket = socket;
    socket.once('close', () => this.destroy());
  }

  /** Emits `timeout` if the client has read none of the written bytes for this time (milliseconds). */
  setTimeout(ms: number): void {
    this.#timeoutMs = ms;
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, written: Written): void {
    this.#wait();
    this.#socket.write(chunk, (error) => {
      this.#taken();
      written(error);
    });
  }

  override _writev(chunks: { chunk: Buffer }[], written: Written): void {
    this.#wait();
    this.#socket.cork();
    for (const [i, { chunk }] of chunks.entries())
      if (i < chunks.length - 1) this.#socket.write(chunk);
      else
        this.#socket.write(chunk, (error) => {
          this.#taken();
          written(error);
        });
    this.#socket.uncork();
  }

  override _final(done: Written): void {
    this.#socket.end(() => done());
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#taken();
    this.#socket.destroy();
    done(error);
  }

  #wait(): void {
    clearTimeout(this.#timer);
    if (this.#timeoutMs > 0) this.#timer = setTimeout(() => this.emit('timeout'), this.#timeoutMs);
  }

  #taken(): void {
    clearTimeout(this.#timer);
  }
}
