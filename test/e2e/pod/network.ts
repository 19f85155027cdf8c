/**
 * A network namespace that stands for one node: loopback alone, with the node's address and the cluster's
 * API server at its usual one, so that ports are those of the manifests and nobody else's. Needs Linux,
 * root and iproute2; leaves nothing behind.
 */

import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { Server } from 'node:net';
import { join } from 'node:path';

import { Child } from '../../support/child.ts';
import { numberAt, parseJson, textAt } from '../../support/json-value.ts';

const SERVER = join(import.meta.dirname, 'network-server.ts');
/** The first of the Service addresses: the API server's certificate names it. */
export const SERVICE_IP = '10.0.0.1';
/** Of the block for benchmarks (RFC 2544): no real network has it. */
export const NODE_IP = '198.18.77.9';
const READY_TIMEOUT_MS = 30_000;
const ANSWER_TIMEOUT_MS = 20_000;

/** Why it cannot be had on this machine. */
export class NetworkUnavailable extends Error {
  override readonly name = 'NetworkUnavailable';
}

export class PodNetwork {
  readonly name: string;
  readonly #relay: Server;
  readonly #child: Child;
  readonly #remove: () => void;
  #requests = 0;

  private constructor(options: {
    readonly name: string;
    readonly relay: Server;
    readonly child: Child;
    readonly remove: () => void;
  }) {
    this.name = options.name;
    this.#relay = options.relay;
    this.#child = options.child;
    this.#remove = options.remove;
  }

  /**
   * @param folder - an existing one, for a socket.
   * @param apiServer - `https://HOST:PORT` of it, as seen from here.
   * @throws NetworkUnavailable
   */
  static async start(folder: string, apiServer: string): Promise<PodNetwork> {
    const name = `watchsieve-pod-${process.pid}`;
    const remove = () => void spawnSync('ip', ['netns', 'del', name]);
    process.once('exit', remove);
    try {
      ip('netns', 'add', name);
    } catch (cause) {
      throw new NetworkUnavailable(`it needs Linux, root and iproute2 (${String(cause)})`);
    }
    ip('-n', name, 'link', 'set', 'lo', 'up');
    for (const address of [SERVICE_IP, NODE_IP]) ip('-n', name, 'addr', 'add', `${address}/32`, 'dev', 'lo');
    const socket = join(folder, 'api.sock');
    const relay = await relayTo(socket, apiServer);
    const child = new Child({
      name: 'network of the Pod',
      command: 'ip',
      args: ['netns', 'exec', name, process.execPath, SERVER, SERVICE_IP, socket],
    });
    await child.stdout.waitFor('line "ready"', (line) => line === 'ready', READY_TIMEOUT_MS);
    return new PodNetwork({ name, relay, child, remove });
  }

  /** GET from inside; status 0 where nobody listens. */
  async get(url: string): Promise<{ readonly status: number; readonly body: string }> {
    const id = String((this.#requests += 1));
    this.#child.writeLine(`${id} ${url}`);
    const isAnswer = (line: string) => line.startsWith(`{"id":"${id}",`);
    const line = await this.#child.stdout.waitFor(`answer of ${url}`, isAnswer, ANSWER_TIMEOUT_MS);
    const answer = parseJson(line);
    return { status: numberAt(answer, 'status'), body: textAt(answer, 'body') };
  }

  async stop(): Promise<void> {
    await this.#child.stop(2000);
    this.#relay.close();
    process.off('exit', this.#remove);
    this.#remove();
  }
}

/** A socket's file is reached from any namespace. */
async function relayTo(socket: string, apiServer: string): Promise<Server> {
  const { hostname, port } = new URL(apiServer);
  const relay = createServer((inside) => {
    const outside = connect(Number(port), hostname);
    inside.pipe(outside).pipe(inside);
    inside.on('error', () => outside.destroy());
    outside.on('error', () => inside.destroy());
  });
  relay.listen(socket);
  await once(relay, 'listening');
  return relay;
}

/** @throws Error naming the command. */
function ip(...args: readonly string[]): void {
  const { status, stderr, error } = spawnSync('ip', args, { encoding: 'utf8' });
  if (status === 0) return;
  throw new Error(`\`ip ${args.join(' ')}\` failed: ${error?.message ?? stderr.trim()}`);
}
