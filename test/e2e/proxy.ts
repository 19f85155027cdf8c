/**
 * The program under test: the built bundle, run as a child process as it is in a Pod, with state and
 * kubeconfig in a temporary folder. It is given the API server's address and CA, and no credentials.
 */

import { mkdtemp, readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { parse } from 'yaml';

import type { Endpoint } from './api-client.ts';
import { Child } from '../support/child.ts';
import type { Usage } from '../support/child.ts';
import type { Cluster, User } from './cluster.ts';
import { parseJson, textAt, valueAt } from '../support/json-value.ts';
import { Scrape } from './metrics.ts';
import { until } from './until.ts';

const START_TIMEOUT_MS = 20_000;

export interface ProxyOptions {
  /** The built program, a JavaScript file. */
  readonly program: string;
  readonly cluster: Cluster;
  readonly args?: readonly string[];
}

export class Proxy {
  /** What a client is given: names the proxy, its CA and the admin's token file. */
  readonly kubeconfig: string;
  /** From the start of the process until /readyz said 200. */
  readonly startMs: number;
  readonly #child: Child;
  readonly #cluster: Cluster;
  readonly #admin: string;
  readonly #server: string;
  readonly #ca: string;

  private constructor(options: {
    readonly kubeconfig: string;
    readonly startMs: number;
    readonly child: Child;
    readonly cluster: Cluster;
    readonly admin: string;
    readonly server: string;
    readonly ca: string;
  }) {
    this.kubeconfig = options.kubeconfig;
    this.startMs = options.startMs;
    this.#child = options.child;
    this.#cluster = options.cluster;
    this.#admin = options.admin;
    this.#server = options.server;
    this.#ca = options.ca;
  }

  static async start({ program, cluster, args = [] }: ProxyOptions): Promise<Proxy> {
    const stateDir = await mkdtemp(join(cluster.folder, 'proxy-'));
    const started = performance.now();
    const child = new Child({
      name: 'watchsieve',
      command: process.execPath,
      args: [
        program,
        'serve',
        `--kubeconfig=${await cluster.writeKubeconfig('upstream.kubeconfig')}`,
        '--listen=127.0.0.1:0',
        '--admin-listen=127.0.0.1:0',
        `--state-dir=${stateDir}`,
        `--token-file=${cluster.tokenFile('admin')}`,
        '--log-format=json',
        ...args,
      ],
    });
    try {
      const line = await child.stdout.waitFor(
        'line "admin listening"',
        (text) => text.includes('"admin listening"'),
        START_TIMEOUT_MS,
      );
      const admin = `http://${textAt(parseJson(line), 'address')}`;
      await until(
        'watchsieve is ready',
        START_TIMEOUT_MS,
        child,
        async () => (await fetch(`${admin}/readyz`)).ok,
      );
      const startMs = performance.now() - started;
      const kubeconfig = join(stateDir, 'kubeconfig');
      const { server, ca } = await readKubeconfig(kubeconfig);
      return new Proxy({ kubeconfig, startMs, child, cluster, admin, server, ca });
    } catch (cause) {
      await child.stop(0);
      throw new Error(`watchsieve did not start:\n${child.stderr.lines.slice(-10).join('\n')}`, { cause });
    }
  }

  endpoint(user: User): Endpoint {
    return { ...this.#cluster.endpoint(user), server: this.#server, ca: this.#ca };
  }

  async scrape(): Promise<Scrape> {
    return new Scrape(await (await fetch(`${this.#admin}/metrics`)).text());
  }

  usage(): Usage {
    return this.#child.usage();
  }

  /** Everything it wrote, to look for what must not be there (R26). */
  output(): string {
    return [...this.#child.stdout.lines, ...this.#child.stderr.lines].join('\n');
  }

  /** @returns the exit code, or the signal that had to be used. */
  stop(): Promise<number | NodeJS.Signals> {
    return this.#child.stop(10_000);
  }
}

async function readKubeconfig(file: string): Promise<{ readonly server: string; readonly ca: string }> {
  const config: unknown = parse(await readFile(file, 'utf8'));
  const cluster = valueAt(config, 'clusters', 0, 'cluster');
  return {
    server: textAt(cluster, 'server'),
    ca: await readFile(textAt(cluster, 'certificate-authority'), 'utf8'),
  };
}
