import type { Attack } from '../attack.ts';
import { get, openMany, sleep } from '../hostile.ts';

const WATCHES = 100;

export const manyNodes: Attack = {
  name: 'many-nodes',
  what: '100 watches of 5,000 Nodes each, with their initial events',
  run: async (target) => {
    const path = '/api/v1/nodes?watch=1&sendInitialEvents=true&allowWatchBookmarks=true';
    for (const socket of await openMany(target, WATCHES)) {
      socket.resume();
      socket.write(get(path));
    }
    await sleep(25_000);
  },
};
