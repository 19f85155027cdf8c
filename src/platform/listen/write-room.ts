/**
 * What the streams of a connection may write at once. Node.js joins what they write to one write of TLS, and keeps a
 * buffer of that length until the connection is closed (write-in-parts.ts): 250 streams of 64 KiB cost a connection 20
 * MiB. A stream whose client takes nothing must not hold the others up, so each may write a little in any case. Pure.
 */
import { MAX_WRITE_BYTES } from './write-in-parts.ts';

/** Enough for four streams to write as if they were alone (bytes). */
const TOTAL_BYTES = 4 * MAX_WRITE_BYTES;
/** What a stream may write where the others have written all that (bytes). */
const LEAST_BYTES = 2 * 1024;

export class WriteRoom {
  /** Bytes that were written to streams of the connection and have not been taken. */
  given = 0;

  /** The bytes that a stream may write now, before it waits until they are taken. */
  get most(): number {
    return Math.max(LEAST_BYTES, Math.min(MAX_WRITE_BYTES, TOTAL_BYTES - this.given));
  }
}

/** Takes up to so many bytes off the end of `rest`, whose last element is the next. Linear in what is taken. */
export function popBytes(rest: Buffer[], bytes: number): Buffer[] {
  const popped: Buffer[] = [];
  let room = bytes;
  while (room > 0) {
    const next = rest.pop();
    if (next === undefined) break;
    popped.push(next.length <= room ? next : next.subarray(0, room));
    if (next.length > room) rest.push(next.subarray(room));
    room -= Math.min(room, next.length);
  }
  return popped;
}
