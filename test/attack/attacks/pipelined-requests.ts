import type { Attack } from '../attack.ts';
import { get, open, sleep } from '../hostile.ts';

const REQUESTS = 30_000;

export const pipelinedRequests: Attack = {
  name: 'pipelined-requests',
  what: '30,000 pipelined requests on one connection, no answer read',
  run: async (target) => {
    const socket = await open(target);
    socket?.pause();
    socket?.write(get('/version').repeat(REQUESTS));
    await sleep(10_000);
  },
};
