/**
 * A miniature API server in a network namespace of its own, whose packets can be made to vanish: no FIN,
 * no RST, no ICMP, in either direction. Needs Linux, root and iproute2; leaves nothing behind.
 */

import { spawnSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { Child } from '../support/child.ts';
import type { Endpoint } from './api-client.ts';

const SERVER = join(import.meta.dirname, 'severed-server.ts');
const READY_TIMEOUT_MS = 30_000;
/** Of the block for benchmarks (RFC 2544): no real network has it. */
const OUTSIDE = '198.18.77.1';
const INSIDE = '198.18.77.2';
/** Locally administered, and nobody's: whoever gets a frame for it lets it fall. */
const NOBODY = '02:00:00:00:00:ee';

/** Why it cannot be had on this machine. */
export class NamespaceUnavailable extends Error {
  override readonly name = 'NamespaceUnavailable';
}

export class SeveredCluster {
  readonly folder: string;
  readonly #network: Network;
  readonly #child: Child;
  readonly #server: string;
  readonly #ca: string;

  private constructor(options: {
    readonly folder: string;
    readonly network: Network;
    readonly child: Child;
    readonly server: string;
    readonly ca: string;
  }) {
    this.folder = options.folder;
    this.#network = options.network;
    this.#child = options.child;
    this.#server = options.server;
    this.#ca = options.ca;
  }

  /** @param folder - an existing one, for its files. @throws NamespaceUnavailable */
  static async start(folder: string): Promise<SeveredCluster> {
    const network = new Network();
    let child: Child | undefined;
    try {
      network.connect();
      child = new Child({
        name: 'API server in a namespace',
        command: 'ip',
        args: ['netns', 'exec', network.name, process.execPath, SERVER, INSIDE, folder],
      });
      const isReady = (line: string) => line.startsWith('https://');
      const server = await child.stdout.waitFor('address', isReady, READY_TIMEOUT_MS);
      const ca = await readFile(join(folder, 'ca.crt'), 'utf8');
      return new SeveredCluster({ folder, network, child, server, ca });
    } catch (error) {
      await child?.stop(0);
      network.remove();
      throw error;
    }
  }

  endpoint(): Endpoint {
    return { server: this.#server, ca: this.#ca, token: 'any' };
  }

  tokenFile(): string {
    return join(this.folder, 'token');
  }

  /** The server wrote it at its start. */
  writeKubeconfig(): Promise<string> {
    return Promise.resolve(join(this.folder, 'kubeconfig'));
  }

  /** From now on every packet between proxy and API server is lost. */
  sever(): void {
    this.#network.sever();
  }

  async stop(): Promise<void> {
    await this.#child.stop(0);
    this.#network.remove();
  }
}

/** Two ends of a virtual cable, the far one in a namespace. */
class Network {
  readonly name = `watchsieve-${process.pid}`;
  readonly #near = `ws${process.pid}a`;
  readonly #far = `ws${process.pid}b`;
  readonly #onExit = (): void => {
    // First: the kernel takes down a namespace, and what is in it, later and by itself.
    spawnSync('ip', ['link', 'del', this.#near]);
    spawnSync('ip', ['netns', 'del', this.name]);
  };

  /** @throws NamespaceUnavailable */
  connect(): void {
    process.once('exit', this.#onExit);
    try {
      ip('netns', 'add', this.name);
    } catch (cause) {
      throw new NamespaceUnavailable(`it needs Linux, root and iproute2 (${messageOf(cause)})`);
    }
    ip('link', 'add', this.#near, 'type', 'veth', 'peer', 'name', this.#far);
    ip('link', 'set', this.#far, 'netns', this.name);
    ip('addr', 'add', `${OUTSIDE}/30`, 'dev', this.#near);
    ip('link', 'set', this.#near, 'up');
    ip('-n', this.name, 'addr', 'add', `${INSIDE}/30`, 'dev', this.#far);
    ip('-n', this.name, 'link', 'set', this.#far, 'up');
  }

  /** Each end sends to a station that does not exist: the packets leave, and nobody takes them in. */
  sever(): void {
    const lost = ['lladdr', NOBODY, 'nud', 'permanent'];
    ip('neigh', 'replace', INSIDE, 'dev', this.#near, ...lost);
    ip('-n', this.name, 'neigh', 'replace', OUTSIDE, 'dev', this.#far, ...lost);
  }

  remove(): void {
    process.off('exit', this.#onExit);
    this.#onExit();
  }
}

/** @throws Error naming the command. */
function ip(...args: readonly string[]): void {
  const { status, stderr, error } = spawnSync('ip', args, { encoding: 'utf8' });
  if (status === 0) return;
  throw new Error(`\`ip ${args.join(' ')}\` failed: ${error?.message ?? stderr.trim()}`);
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
