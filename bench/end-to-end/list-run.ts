/** One measured LIST after another through a proxy, each compared with what upstream itself answers. */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { Agent, request } from 'node:https';
import type { Encoding } from '../../src/lab/simulator/encoding.ts';
import { cpuNanos, peakRssBytes } from '../proc.ts';
import type { ProxyServer } from '../proxies/proxy.ts';
import { acceptOf } from './plan.ts';
import type { Server, UpstreamServer } from './server.ts';

export interface ListPlan {
  readonly encoding: Encoding;
  readonly nodes: number;
  readonly coding: 'identity' | 'gzip';
  /** A later page is nobody's state: it passes without being looked at. */
  readonly isTapped: boolean;
  /** How many are measured, after one that is not. */
  readonly lists: number;
}

export interface ListUse {
  /** Of the proxy, for one list. */
  readonly cpuMs: number;
  /** The most that was ever resident. */
  readonly peakRssMib: number;
}

/** @throws Error where the bytes are not those of upstream */
export async function listThrough(
  proxy: ProxyServer,
  upstream: UpstreamServer,
  plan: ListPlan,
): Promise<ListUse> {
  const wanted = await fetchList(upstream, plan);
  const list = async (): Promise<void> => {
    if ((await fetchList(proxy, plan)) !== wanted)
      throw new Error(`a list came changed (${JSON.stringify(plan)})`);
  };
  await list();
  const before = cpuNanos(proxy.child.pid);
  for (let n = 0; n < plan.lists; n++) await list();
  const after = cpuNanos(proxy.child.pid);
  return {
    cpuMs: (after - before) / 1e6 / plan.lists,
    peakRssMib: peakRssBytes(proxy.child.pid) / 2 ** 20,
  };
}

/** @returns status, coding and a digest of the body's bytes as they came */
async function fetchList({ port, caFile }: Server, plan: ListPlan): Promise<string> {
  const query = new URLSearchParams({ nodes: String(plan.nodes) });
  if (!plan.isTapped) query.set('continue', 'page');
  const agent = new Agent({ ca: readFileSync(caFile) });
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  request({
    agent,
    host: '127.0.0.1',
    port,
    path: `/api/v1/nodes?${query.toString()}`,
    headers: { accept: acceptOf(plan.encoding), 'accept-encoding': plan.coding },
  })
    .once('response', resolve)
    .once('error', reject)
    .end();
  const response = await promise;
  const hash = createHash('sha256');
  response.on('data', (chunk: Buffer) => hash.update(chunk));
  await once(response, 'end');
  agent.destroy();
  return `${response.statusCode ?? 0} ${response.headers['content-encoding'] ?? ''} ${hash.digest('hex')}`;
}
