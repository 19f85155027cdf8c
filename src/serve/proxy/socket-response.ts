/**
 * The client's side of an upgraded connection, as a stream is written to: what is behind an ordinary response, and no more.
 * A client that sends something has taken nothing by that, so its time runs from write to write (R11).
 */
import { Writable } from 'node:stream';
import type { Duplex } from 'node:stream';

type Written = (error?: Error | null) => void;

/** How many bytes may wait before writers are asked to pause. */
const HIGH_WATER_BYTES = 64 * 1024;

export class SocketResponse extends Writable {
  readonly #socket: Duplex;
  #timeoutMs = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(socket: Duplex) {
    // Its end is not the socket's: to destroy that with bytes unread is a reset, and takes from the client what it has yet to
    // read. The owner of the socket lets it go.
    super({ highWaterMark: HIGH_WATER_BYTES, autoDestroy: false });
    this.#socket = socket;
    socket.once('close', () => this.destroy());
  }

  /** Emits `timeout` when the client has taken nothing of what was written for so long (milliseconds). */
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
