import type { Attack, Target } from '../attack.ts';
import { get, openMany, sleep } from '../hostile.ts';

const WATCHES = 190;

export const longFrames: Attack = {
  name: 'long-frames',
  what: '190 watches, to each of which an event of 1.4 MiB is sent that does not come to its end',
  run: (target) => watchMany(target, 'unfinished'),
};

export const longEvents: Attack = {
  name: 'long-events',
  what: '190 watches, each of which has a whole event of 1.4 MiB and goes on',
  run: (target) => watchMany(target, 'long'),
};

/** @param selector - the API server of the attacks knows it */
async function watchMany(target: Target, selector: string): Promise<void> {
  const path = `/api/v1/nodes?watch=1&resourceVersion=1&labelSelector=${selector}`;
  for (const socket of await openMany(target, WATCHES)) {
    socket.resume();
    socket.write(get(path));
  }
  await sleep(16_000);
}
