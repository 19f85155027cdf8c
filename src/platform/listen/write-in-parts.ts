/**
 * Node.js makes a TLS connection a buffer as long as what is written at once, and keeps it until the connection is
 * closed (Node 24, src/crypto/crypto_bio.cc: set_allocate_tls_hint). One event of 1 MiB would cost each of a hundred
 * watches another MiB for as long as they last, in no heap and no budget. So a long write goes out in parts: the next
 * one when the connection has taken the one before it.
 */
import type { Socket } from 'node:net';

/** Four records of TLS, as much as is read at once: what one read upstream leads to stays one write (bytes). */
export const MAX_WRITE_BYTES = 64 * 1024;

type Written = (error?: Error | null) => void;

interface Chunk {
  readonly chunk: Buffer | string;
  readonly encoding: BufferEncoding;
}

/** Replaces the write below the socket's queue, so that order, back-pressure and the end do not change. */
export function writeInParts(socket: Socket): void {
  const write = socket._write.bind(socket);
  const writev = socket._writev?.bind(socket);
  if (writev === undefined) return;
  const writeAll = (chunks: readonly Chunk[], written: Written): void => {
    const parts = partsOf(chunks);
    const next: Written = (error) => {
      const part = error === undefined || error === null ? parts.shift() : undefined;
      if (part === undefined) written(error);
      else writev(part, next);
    };
    next();
  };
  socket._write = (chunk: Chunk['chunk'], encoding: BufferEncoding, written: Written) => {
    if (chunk.length <= MAX_WRITE_BYTES) write(chunk, encoding, written);
    else writeAll([{ chunk, encoding }], written);
  };
  socket._writev = (chunks: Chunk[], written: Written) => {
    let length = 0;
    for (const { chunk } of chunks) length += chunk.length;
    if (length <= MAX_WRITE_BYTES) writev(chunks, written);
    else writeAll(chunks, written);
  };
}

/** The same bytes in parts, of which all but the last have the full length. */
function partsOf(chunks: readonly Chunk[]): Chunk[][] {
  const parts: Chunk[][] = [];
  let room = 0;
  for (const { chunk, encoding } of chunks) {
    const bytes = typeof chunk === 'string' ? Buffer.from(chunk, encoding) : chunk;
    for (let at = 0; at < bytes.length;) {
      if (room === 0) {
        parts.push([]);
        room = MAX_WRITE_BYTES;
      }
      const slice = bytes.subarray(at, at + room);
      parts.at(-1)?.push({ chunk: slice, encoding });
      at += slice.length;
      room -= slice.length;
    }
  }
  return parts;
}
