/** A response to a client that may be slow: what its socket does not take waits, as in Node's ServerResponse. */
import { FakeResponse } from '../support/streams.ts';

/** Beyond it Node asks for a pause. */
const HIGH_WATER_MARK = 2000;

export class ModelResponse extends FakeResponse {
  #isSlow = false;
  /** Whether all that was written has left, the end included. */
  isFinished = false;
  /** What has left for the client, in order. */
  #left: Buffer[] = [];
  #waiting: { readonly bytes: Buffer; readonly sent: (() => void) | undefined }[] = [];

  override write(bytes: Buffer, sent?: () => void): boolean {
    if (this.at !== 'open') throw new Error(`write after the response was ${this.at}`);
    const copy = Buffer.from(bytes);
    this.written.push(copy);
    this.#waiting.push({ bytes: copy, sent });
    this.writableLength += bytes.length;
    if (!this.#isSlow) this.#flush();
    this.writableNeedDrain = this.writableLength >= HIGH_WATER_MARK;
    return !this.writableNeedDrain;
  }

  override end(): void {
    if (this.at !== 'open') throw new Error(`end after the response was ${this.at}`);
    this.at = 'ended';
    if (!this.#isSlow) this.#finish();
  }

  /** What the sidecar has written since the last call, whether it has left or not. */
  takeWritten(): Buffer {
    const bytes = Buffer.concat(this.written);
    this.written.length = 0;
    return bytes;
  }

  /** What has left for the client since the last call. */
  takeLeft(): Buffer {
    const bytes = Buffer.concat(this.#left);
    this.#left = [];
    return bytes;
  }

  get isSlow(): boolean {
    return this.#isSlow;
  }

  /** From now on the socket takes nothing, or everything again. */
  setSlow(isSlow: boolean): void {
    this.#isSlow = isSlow;
    if (isSlow || this.at === 'destroyed') return;
    this.#flush();
    if (this.at === 'ended') this.#finish();
    else if (this.writableNeedDrain) {
      this.writableNeedDrain = false;
      this.emit('drain');
    }
  }

  /** The client has closed the connection. */
  close(): void {
    if (this.at === 'open') this.at = 'destroyed';
    this.emit('close');
  }

  #flush(): void {
    for (const { bytes, sent } of this.#waiting.splice(0)) {
      this.#left.push(bytes);
      this.writableLength -= bytes.length;
      sent?.();
    }
  }

  #finish(): void {
    this.isFinished = true;
    this.emit('finish');
    this.emit('close');
  }
}
