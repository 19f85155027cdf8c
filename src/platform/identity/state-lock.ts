/**
 * One watchsieve per state directory: two would overwrite each other's kubeconfig, and clients of the one would talk
 * to the other. Owns the lock, a Unix socket that its holder listens on: unlike a file with a process id it needs no
 * guess whether the holder lives, also where two containers share a volume.
 */
import { once } from 'node:events';
import { constants } from 'node:fs';
import { open, rm } from 'node:fs/promises';
import { connect, createServer, type Server } from 'node:net';
import { join, resolve } from 'node:path';
import { assertOwnDirectory } from './own-file.ts';
import { StateDirError, toStateDirError } from './state-dir-error.ts';
import { ensureDirectory } from './write-file.ts';
import { codeOf, messageOf } from '../text/failure.ts';

/** A lock that is held, or why this file system has none. */
export interface StateLock {
  /** Undefined where it is held. */
  readonly unavailable: string | undefined;
  release(): Promise<void>;
}

/** Longest path of a socket that every system takes (macOS has 104 bytes with the final zero). */
const MAX_SOCKET_PATH_BYTES = 103;

/** @throws StateDirError where another process holds it, or the directory cannot be made or is another user's */
export async function lockStateDir(stateDir: string): Promise<StateLock> {
  const dir = resolve(stateDir);
  await ensureDirectory(dir);
  await assertOwnDirectory(dir);
  const place = await socketPlace(dir);
  if (place === undefined) return unavailable('ENAMETOOLONG');
  try {
    const server = await hold(dir, place.path);
    if (typeof server === 'string') {
      await place.leave();
      return unavailable(server);
    }
    return { unavailable: undefined, release: () => once(server.close(), 'close').then(place.leave) };
  } catch (error) {
    await place.leave();
    throw error;
  }
}

function unavailable(why: string): StateLock {
  return { unavailable: why, release: () => Promise.resolve() };
}

/** What holds the lock, or the code of what hinders it. @throws StateDirError */
async function hold(dir: string, path: string): Promise<Server | string> {
  for (let isRetry = false; ; isRetry = true) {
    const server = createServer((socket) => socket.destroy());
    const failure = await listen(server, path);
    if (failure === undefined) return server;
    if (failure !== 'EADDRINUSE') return failure;
    if (isRetry || (await isAnswered(path))) {
      throw new StateDirError(
        `another watchsieve uses ${dir}: stop it, or give each a --state-dir of its own`,
      );
    }
    // Its holder was killed.
    try {
      await rm(path, { force: true });
    } catch (error) {
      throw toStateDirError('remove', join(dir, NAME), error);
    }
  }
}

interface SocketPlace {
  readonly path: string;
  /** Once nothing listens there any more. */
  readonly leave: () => Promise<void>;
}

const NAME = '.lock';

/**
 * In the directory itself, where only those who may write there can hold or hinder it. A path that is too long for a
 * socket goes by way of an open descriptor, which Linux has; undefined elsewhere.
 */
async function socketPlace(dir: string): Promise<SocketPlace | undefined> {
  const path = join(dir, NAME);
  if (Buffer.byteLength(path) <= MAX_SOCKET_PATH_BYTES) return { path, leave: () => Promise.resolve() };
  if (process.platform !== 'linux') return undefined;
  const opened = await open(dir, constants.O_RDONLY | constants.O_DIRECTORY);
  return { path: `/proc/self/fd/${opened.fd}/${NAME}`, leave: () => opened.close() };
}

/** Undefined, or the code of what went wrong. */
function listen(server: Server, path: string): Promise<string | undefined> {
  const listening = once(server.listen(path), 'listening');
  // It is held for as long as the process lives, and must not be what keeps it alive.
  server.unref();
  return listening.then(
    () => undefined,
    (error: unknown) => codeOf(error) ?? messageOf(error),
  );
}

/** Whether somebody listens; who does not answer because it is busy or ours to ask no more counts as somebody. */
async function isAnswered(path: string): Promise<boolean> {
  const socket = connect(path);
  try {
    await once(socket, 'connect');
    return true;
  } catch (error) {
    return !['ECONNREFUSED', 'ENOENT'].includes(codeOf(error) ?? '');
  } finally {
    socket.destroy();
  }
}
