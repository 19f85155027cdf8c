/**
 * The end-to-end suite (R40): real etcd, kube-apiserver, kubectl, client-go informer and MetalLB
 * speaker, with and without the proxy in between. `npm run test:e2e -- --help` lists the options.
 */

import assert from 'node:assert/strict';
import { parseArgs } from 'node:util';

import { Child } from '../support/child.ts';
import { AssetsUnavailable, findAssets } from './assets.ts';
import type { Assets } from './assets.ts';
import { Cluster } from './cluster.ts';
import { Nodes } from './nodes.ts';
import { buildProgram } from './program.ts';
import { Report } from './report.ts';
import { admissionScenario } from './scenarios/admission.ts';
import { alertsScenario } from './scenarios/alerts.ts';
import { analyzeScenario } from './scenarios/analyze.ts';
import { apiScenario } from './scenarios/api.ts';
import { bytesScenario } from './scenarios/bytes.ts';
import { chartScenario } from './scenarios/chart.ts';
import { blackholeScenario } from './scenarios/blackhole.ts';
import { checkScenario } from './scenarios/check.ts';
import { consumersScenario } from './scenarios/consumers.ts';
import { clientNodeScenario } from './scenarios/client-node.ts';
import { fabric8Scenario } from './scenarios/fabric8.ts';
import { faultsScenario } from './scenarios/faults.ts';
import { goawayScenario } from './scenarios/goaway.ts';
import { inClusterScenario } from './scenarios/in-cluster.ts';
import { hubScenario } from './scenarios/hub.ts';
import { hubInstallScenario } from './scenarios/hub-install.ts';
import { informerScenario } from './scenarios/informer.ts';
import { injectScenario } from './scenarios/inject.ts';
import { kubectlScenario } from './scenarios/kubectl.ts';
import { manifestsScenario } from './scenarios/manifests.ts';
import { metadataScenario } from './scenarios/metadata.ts';
import { operateScenario } from './scenarios/operate.ts';
import { outageScenario } from './scenarios/outage.ts';
import { ownersScenario } from './scenarios/owners.ts';
import { recordScenario } from './scenarios/record.ts';
import { readmeScenario } from './scenarios/readme.ts';
import { pageScenario } from './scenarios/page.ts';
import { restartScenario } from './scenarios/restart.ts';
import { podScenario } from './scenarios/pod.ts';
import { releaseScenario } from './scenarios/release.ts';
import { restoreScenario } from './scenarios/restore.ts';
import { resourcesScenario } from './scenarios/resources.ts';
import { resumeScenario } from './scenarios/resume.ts';
import { runningScenario } from './scenarios/running.ts';
import { speakerScenario } from './scenarios/speaker.ts';
import { verifyScenario } from './scenarios/verify.ts';
import { webhookScenario } from './scenarios/webhook.ts';
import { writesScenario } from './scenarios/writes.ts';
import type { Rig, Scenario } from './scenarios/scenario.ts';

const SCENARIOS: Readonly<Record<string, Scenario>> = {
  informer: informerScenario,
  metadata: metadataScenario,
  resources: resourcesScenario,
  bytes: bytesScenario,
  api: apiScenario,
  kubectl: kubectlScenario,
  inject: injectScenario,
  'client-node': clientNodeScenario,
  webhook: webhookScenario,
  admission: admissionScenario,
  'in-cluster': inClusterScenario,
  manifests: manifestsScenario,
  chart: chartScenario,
  alerts: alertsScenario,
  running: runningScenario,
  owners: ownersScenario,
  readme: readmeScenario,
  release: releaseScenario,
  operate: operateScenario,
  speaker: speakerScenario,
  resume: resumeScenario,
  restart: restartScenario,
  restore: restoreScenario,
  hub: hubScenario,
  'hub-install': hubInstallScenario,
  outage: outageScenario,
  blackhole: blackholeScenario,
  verify: verifyScenario,
  faults: faultsScenario,
  writes: writesScenario,
  goaway: goawayScenario,
  check: checkScenario,
  analyze: analyzeScenario,
  record: recordScenario,
  page: pageScenario,
  pod: podScenario,
};

/** Run where they are named. */
const ON_DEMAND: Readonly<Record<string, Scenario>> = {
  // Needs a JDK (17 or newer) and Maven.
  fabric8: fabric8Scenario,
  // Builds parts of other projects first; needs Rust too.
  consumers: consumersScenario,
};

const ALL: Readonly<Record<string, Scenario>> = { ...SCENARIOS, ...ON_DEMAND };

const HELP = `usage: npm run test:e2e -- [options]

  --only NAME     run this scenario only, may be repeated: ${Object.keys(SCENARIOS).join(', ')};
                  without a name all of these; only by their names: fabric8, with a JDK and Maven, and consumers,
                  which builds what Prometheus, kube-state-metrics, Traefik, controller-runtime and
                  kube-rs read Nodes with first, with Rust
  --sample N      of the long table of owners only two rows, others for each N
  --long          also what takes minutes: an outage of 60 s, and dead connections with default settings
  --program FILE  test this build instead of packing and installing the tree first
  --allow-skip    where the needed programs cannot be built: print SKIPPED and exit 0 instead of 1

environment: KUBEBUILDER_ASSETS (folder with etcd, kube-apiserver, kubectl, instead of building them),
WATCHSIEVE_E2E_CACHE (where built programs are kept, default ~/.cache/watchsieve-e2e),
UPDATE_DOCS=1 (scenario owners writes its table into docs/gitops.md),
UPDATE_SCREENSHOTS=1 (scenario page makes docs/status-page*.png anew, in three minutes)`;

const NODE_COUNT = 50;

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      only: { type: 'string', multiple: true, default: Object.keys(SCENARIOS) },
      program: { type: 'string' },
      sample: { type: 'string' },
      long: { type: 'boolean', default: false },
      'allow-skip': { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    console.log(HELP);
    return 0;
  }
  const unknown = values.only.filter((name) => ALL[name] === undefined);
  if (unknown.length > 0) {
    console.log(`--only: no such scenario: ${unknown.join(', ')}\n\n${HELP}`);
    return 2;
  }
  const scenarios = values.only.map((name) => ALL[name]).filter((scenario) => scenario !== undefined);
  let assets: Assets;
  try {
    assets = await findAssets((text) => console.log(text));
  } catch (error) {
    if (!(error instanceof AssetsUnavailable)) throw error;
    console.log(error.message);
    console.log(values['allow-skip'] ? 'SKIPPED' : 'cannot run; --allow-skip makes this exit 0');
    return values['allow-skip'] ? 0 : 1;
  }
  const program = values.program ?? (await buildProgram());
  const sample = values.sample === undefined ? undefined : Number(values.sample);
  return runAll(scenarios, { assets, program, long: values.long, sample });
}

async function runAll(
  scenarios: readonly Scenario[],
  given: Pick<Rig, 'assets' | 'program' | 'long' | 'sample'>,
): Promise<number> {
  const report = new Report();
  const cluster = await Cluster.start(given.assets);
  try {
    const nodes = new Nodes(cluster.admin, NODE_COUNT);
    await nodes.create();
    for (const scenario of scenarios) {
      report.title(scenario.title);
      try {
        await scenario.run({ ...given, cluster, nodes, report });
      } catch (error) {
        report.fail(`${scenario.title}: ended early`, error);
      }
    }
  } finally {
    await cluster.stop();
  }
  await report.check('no scenario has left a process behind', () => assert.deepEqual(Child.left, []));
  report.close();
  return report.failed === 0 ? 0 : 1;
}

// All ends go through process.exit, whose handlers kill every child that is still there.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));

process.exit(await main());
