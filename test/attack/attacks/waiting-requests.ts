import type { Attack } from '../attack.ts';
import { get, openMany, sleep } from '../hostile.ts';

const CONNECTIONS = 900;

export const waitingRequests: Attack = {
  name: 'waiting-requests',
  what: '900 connections, each with requests that the API server never answers',
  run: async (target) => {
    const sockets = await openMany(target, CONNECTIONS);
    for (const socket of sockets) socket.write(get('/hang', [`X-Large: ${'x'.repeat(60_000)}`]).repeat(8));
    await sleep(10_000);
  },
};
