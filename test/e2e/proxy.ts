/**
 * The program under test: the built bundle, run as a child process as it is in a Pod, with state and
 * kubeconfig in a temporary folder. It is given the API server's address and CA, and no credentials.
 */

import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { parse } from 'yaml';

import type { Endpoint } from './api-client.ts';
import { Child } from '../support/child.ts';
import type { Usage } from '../support/child.ts';
import type { Cluster, User } from './cluster.ts';
import { parseJson, textAt, valueAt } from '../support/json-value.ts';
import { lastingPort } from '../support/lasting-port.ts';
import { Scrape } from './metrics.ts';
import { until } from './until.ts';

const START_TIMEOUT_MS = 20_000;
const STOP_TIMEOUT_MS = 10_000;
const METRICS_TIMEOUT_MS = 20_000;

/** What a proxy needs of the cluster it serves. */
export type ProxiedCluster = Pick<Cluster, 'folder' | 'endpoint' | 'tokenFile' | 'writeKubeconfig'>;

export interface ProxyOptions {
  /** The built program, a JavaScript file. */
  readonly program: string;
  readonly cluster: ProxiedCluster;
  readonly args?: readonly string[];
}

/** Where every run of a proxy keeps its files and listens. */
interface Place {
  readonly stateDir: string;
  readonly listen: string;
}

/** One run of the program: a restarted proxy has several. */
interface Run {
  readonly child: Child;
  readonly admin: string;
  /** From the start of the process until /readyz said 200. */
  readonly startMs: number;
}

export class Proxy {
  /** What a client is given: names the proxy, its CA and the admin's token file. */
  readonly kubeconfig: string;
  readonly #options: ProxyOptions;
  readonly #place: Place;
  readonly #server: string;
  readonly #ca: string;
  #run: Run;
  #outputOfEarlierRuns = '';

  private constructor(options: {
    readonly options: ProxyOptions;
    readonly place: Place;
    readonly kubeconfig: string;
    readonly server: string;
    readonly ca: string;
    readonly run: Run;
  }) {
    this.#options = options.options;
    this.#place = options.place;
    this.kubeconfig = options.kubeconfig;
    this.#server = options.server;
    this.#ca = options.ca;
    this.#run = options.run;
  }

  static async start(options: ProxyOptions): Promise<Proxy> {
    const stateDir = await mkdtemp(join(options.cluster.folder, 'proxy-'));
    const place = { stateDir, listen: `127.0.0.1:${await lastingPort()}` };
    const run = await launch(options, place);
    const kubeconfig = join(stateDir, 'kubeconfig');
    return new Proxy({ options, place, kubeconfig, run, ...(await readKubeconfig(kubeconfig)) });
  }

  /** Its kubeconfig with another user's token file: for clients that RBAC rules apply to. */
  async kubeconfigFor(user: User): Promise<string> {
    const { cluster } = this.#options;
    const file = join(this.#place.stateDir, `kubeconfig-${user}`);
    const text = await readFile(this.kubeconfig, 'utf8');
    await writeFile(file, text.replaceAll(cluster.tokenFile('admin'), cluster.tokenFile(user)));
    return file;
  }

  /** From the start of the process until /readyz said 200. */
  get startMs(): number {
    return this.#run.startMs;
  }

  /** Host and port of its admin listener. */
  get admin(): string {
    return this.#run.admin.slice('http://'.length);
  }

  endpoint(user: User): Endpoint {
    return { ...this.#options.cluster.endpoint(user), server: this.#server, ca: this.#ca };
  }

  async scrape(): Promise<Scrape> {
    return new Scrape(await (await fetch(`${this.#run.admin}/metrics`)).text());
  }

  /** What it knows of one object. */
  async explain(object: string): Promise<unknown> {
    return (await fetch(`${this.#run.admin}/debug/explain?object=${object}`)).json();
  }

  /** Waits until a scrape says so. */
  async until(what: string, holds: (scrape: Scrape) => boolean): Promise<void> {
    await until(what, METRICS_TIMEOUT_MS, this.#run.child, async () => holds(await this.scrape()));
  }

  usage(): Usage {
    return this.#run.child.usage();
  }

  /** Everything it wrote, to look for what must not be there (R26). */
  output(): string {
    const { stdout, stderr } = this.#run.child;
    return [this.#outputOfEarlierRuns, ...stdout.lines, ...stderr.lines].join('\n');
  }

  /** @returns the exit code, or the signal that had to be used. */
  stop(): Promise<number | NodeJS.Signals> {
    return this.#run.child.stop(STOP_TIMEOUT_MS);
  }

  /** Ends it by this signal, for {@link startAgain}. @returns the exit code, or the signal. */
  async end(signal: 'SIGTERM' | 'SIGKILL'): Promise<number | NodeJS.Signals> {
    const { child } = this.#run;
    // One signal only: a second one ends the drain (R31).
    if (signal === 'SIGKILL') child.signal(signal);
    const code = signal === 'SIGTERM' ? await child.stop(STOP_TIMEOUT_MS) : await child.exited;
    this.#outputOfEarlierRuns = this.output();
    return code;
  }

  /**
   * Starts it again over the files of its last run.
   * @throws when clients, who read the kubeconfig once, would not find it again (R24).
   */
  async startAgain(): Promise<void> {
    this.#run = await launch(this.#options, this.#place);
    const { server, ca } = await readKubeconfig(this.kubeconfig);
    if (server !== this.#server || ca !== this.#ca)
      throw new Error(`after its restart the proxy is another one: ${this.#server}, now ${server}`);
  }
}

async function launch(
  { program, cluster, args = [] }: ProxyOptions,
  { stateDir, listen }: Place,
): Promise<Run> {
  const started = performance.now();
  const child = new Child({
    name: 'watchsieve',
    command: process.execPath,
    args: [
      program,
      'serve',
      `--kubeconfig=${await cluster.writeKubeconfig('upstream.kubeconfig')}`,
      `--listen=${listen}`,
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
    return { child, admin, startMs: performance.now() - started };
  } catch (cause) {
    await child.stop(0);
    throw new Error(`watchsieve did not start:\n${child.stderr.lines.slice(-10).join('\n')}`, { cause });
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
