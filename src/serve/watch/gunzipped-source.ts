/**
 * Decodes a watch that upstream compressed although it was not asked to (R13). It is the source of the stream and the
 * handler of the exchange. kube-apiserver 1.37 begins a new gzip member at each flush; a single member with sync
 * flushes is read as well. In both cases flushed bytes come out at once. This class owns the decoder and the
 * back-pressure on both sides, which also bounds the memory for a stream that decompresses to far more bytes (I6).
 */
import { createGunzip } from 'node:zlib';
import type { ByteBudget } from '../../core/limits/byte-budget.ts';
import type { Exchange } from '../../platform/upstream/exchange.ts';
import type { SourceError } from './watch-stream.ts';

/** The receiver of the decoded bytes. */
export interface StreamSink {
  /** The sink may keep `chunk`. If it returns false, decoding pauses until {@link GunzippedSource.resume}. */
  onData(chunk: Buffer): boolean;
  onEnd(): void;
  onError(error: SourceError): void;
  giveWay(): void;
}

/** Handles the compressed response. */
export interface GunzipHandler extends StreamSink {
  /** Marks that the forwarded body is not compressed. */
  readonly decodes: true;
  onResponse(): void;
}

const NOTHING = Buffer.alloc(0);

/** The memory for decoding one watch: the window, the queues on both sides, and the chunks beyond them (bytes). */
export const DECODER_BYTES = 192 * 1024;

export class GunzippedSource implements Exchange {
  readonly #exchange: Exchange;
  readonly #gunzip = createGunzip();
  /** The number of compressed bytes received. */
  #received = 0;
  #upstream: 'open' | 'ended' | SourceError = 'open';

  constructor(exchange: Exchange) {
    this.#exchange = exchange;
    this.#gunzip.on('drain', () => exchange.resume());
  }

  /** @returns undefined if the budget has no room for a decoder */
  static within(budget: ByteBudget | undefined, exchange: Exchange): GunzippedSource | undefined {
    if (budget?.take(DECODER_BYTES) === false) return undefined;
    const source = new GunzippedSource(exchange);
    source.#gunzip.once('close', () => budget?.give(DECODER_BYTES));
    return source;
  }

  abort(): void {
    this.#gunzip.destroy();
    this.#exchange.abort();
  }

  resume(): void {
    this.#gunzip.resume();
  }

  /** Starts decoding into `sink`. @returns the handler for the compressed response */
  into(sink: StreamSink): GunzipHandler {
    const gunzip = this.#gunzip;
    gunzip.on('data', (chunk: Buffer) => {
      if (!sink.onData(chunk)) gunzip.pause();
    });
    gunzip.on('end', () => {
      // The decoder treats a zero byte after a member as padding and reads no further.
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
        if (this.#finish()) return;
        sink.onEnd();
      },
      onError: (error) => {
        this.#upstream = error;
        if (this.#finish()) return;
        sink.onError(error);
      },
    };
  }

  #decode(chunk: Buffer): boolean {
    if (this.#gunzip.destroyed) return true;
    this.#received += chunk.length;
    // Decoding happens later in another thread, but the chunk is lent only until this method returns (I8).
    return this.#gunzip.write(Buffer.from(chunk));
  }

  /** @returns true if bytes remain to be decoded; the end is reported after them */
  #finish(): boolean {
    const gunzip = this.#gunzip;
    if (this.#received === 0) gunzip.destroy();
    // end() follows a separate write: if the end is an error, Node.js drops the bytes decoded by the last write.
    else if (!gunzip.destroyed) gunzip.write(NOTHING, () => gunzip.end());
    return this.#received > 0;
  }

  /** Upstream broke off or sent invalid gzip: a damaged member, no trailer, or bytes after the last member. */
  #fail(sink: StreamSink): void {
    this.abort();
    const cause = this.#upstream;
    sink.onError(typeof cause === 'object' ? cause : corrupt());
  }
}

function corrupt(): SourceError {
  return Object.assign(new Error('the compressed watch is corrupt'), { code: 'encoding' });
}
