/** Sends the events of one watch, paced or as fast as they are taken, without encoding any of them anew. */
import type { Writable } from 'node:stream';
import { setImmediate as nextTurn, setTimeout as delay } from 'node:timers/promises';
import { heartbeatBytes, markText } from '../frames.ts';
import { addedFrame, modifiedFrames } from './cluster-frames.ts';
import type { WatchPlan } from './plan.ts';

const MS_PER_SECOND = 1000;
/** More than one socket write holds. */
const MAX_QUEUED_BYTES = 256 * 1024;
/** A frame and room to spare; the slots together hold far more than may be queued, so none is patched in the queue. */
const SLOT_BYTES = 32 * 1024;
const SLOTS = 64;
/** Frames that are made in one turn of the event loop. */
const STEP = 50;
/** Any rhythm will do, as long as the times change. */
const EVENTS_PER_HEARTBEAT_TIME = 100;

/** @param gate called after the warm-up; what it returns is waited for */
export async function sendWatch(
  out: Writable,
  plan: WatchPlan,
  gate: () => Promise<undefined>,
): Promise<void> {
  const { encoding, nodes, warmUp, events, changeEvery } = plan;
  // Making thousands of frames takes seconds. On a busy machine a proxy's handshake would wait too long meanwhile, and the
  // proxy would answer its client with 429.
  for (let made = STEP; made < nodes; made += STEP) {
    modifiedFrames(encoding, made);
    await nextTurn();
  }
  const frames = modifiedFrames(encoding, nodes);
  const slots = Array.from({ length: SLOTS }, () => Buffer.allocUnsafeSlow(SLOT_BYTES));
  const marks: (string | undefined)[] = Array.from({ length: nodes }, () => undefined);
  let heartbeat = heartbeatBytes(encoding, 0);

  const modified = (event: number): Buffer => {
    const index = event % nodes;
    const frame = frames[index];
    const slot = slots[event % SLOTS];
    if (frame === undefined || slot === undefined) throw new Error('a plan without Nodes');
    if (event % EVENTS_PER_HEARTBEAT_TIME === 0)
      heartbeat = heartbeatBytes(encoding, event / EVENTS_PER_HEARTBEAT_TIME);
    if (event % changeEvery === 0)
      marks[index] = markText({ change: event / changeEvery, sentAt: process.hrtime.bigint() });
    return frame.writeTo(slot, { resourceVersion: nodes + event, mark: marks[index], heartbeat });
  };

  for (const frame of frames.slice(0, plan.added)) await send(out, addedFrame(frame, encoding));
  for (let event = 1; event <= warmUp; event++) {
    if (out.destroyed) return;
    await send(out, modified(event));
  }
  await gate();
  const startedAt = performance.now();
  for (let event = 1; event <= events; event++) {
    if (plan.rate > 0) {
      const waitMs = startedAt + (event * MS_PER_SECOND) / plan.rate - performance.now();
      if (waitMs > 0) await delay(waitMs);
    }
    if (out.destroyed) return;
    await send(out, modified(warmUp + event));
  }
}

/** Resolves at once while there is room. */
function send(out: Writable, bytes: Buffer): Promise<void> | undefined {
  if (out.write(bytes) || out.writableLength < MAX_QUEUED_BYTES) return undefined;
  return new Promise((resolve) => {
    const done = (): void => {
      out.off('drain', done).off('close', done);
      resolve();
    };
    out.on('drain', done).on('close', done);
  });
}
