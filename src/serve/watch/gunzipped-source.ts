/**
 * Decodes a watch that upstream compressed although it was not asked to (R13): to the stream it is the source, to the
 * exchange the handler. kube-apiserver 1.37 begins a new gzip member at each flush; one member with sync flushes is
 * read as well, and either way what was flushed comes out at once. Owns the decoder and back-pressure on both sides
 * of it, which is also what bounds a stream that unpacks to very much (I6).
 */
import { createGunzip } from 'node:zlib';
import { type SourceError, type StreamSource } from './watch-stream.ts';

/** Where decoded bytes go. */
export interface StreamSink {
  /** `chunk` is its own to keep. False asks for a pause until {@link GunzippedSource.resume}. */
  onData(chunk: Buffer): boolean;
  onEnd(): void;
  onError(error: SourceError): void;
  giveWay(): void;
}

/** Hears the compressed response. */
export interface GunzipHandler {
  /** What is sent on is not compressed. */
  readonly decodes: true;
  onResponse(): void;
  onData(chunk: Buffer): boolean;
  onEnd(): void;
  onError(error: SourceError): void;
  giveWay(): void;
}

const NOTHING = Buffer.alloc(0);

export class GunzippedSource implements StreamSource {
  readonly #exchange: StreamSource;
  readonly #gunzip = createGunzip();
  /** Compressed bytes. */
  #received = 0;
  #upstream: 'open' | 'ended' | SourceError = 'open';

  constructor(exchange: StreamSource) {
    this.#exchange = exchange;
    this.#gunzip.on('drain', () => exchange.resume());
  }

  abort(): void {
    this.#gunzip.destroy();
    this.#exchange.abort();
  }

  resume(): void {
    this.#gunzip.resume();
  }

  /** Begins to decode. @returns what is to hear the response */
  into(sink: StreamSink): GunzipHandler {
    const gunzip = this.#gunzip;
    gunzip.on('data', (chunk: Buffer) => {
      if (!sink.onData(chunk)) gunzip.pause();
    });
    gunzip.on('end', () => {
      // The decoder takes a zero byte behind a member for padding, and reads no further.
      if (this.#upstream === 'ended' && gunzip.bytesWritten === this.#received) sink.onEnd();
      else this.#fail(sink);
    });
    gunzip.on('error', () => this.#fail(sink));
    return {
      decodes: true,
      onResponse: () => undefined,
      giveWay: () => sink.giveWay(),
      onData: (chunk) => this.#decode(chunk),
      onEnd: () => {
        this.#upstream = 'ended';
        if (this.#received > 0) this.#finish();
        else sink.onEnd();
      },
      onError: (error) => {
        this.#upstream = error;
        if (this.#received > 0) this.#finish();
        else sink.onError(error);
      },
    };
  }

  #decode(chunk: Buffer): boolean {
    if (this.#gunzip.destroyed) return true;
    this.#received += chunk.length;
    // Decoding happens later, in another thread; the chunk is only ours until we return (I8).
    return this.#gunzip.write(Buffer.from(chunk));
  }

  /** In a write of its own: where the end is an error, Node drops what the write that ended it has decoded. */
  #finish(): void {
    if (!this.#gunzip.destroyed) this.#gunzip.write(NOTHING, () => this.#gunzip.end());
  }

  /** Upstream broke off, or what it sent is not gzip: a broken member, no trailer, something behind the last one. */
  #fail(sink: StreamSink): void {
    this.abort();
    const cause = this.#upstream;
    sink.onError(typeof cause === 'object' ? cause : corrupt());
  }
}

function corrupt(): SourceError {
  return Object.assign(new Error('the compressed watch is corrupt'), { code: 'encoding' });
}
