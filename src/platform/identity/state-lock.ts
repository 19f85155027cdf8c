/**
 * Allows only one watchsieve per state directory. Two would overwrite each other's kubeconfig, and clients of one would
 * connect to the other. The lock is a Unix socket on which its holder listens. Unlike a file with a process id, it
 * shows reliably whether the holder is alive, even if two containers share a volume.
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

/** A held lock, or the reason why this file system cannot have one. */
export interface StateLock {
  /** Undefined if the lock is held. */
  readonly unavailable: string | undefined;
  release(): Promise<void>;
}

/** The longest socket path that every system accepts (macOS has 104 bytes with the final zero). */
const MAX_SOCKET_PATH_BYTES = 103;

/**
 * @throws StateDirError if another process holds the lock, or if the directory cannot be made or belongs to another
 * user
 */
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

/** The server that holds the lock, or the code of the error that prevented it. @throws StateDirError */
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
    // The holder was killed.
    try {
      await rm(path, { force: true });
    } catch (error) {
      throw toStateDirError('remove', join(dir, NAME), error);
    }
  }
}

interface SocketPlace {
  readonly path: string;
  /** Called once nothing listens at the path any more. */
  readonly leave: () => Promise<void>;
}

const NAME = '.lock';

/**
 * The socket is in the directory itself, so only users who may write there can take or block the lock. If the path is
 * too long for a socket, an open descriptor shortens it, which works only on Linux; undefined elsewhere.
 */
async function socketPlace(dir: string): Promise<SocketPlace | undefined> {
  const path = join(dir, NAME);
  if (Buffer.byteLength(path) <= MAX_SOCKET_PATH_BYTES) return { path, leave: () => Promise.resolve() };
  if (process.platform !== 'linux') return undefined;
  const opened = await open(dir, constants.O_RDONLY | constants.O_DIRECTORY);
  return { path: `/proc/self/fd/${opened.fd}/${NAME}`, leave: () => opened.close() };
}

/** Undefined on success; otherwise the code of the error. */
function listen(server: Server, path: string): Promise<string | undefined> {
  const listening = once(server.listen(path), 'listening');
  // The lock lasts as long as the process, but must not keep the process alive.
  server.unref();
  return listening.then(
    () => undefined,
    (error: unknown) => codeOf(error) ?? messageOf(error),
  );
}

/** True if another process holds the lock. A busy or inaccessible socket counts as held. */
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
