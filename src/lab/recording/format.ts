/**
 * The file of a recording: gzip of one line of JSON that describes it, and then each frame with its time: 4 bytes
 * of milliseconds since the watch was opened, 4 bytes of length (both big-endian), and the original bytes.
 */
import { gunzipSync } from 'node:zlib';

export const FORMAT = 'watchsieve.recording/1';

export interface Head {
  readonly format: typeof FORMAT;
  readonly madeBy: string;
  /** RFC 3339. */
  readonly at: string;
  /** The watched collection, for example `/api/v1/nodes`. */
  readonly path: string;
  readonly isRedacted: boolean;
}

export interface RecordedFrame {
  readonly atMs: number;
  readonly bytes: Buffer;
}

export interface Recording {
  readonly head: Head;
  readonly frames: readonly RecordedFrame[];
}

/** The file is not a recording, or has another version. */
export class NoRecording extends Error {
  override readonly name = 'NoRecording';
}

/** The bounds of an unpacked recording and of its first line. */
const MAX_BYTES = 2 ** 30;
const MAX_HEAD_BYTES = 4096;
const FRAME_HEAD_BYTES = 8;
const PATH =
  /^\/(?:api|apis\/[a-z0-9.-]{1,253})\/[a-z0-9]{1,63}\/(?:namespaces\/[a-z0-9.-]{1,253}\/)?[a-z0-9.-]{1,253}$/;

export function headBytes(head: Head): Buffer {
  return Buffer.from(`${JSON.stringify(head)}\n`);
}

export function frameBytes(atMs: number, bytes: Buffer): Buffer {
  const head = Buffer.alloc(FRAME_HEAD_BYTES);
  head.writeUInt32BE(Math.min(Math.max(0, Math.round(atMs)), 2 ** 32 - 1), 0);
  head.writeUInt32BE(bytes.length, 4);
  return Buffer.concat([head, bytes]);
}

/** @throws NoRecording */
export function readRecording(packed: Buffer): Recording {
  let bytes: Buffer;
  try {
    bytes = gunzipSync(packed, { maxOutputLength: MAX_BYTES });
  } catch (cause) {
    throw new NoRecording('it is not a complete recording of watchsieve', { cause });
  }
  const end = bytes.subarray(0, MAX_HEAD_BYTES).indexOf(0x0a);
  const head = headOf(bytes.subarray(0, Math.max(0, end)).toString());
  const frames: RecordedFrame[] = [];
  for (let at = end + 1; at < bytes.length;) {
    const length = at + FRAME_HEAD_BYTES <= bytes.length ? bytes.readUInt32BE(at + 4) : Infinity;
    const from = at + FRAME_HEAD_BYTES;
    if (from + length > bytes.length) throw new NoRecording('it ends within an event');
    frames.push({ atMs: bytes.readUInt32BE(at), bytes: bytes.subarray(from, from + length) });
    at = from + length;
  }
  return { head, frames };
}

function headOf(text: string): Head {
  let head: unknown;
  try {
    head = JSON.parse(text);
  } catch (cause) {
    throw new NoRecording('it does not say what it is', { cause });
  }
  const field = (name: string): unknown =>
    typeof head === 'object' && head !== null && Object.hasOwn(head, name)
      ? Reflect.get(head, name)
      : undefined;
  if (field('format') !== FORMAT) throw new NoRecording(`its format is not ${FORMAT}`);
  const [path, at, madeBy] = [field('path'), field('at'), field('madeBy')];
  if (typeof path !== 'string' || !PATH.test(path)) throw new NoRecording('it names no collection');
  return {
    format: FORMAT,
    madeBy: typeof madeBy === 'string' ? madeBy : '',
    at: typeof at === 'string' ? at : '',
    path,
    isRedacted: field('isRedacted') === true,
  };
}
