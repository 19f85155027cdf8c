/** What every proxy of the benches is: one process (and its children) before the upstream, TLS on both sides. */
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { Child } from '../../test/support/child.ts';
import type { Server, UpstreamServer } from '../end-to-end/server.ts';

const START_TIMEOUT_MS = 20_000;
const RETRY_MS = 20;

export interface ProxyServer extends Server {
  /** Whether heartbeats stay behind; else everything has to pass. */
  readonly filters: boolean;
}

/** Starts a proxy with files of its own in `folder`. */
export type StartProxy = (upstream: UpstreamServer, folder: string) => Promise<ProxyServer>;

/** For programs that do not tell when they listen. @throws with its last lines where it does not come to it */
export async function listening(child: Child, port: number): Promise<void> {
  const until = performance.now() + START_TIMEOUT_MS;
  while (!(await accepts(port))) {
    if (child.hasExited || performance.now() > until)
      throw new Error(`nothing listens on port ${port}:\n${child.stderr.lines.join('\n')}`);
    await delay(RETRY_MS);
  }
}

function accepts(port: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const socket = connect({ port, host: '127.0.0.1' });
  socket.once('error', () => resolve(false));
  socket.once('connect', () => {
    socket.destroy();
    resolve(true);
  });
  return promise;
}
