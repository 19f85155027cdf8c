/**
 * Writes bytes that many responses share, such as events from the memory of a hub. Node.js writes a chunk of HTTP/1.1
 * in four pieces, which TLS copies together for each response. Here the whole chunk is made once, and each response
 * writes that one buffer, of which TLS needs no copy.
 */

export interface SharingResponse {
  /** Whether Node.js puts the framing of a chunk around what is written; HTTP/1.0 and HTTP/2 have none. */
  chunkedEncoding?: boolean;
  write(bytes: Buffer): boolean;
}

/** Longer bytes are too few, and keep too much memory, to be worth it (bytes). */
const MAX_BYTES = 60 * 1024;
/** Events that may be on their way to all readers at one time. */
const KEPT = 16;
const CRLF = Buffer.from('\r\n');

interface Shared {
  readonly bytes: Buffer;
  chunk: Buffer | undefined;
}

export class SharedChunks {
  /** The latest of what was written, in no order. */
  readonly #kept: Shared[] = [];
  #next = 0;

  /** @param bytes never changed again. @returns as `res.write` */
  write(res: SharingResponse, bytes: Buffer): boolean {
    const chunk = res.chunkedEncoding === true ? this.#chunkOf(bytes) : undefined;
    if (chunk === undefined) return res.write(bytes);
    res.chunkedEncoding = false;
    try {
      return res.write(chunk);
    } finally {
      res.chunkedEncoding = true;
    }
  }

  /** @returns undefined the first time: initial events of one reader are not worth a copy */
  #chunkOf(bytes: Buffer): Buffer | undefined {
    if (bytes.length === 0 || bytes.length > MAX_BYTES) return undefined;
    for (const shared of this.#kept) if (shared.bytes === bytes) return (shared.chunk ??= chunkOf(bytes));
    this.#kept[this.#next] = { bytes, chunk: undefined };
    this.#next = (this.#next + 1) % KEPT;
    return undefined;
  }
}

function chunkOf(bytes: Buffer): Buffer {
  return Buffer.concat([Buffer.from(bytes.length.toString(16), 'latin1'), CRLF, bytes, CRLF]);
}
