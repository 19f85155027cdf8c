import type { Attack } from '../attack.ts';
import { get, openMany, sleep } from '../hostile.ts';

const BATCHES = 30;
const BATCH = 50;

export const refusedUpgrades: Attack = {
  name: 'refused-upgrades',
  what: '1,500 connections, each with an upgrade that is refused, and no answer read',
  run: async (target) => {
    const upgrade = ['Connection: Upgrade', 'Upgrade: websocket'];
    for (let batch = 0; batch < BATCHES; batch++)
      for (const socket of await openMany(target, BATCH)) {
        socket.pause();
        socket.write(get('http://x/y', upgrade, ''));
      }
    await sleep(10_000);
  },
};
