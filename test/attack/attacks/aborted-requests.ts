import type { Attack, Target } from '../attack.ts';
import { get, open, sleep } from '../hostile.ts';

const ROUNDS_MS = 10_000;
const CLIENTS = 99;

/** Comes, asks, and goes when the request has had time to get through. */
async function abort(target: Target): Promise<void> {
  const socket = await open(target);
  socket?.write(get('/hang'));
  await sleep(20);
  socket?.destroy();
}

/** Each client begins its next round when it is through with one: all of them at once would only wait for each other. */
async function aborts(target: Target, end: number): Promise<void> {
  while (performance.now() < end) await abort(target);
}

export const abortedRequests: Attack = {
  name: 'aborted-requests',
  what: '99 clients that abort each request as soon as it is sent, and come again',
  run: async (target) => {
    const end = performance.now() + ROUNDS_MS;
    await Promise.all(Array.from({ length: CLIENTS }, () => aborts(target, end)));
  },
};
