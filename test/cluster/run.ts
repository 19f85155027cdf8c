/**
 * The product in a real cluster of one node (R49): a kubelet, containerd, a whole control plane, images that an engine
 * builds from the Dockerfile, MetalLB with its own manifests. `npm run test:cluster -- --help` lists the options.
 */

import { mkdir, mkdtemp } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

import { AssetsUnavailable, findAssets } from '../e2e/assets.ts';
import { Report } from '../e2e/report.ts';
import { Cluster } from './cluster.ts';
import { IN_CLUSTER_CLIENT, Images } from './images.ts';
import { missingForCluster } from './machine.ts';
import { minutesToBuild, nodePrograms } from './programs.ts';
import { NEWEST, NOISY, PRODUCT, type Rig } from './rig.ts';
import { faults } from './scenarios/faults.ts';
import { image } from './scenarios/image.ts';
import { inCluster } from './scenarios/in-cluster.ts';
import { noise } from './scenarios/noise.ts';
import { ways } from './scenarios/ways.ts';

const SCENARIOS: Readonly<Record<string, (rig: Rig) => Promise<void>>> = {
  image,
  'in-cluster': inCluster,
  [`ways-${NOISY}`]: ways(NOISY),
  [`ways-${NEWEST}`]: ways(NEWEST),
  faults,
  noise,
};

/** What it takes on two cores where everything is built, and what of that the ways of one release take. */
const RUN_MINUTES = 29;
const WAYS_MINUTES = 7;

const HELP = `usage: npm run test:cluster -- [options]

  --minutes N   where it would take longer than this with all that has to be built first: say SKIPPED
  --sample N    the ways of one of the two releases of MetalLB, of the other one for the next N
  --only NAME   run this scenario only, may be repeated: ${Object.keys(SCENARIOS).join(', ')}

It needs Linux with cgroup v1, root, Go and Debian's packages, and says what is missing. The first run builds the
programs of a cluster from their Go modules (20 to 40 minutes on two cores); they are kept in ~/.cache.`;

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      only: { type: 'string', multiple: true, default: Object.keys(SCENARIOS) },
      sample: { type: 'string' },
      minutes: { type: 'string', default: 'Infinity' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    console.log(HELP);
    return 0;
  }
  const unknown = values.only.filter((name) => SCENARIOS[name] === undefined);
  if (unknown.length > 0) {
    console.log(`--only: no such scenario: ${unknown.join(', ')}\n\n${HELP}`);
    return 2;
  }
  const leftOut =
    values.sample === undefined ? '' : `ways-${Number(values.sample) % 2 === 0 ? NOISY : NEWEST}`;
  const names = values.only.filter((name) => name !== leftOut);
  const say = (text: string) => console.log(text);
  const missing = await missingForCluster(say);
  if (missing !== undefined) {
    console.log(`SKIPPED: ${missing}`);
    return 0;
  }
  try {
    const minutes = RUN_MINUTES - (leftOut === '' ? 0 : WAYS_MINUTES) + (await minutesToBuild(say));
    if (minutes > Number(values.minutes)) {
      console.log(`SKIPPED: it may take ${minutes} minutes, and there are ${values.minutes}`);
      return 0;
    }
    const [assets, programs] = [await findAssets(say), await nodePrograms(say)];
    return await runAll(names, assets, programs);
  } catch (error) {
    if (!(error instanceof AssetsUnavailable)) throw error;
    console.log(`SKIPPED: ${error.message}`);
    return 0;
  }
}

async function runAll(
  names: readonly string[],
  assets: Rig['assets'],
  programs: Awaited<ReturnType<typeof nodePrograms>>,
): Promise<number> {
  const report = new Report();
  const folder = await mkdtemp(join(tmpdir(), 'watchsieve-cluster-'));
  const cache = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'watchsieve-cluster');
  await mkdir(cache, { recursive: true });
  const images = new Images({ cache, folder });
  const start = performance.now();
  await images.pause();
  await images.bases();
  const release = await images.release(PRODUCT);
  for (const version of [NOISY, NEWEST]) {
    const speaker = version === NOISY ? assets.speaker : await assets.speakerOf(version);
    await images.program(`quay.io/metallb/speaker:${version}`, speaker, '/speaker');
    const controller = await programs.controllerOf(version);
    await images.program(`quay.io/metallb/controller:${version}`, controller, '/controller');
  }
  await images.script(IN_CLUSTER_CLIENT, join(import.meta.dirname, 'in-cluster-client.ts'));
  report.note(`images after ${((performance.now() - start) / 1000).toFixed(0)} s`);
  const cluster = await Cluster.start({ folder, assets, programs }, images.archives);
  report.note(`the cluster is ready after ${((performance.now() - start) / 1000).toFixed(0)} s`);
  try {
    const rig = { cluster, assets, programs, release, images, report };
    for (const name of names) {
      try {
        await SCENARIOS[name]?.(rig);
      } catch (error) {
        report.fail(`${name}: ended early`, error);
      }
    }
  } finally {
    await cluster.stop();
  }
  report.close();
  return report.failed === 0 ? 0 : 1;
}

// All ends go through process.exit, whose handlers kill every child that is still there.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));

process.exit(await main());
