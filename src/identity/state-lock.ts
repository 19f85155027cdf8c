/**
 * One watchsieve per state directory: two would overwrite each other's kubeconfig, and clients of the one would talk
 * to the other. Owns the lock, a Unix socket that its holder listens on: unlike a file with a process id it needs no
 * guess whether the holder lives, also where two containers share a volume.
 */
import { createHash } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { connect, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { ensureDirectory, StateDirError } from './write-file.ts';

/** A lock that is held, or why this file system has none. */
export interface StateLock {
  /** Undefined where it is held. */
  readonly unavailable: string | undefined;
  release(): Promise<void>;
}

/** Longest path of a socket that every system takes (macOS has 104 bytes with the final zero). */
const MAX_SOCKET_PATH_BYTES = 103;

/** @throws StateDirError where another process holds it, or the directory cannot be made */
export async function lockStateDir(stateDir: string): Promise<StateLock> {
  const dir = resolve(stateDir);
  await ensureDirectory(dir);
  const path = socketPath(dir);
  for (let isRetry = false; ; isRetry = true) {
    const server = createServer((socket) => socket.destroy());
    const failure = await listen(server, path);
    if (failure === undefined) return { unavailable: undefined, release: () => close(server) };
    if (failure !== 'EADDRINUSE') return { unavailable: failure, release: () => Promise.resolve() };
    if (isRetry || (await isAnswered(path))) {
      throw new StateDirError(
        `another watchsieve uses ${dir}: stop it, or give each a --state-dir of its own`,
      );
    }
    // Its holder was killed.
    await rm(path, { force: true });
  }
}

function socketPath(dir: string): string {
  const path = join(dir, '.lock');
  if (Buffer.byteLength(path) <= MAX_SOCKET_PATH_BYTES) return path;
  return join(tmpdir(), `watchsieve-${createHash('sha256').update(dir).digest('hex').slice(0, 16)}.lock`);
}

/** Undefined, or the code of what went wrong. */
async function listen(server: Server, path: string): Promise<string | undefined> {
  const { promise, resolve: settle } = Promise.withResolvers<string | undefined>();
  server.once('error', (error: Error & { code?: string }) => settle(error.code ?? error.message));
  server.listen(path, () => settle(undefined));
  const failure = await promise;
  // It is held for as long as the process lives, and must not be what keeps it alive.
  server.unref();
  return failure;
}

/** Whether somebody listens; who does not answer because it is busy or ours to ask no more counts as somebody. */
async function isAnswered(path: string): Promise<boolean> {
  const { promise, resolve: settle } = Promise.withResolvers<boolean>();
  const socket = connect(path);
  socket.once('connect', () => settle(true));
  socket.once('error', (error: Error & { code?: string }) =>
    settle(error.code !== 'ECONNREFUSED' && error.code !== 'ENOENT'),
  );
  const answered = await promise;
  socket.destroy();
  return answered;
}

async function close(server: Server): Promise<void> {
  const { promise, resolve: settle } = Promise.withResolvers<undefined>();
  server.close(() => settle(undefined));
  await promise;
}
