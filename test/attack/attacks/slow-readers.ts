import type { Attack } from '../attack.ts';
import { get, openMany, sleep } from '../hostile.ts';

const CONNECTIONS = 500;

export const slowReaders: Attack = {
  name: 'slow-readers',
  what: '500 readers of answers of 8 MiB that stop reading',
  run: async (target) => {
    for (const socket of await openMany(target, CONNECTIONS)) {
      socket.pause();
      socket.write(get('/large'));
    }
    await sleep(10_000);
  },
};
