import { type Attack, type Target } from '../attack.ts';
import { get, open, sleep } from '../hostile.ts';

const CLIENTS = 99;
const ROUNDS_MS = 10_000;

/** Comes, asks, goes when the request has had time to get through. */
async function abort(target: Target): Promise<void> {
  const socket = await open(target);
  socket?.write(get('/hang'));
  await sleep(50);
  socket?.destroy();
}

export const abortedRequests: Attack = {
  name: 'aborted-requests',
  what: 'rounds of 99 requests that are aborted as soon as they are sent',
  run: async (target) => {
    const end = performance.now() + ROUNDS_MS;
    while (performance.now() < end) await Promise.all(Array.from({ length: CLIENTS }, () => abort(target)));
  },
};
