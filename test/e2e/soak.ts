/**
 * Minutes of noise with changes, while sidecar and API server are killed again and again (`npm run soak`):
 * client-go informers directly, behind a proxy that shares their fate, and behind one that lives through
 * it all, has a real speaker too, and must not grow (R5, R31, R39, I9).
 */

import { parseArgs } from 'node:util';

import { findAssets } from './assets.ts';
import { Cluster } from './cluster.ts';
import { Nodes } from './nodes.ts';
import { buildProgram } from './program.ts';
import { Report } from './report.ts';
import { withProxy } from './scenarios/scenario.ts';
import type { Rig } from './scenarios/scenario.ts';
import { Soak } from './soak-run.ts';

const HELP = `usage: npm run soak -- [options]

  --minutes N     how long, default 30; 2 is the least
  --program FILE  test this build instead of packing and installing the tree first`;

const NODE_COUNT = 50;
const DEFAULT_MINUTES = '30';

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      minutes: { type: 'string', default: DEFAULT_MINUTES },
      program: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  const minutes = Number(values.minutes);
  if (values.help || !(minutes >= 2)) {
    console.log(HELP);
    return values.help ? 0 : 2;
  }
  const assets = await findAssets((text) => console.log(text));
  const program = values.program ?? (await buildProgram());
  const report = new Report();
  const cluster = await Cluster.start(assets);
  try {
    const nodes = new Nodes(cluster.admin, NODE_COUNT);
    await nodes.create();
    const rig: Rig = { assets, cluster, nodes, report, program, long: true, sample: undefined };
    report.title(`soak, ${minutes} minutes`);
    await withProxy(rig, (steady) =>
      withProxy(rig, (restarted) => Soak.run(rig, { steady, restarted }, minutes)),
    );
  } catch (error) {
    report.fail('the soak ended early', error);
  } finally {
    await cluster.stop();
  }
  report.close();
  return report.failed === 0 ? 0 : 1;
}

// Both end through process.exit, whose handlers kill every child that is still there.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));

process.exitCode = await main();
