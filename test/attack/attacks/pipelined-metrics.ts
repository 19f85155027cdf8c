import type { Attack } from '../attack.ts';
import { openPlain, sleep } from '../hostile.ts';

const CONNECTIONS = 100;
const REQUESTS = 2000;

export const pipelinedMetrics: Attack = {
  name: 'pipelined-metrics',
  what: '100 connections to the metrics port, each with 2,000 pipelined requests, no answer read',
  run: async ({ metricsPort }) => {
    for (let count = 0; count < CONNECTIONS; count++) {
      const socket = await openPlain(metricsPort);
      socket?.pause();
      socket?.write('GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(REQUESTS));
    }
    await sleep(10_000);
  },
};
