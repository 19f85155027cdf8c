/** What really happens in each row of the table about running streams. */
import assert from 'node:assert/strict';
import { constants } from 'node:http2';
import { setImmediate as turn } from 'node:timers/promises';
import type { ApiResponse } from '../support/api-server.ts';
import { cutsInside, errorFrame, story } from './frames.ts';
import { BLACK_HOLE, type Arrival, type Scene, type TestClient } from './scene.ts';
import type { ShortStream, StreamFault } from './table.ts';

/** One of the watches that a fault hits. */
export interface Hit {
  readonly client: TestClient;
  readonly upstream: Arrival;
}

/** How a row is played. */
export interface Action {
  readonly argv?: readonly string[];
  /** Where to cut the frame that is under way; the row is played once for each. */
  readonly cuts?: (encoding: 'json' | 'protobuf', next: Buffer) => readonly number[];
  /** @param part the beginning of the frame that is under way @returns what more the client gets of upstream */
  readonly happen: (scene: Scene, hits: readonly Hit[], part: Buffer) => Promise<Buffer> | Buffer;
}

const NOTHING = Buffer.alloc(0);
const TIMEOUT_SECONDS = 7;
/** The API server's own end may be late by this much (R12). */
const GRACE_MS = 30_000;
export const WATCH_QUERY = `resourceVersion=10&timeoutSeconds=${TIMEOUT_SECONDS}`;

const end = (_scene: Scene, hits: readonly Hit[], part: Buffer): Buffer => {
  for (const { upstream } of hits) upstream.res.end(part);
  return NOTHING;
};

const lose = async (scene: Scene, hits: readonly Hit[], part: Buffer): Promise<Buffer> => {
  await Promise.all(hits.map(({ upstream }) => sent(upstream.res, part)));
  scene.loseConnections();
  return NOTHING;
};

const resetAll = async (scene: Scene, hits: readonly Hit[], part: Buffer): Promise<Buffer> => {
  await Promise.all(hits.map(({ upstream }) => sent(upstream.res, part)));
  if (scene.variant.http === '1.1') scene.resetConnections();
  else for (const { upstream } of hits) resetStream(upstream.res);
  return NOTHING;
};

const errorEvent =
  (code: number) =>
  (scene: Scene, hits: readonly Hit[]): Buffer => {
    const frame = errorFrame(scene.variant.encoding, code);
    for (const { upstream } of hits) upstream.res.end(frame);
    return frame;
  };

const drain = async (scene: Scene): Promise<Buffer> => {
  await scene.proxy.app.drain();
  return NOTHING;
};

export const STREAM_ACTIONS: Readonly<Record<StreamFault['id'], Action>> = {
  end: { happen: end },
  'end-in-frame': { cuts: cutsInside, happen: end },
  'end-before-line-feed': {
    cuts: (encoding, next) => (encoding === 'json' ? [next.length - 1] : [next.length]),
    happen: (scene, hits, part) => {
      end(scene, hits, part);
      return part;
    },
  },
  lost: { happen: lose },
  'lost-in-frame': { cuts: cutsInside, happen: lose },
  reset: { happen: resetAll },
  'reset-in-frame': { cuts: cutsInside, happen: resetAll },
  malformed: {
    happen: (scene, hits) => {
      if (scene.variant.http === '2') scene.writeBelowTls(Buffer.from('no TLS record'));
      else for (const { upstream } of hits) upstream.res.socket.write('no size of a chunk\r\n');
      return NOTHING;
    },
  },
  'black-hole': {
    argv: BLACK_HOLE,
    happen: (scene) => {
      scene.dropPackets();
      return NOTHING;
    },
  },
  goaway: {
    happen: async (scene, hits) => {
      const connections = scene.connections;
      scene.goAway();
      // Whatever the next request is: its answer shows that the GOAWAY has been read.
      for (let asked = 0; scene.connections === connections && asked < 100; asked++)
        await scene.proxy.fetch('/version');
      assert.equal(scene.connections, connections + 1);
      const { next } = story(scene.variant.encoding);
      for (const { upstream } of hits) upstream.res.write(next);
      return next;
    },
  },
  stall: {
    cuts: cutsInside,
    happen: async (scene, hits, part) => {
      await Promise.all(hits.map(({ upstream }) => sent(upstream.res, part)));
      for (let turns = 0; turns < 100; turns++) await turn();
      const { next } = story(scene.variant.encoding);
      for (const { upstream } of hits) upstream.res.write(next.subarray(part.length));
      return next;
    },
  },
  'error-410': { happen: errorEvent(410) },
  'error-500': { happen: errorEvent(500) },
  deadline: {
    happen: (scene) => {
      scene.timers.fire(TIMEOUT_SECONDS * 1000 + GRACE_MS);
      return NOTHING;
    },
  },
  drain: { happen: drain },
};

type ShortAction = (scene: Scene, hits: readonly Hit[]) => Promise<Buffer> | Buffer;

export const SHORT_ACTIONS: Readonly<Record<ShortStream['id'], ShortAction>> = {
  'short-swallowed': (scene, hits) => end(scene, hits, NOTHING),
  'short-lost': (scene, hits) => lose(scene, hits, NOTHING),
  'short-empty': (scene, hits) => end(scene, hits, NOTHING),
  'short-drain': drain,
};

/** Resolves when these bytes were handed to the kernel: what breaks the connection then does not discard them. */
export async function sent(res: ApiResponse, bytes: Buffer): Promise<void> {
  if (bytes.length === 0) return;
  await new Promise<void>((resolve) => {
    res.write(bytes, () => resolve());
  });
}

/** Ends an HTTP/2 stream by RST_STREAM with INTERNAL_ERROR. */
export function resetStream({ stream }: ApiResponse): void {
  stream.close(constants.NGHTTP2_INTERNAL_ERROR);
}
