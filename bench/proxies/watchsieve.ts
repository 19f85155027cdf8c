/** The built program, started as in a Pod. */
import { get } from 'node:http';
import { join } from 'node:path';
import { Scrape } from '../../test/e2e/metrics.ts';
import { Child } from '../../test/support/child.ts';
import { numberAt, parseJson, textAt } from '../../test/support/json-value.ts';
import type { UpstreamServer } from '../end-to-end/server.ts';
import { waitedNanos } from '../proc.ts';
import type { ProxyServer } from './proxy.ts';

const START_TIMEOUT_MS = 20_000;

export interface Watchsieve extends ProxyServer {
  /** From the start of the process until /readyz said 200. */
  readonly startMs: number;
  /** How much of it its main thread waited for a processor that others used. */
  readonly waitedMs: number;
  /** `HOST:PORT` of the admin listener. */
  readonly admin: string;
}

export interface WatchsieveOptions {
  /** The built program, a JavaScript file. */
  readonly program: string;
  readonly upstream: UpstreamServer;
  /** An empty one makes it make its certificates first. */
  readonly stateDir: string;
  /** For Node.js. */
  readonly nodeArgs?: readonly string[];
  /** For the program, besides. */
  readonly args?: readonly string[];
}

export async function startWatchsieve(options: WatchsieveOptions): Promise<Watchsieve> {
  const { program, upstream, stateDir, nodeArgs = [], args = [] } = options;
  const startedAt = performance.now();
  const child = new Child({
    name: 'watchsieve',
    command: process.execPath,
    args: [
      ...nodeArgs,
      program,
      'serve',
      `--kubeconfig=${upstream.kubeconfig}`,
      '--listen=127.0.0.1:0',
      '--admin-listen=127.0.0.1:0',
      `--state-dir=${stateDir}`,
      '--preset=metallb',
      '--log-format=json',
      ...args,
    ],
  });
  try {
    const line = async (message: string): Promise<unknown> =>
      parseJson(
        await child.stdout.waitFor(message, (text) => text.includes(`"msg":"${message}"`), START_TIMEOUT_MS),
      );
    const admin = textAt(await line('admin listening'), 'address');
    await line('ready');
    const status = await statusOf(`http://${admin}/readyz`);
    const startMs = performance.now() - startedAt;
    const waitedMs = waitedNanos(child.pid) / 1e6;
    if (status !== 200) throw new Error(`/readyz answered ${status} after the proxy called itself ready`);
    const port = numberAt(await line('serving'), 'listen', 'port');
    return { child, port, caFile: join(stateDir, 'ca.crt'), filters: true, startMs, waitedMs, admin };
  } catch (error) {
    await child.stop(0);
    throw error;
  }
}

/** What it has counted until now. */
export async function scrape({ admin }: Watchsieve): Promise<Scrape> {
  return new Scrape(await (await fetch(`http://${admin}/metrics`)).text());
}

function statusOf(url: string): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  get(url, (response) => {
    response.resume();
    resolve(response.statusCode ?? 0);
  }).once('error', reject);
  return promise;
}
