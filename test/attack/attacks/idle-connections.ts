import type { Attack } from '../attack.ts';
import { openMany, openPlain, sleep } from '../hostile.ts';

const METRICS = 5000;
const PROXY = 1500;

export const idleConnections: Attack = {
  name: 'idle-connections',
  what: '5,000 connections to the metrics port and 1,500 to the proxy that say nothing',
  run: async (target) => {
    for (let count = 0; count < METRICS; count++) await openPlain(target.metricsPort);
    await openMany(target, PROXY);
    await sleep(10_000);
  },
};
