/**
 * What every scenario is given: the programs, a running cluster with its Nodes, and where to report.
 */

import assert from 'node:assert/strict';

import type { Assets } from '../assets.ts';
import type { Cluster } from '../cluster.ts';
import { Proxy } from '../proxy.ts';
import type { ProxiedCluster } from '../proxy.ts';
import type { Nodes } from '../nodes.ts';
import type { Report } from '../report.ts';

export interface Rig {
  readonly assets: Assets;
  readonly cluster: Cluster;
  readonly nodes: Nodes;
  readonly report: Report;
  /** The built program under test. */
  readonly program: string;
  /** Whether there is time for what takes minutes. */
  readonly long: boolean;
  /** Of a long table only the rows whose turn it is, by this number; undefined: all of it. */
  readonly sample: number | undefined;
}

export interface Scenario {
  readonly title: string;
  readonly run: (rig: Rig) => Promise<void>;
}

/**
 * Runs `body` with a proxy of its own, so that its metrics are of this scenario alone. Then ends it, and
 * checks its end (R31) and that it told no token (R26).
 */
export async function withProxy(
  rig: Rig,
  body: (proxy: Proxy) => Promise<void>,
  options: { readonly args?: readonly string[]; readonly cluster?: ProxiedCluster } = {},
): Promise<void> {
  const { cluster, program, report } = rig;
  const proxy = await Proxy.start({ program, cluster, ...options });
  try {
    await body(proxy);
  } finally {
    const code = await proxy.stop();
    await report.check('SIGTERM ends the proxy with exit code 0 (R31)', () => {
      assert.equal(code, 0, proxy.output());
    });
    await report.check('no token is in what the proxy wrote (R26)', () => {
      const output = proxy.output();
      assert.ok(output.length > 0);
      for (const secret of cluster.secrets) assert.ok(!output.includes(secret));
    });
  }
}
