/** Bytes that a real kube-apiserver sent (test/fixtures/README.md), and their frames, cut by an independent reader. */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';

export function fixture(name: string): Buffer {
  return readFileSync(new URL(`../fixtures/${name}`, import.meta.url));
}

/** All watch streams among the fixtures, plain, by encoding. */
export const WATCHES = {
  json: [
    'watch.json',
    'watch-nobookmarks.json',
    'watch-rv0.json',
    'watchlist.json',
    'watch-one-node.json',
    'watch-selector.json',
    'watch-table.json',
    'watch-metadata.json',
    'watch-410.json',
  ],
  protobuf: ['watch.pb', 'watch-speaker.pb', 'watchlist.pb', 'watch-metadata.pb', 'watch-410.pb'],
} as const;

/** A watch stream that was recorded compressed. */
export function gunzipped(name: string): Buffer {
  return gunzipSync(fixture(name));
}

/** Frames of a JSON watch, line feeds included. */
export function jsonFrames(bytes: Buffer): Buffer[] {
  const frames: Buffer[] = [];
  let start = 0;
  for (let i = 0; i < bytes.length; i++)
    if (bytes[i] === 0x0a) {
      frames.push(bytes.subarray(start, i + 1));
      start = i + 1;
    }
  if (start < bytes.length) frames.push(bytes.subarray(start));
  return frames;
}

/** Frames of a protobuf watch, length prefixes included. */
export function protobufFrames(bytes: Buffer): Buffer[] {
  const frames: Buffer[] = [];
  for (let at = 0; at < bytes.length;) {
    const end = at + 4 + bytes.readUInt32BE(at);
    frames.push(bytes.subarray(at, end));
    at = end;
  }
  return frames;
}

export interface Truth {
  readonly resourceVersion: string;
  readonly type: string;
  readonly name: string;
  readonly heartbeat: boolean;
}

/** Every event of watch.json and watch.pb but bookmarks, and whether it changes nothing of the metallb projection. */
export function truth(): Truth[] {
  return fixture('truth.jsonl')
    .toString()
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Truth);
}
