/**
 * Makes the sections of docs/noise-atlas.md: an API server of the e2e suite with nobody on it, and a whole cluster.
 * `npm run atlas -- --help` lists the options.
 */

import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

import { format } from 'prettier';

import { findAssets, type Assets } from '../../e2e/assets.ts';
import { Cluster as ApiServerAlone } from '../../e2e/cluster.ts';
import { buildProgram } from '../../e2e/program.ts';
import { runToEnd } from '../../support/child.ts';
import { listAt, parseJson, textAt } from '../../support/json-value.ts';
import { Cluster } from '../cluster.ts';
import { fakeNodes } from '../fake-nodes.ts';
import { Images } from '../images.ts';
import { missingForCluster } from '../machine.ts';
import { Metallb } from '../metallb.ts';
import { nodePrograms } from '../programs.ts';
import { NEWEST } from '../rig.ts';
import { wait } from '../wait.ts';
import { eventsOf, type Section, withSection } from './page.ts';

const PROJECT = join(import.meta.dirname, '..', '..', '..');
const PAGE = join(PROJECT, 'docs', 'noise-atlas.md');
const FAKE_NODES = 100;
/** A look at everything, which also lets the cluster come to rest. */
const LOOK_SECONDS = 10;
/** A kubelet reports its Node each five minutes where nothing has changed. */
const LONG_SECONDS = 320;
/** As many resources as one call watches at the same time. */
const LANES = 4;
const MOST_RESOURCES = 12;
const LIMIT_MS = 15 * 60_000;

const HELP = `usage: npm run atlas [-- options]

Writes docs/noise-atlas.md: its sections about an API server alone, and about a whole cluster with a
kubelet (as npm run test:cluster, with what that needs). It takes some ten minutes.

  --report FILE   add a section of your own instead, from \`watchsieve analyze --output json > FILE\`;
                  may be given again
  --title TEXT    what that section is called
  --about TEXT    what ran there: versions, sizes, what was done meanwhile`;

/** Runs `analyze` with these flags. @returns its JSON */
type Analyze = (...flags: readonly string[]) => Promise<unknown>;

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      report: { type: 'string', multiple: true, default: [] },
      title: { type: 'string' },
      about: { type: 'string', default: '' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    console.log(HELP);
    return 0;
  }
  if (values.report.length > 0) {
    const { title, about } = values;
    if (title === undefined) throw new Error('--title is missing');
    const texts = await Promise.all(values.report.map((file) => readFile(file, 'utf8')));
    await write({ title, about, reports: texts.map(parseJson) });
    return 0;
  }
  const say = (text: string) => console.log(text);
  const missing = await missingForCluster(say);
  if (missing !== undefined) {
    console.log(missing);
    return 1;
  }
  const assets = await findAssets(say);
  const program = await buildProgram();
  // Neither does much but wait.
  const sections = await Promise.all([alone(assets, program), whole(assets, program)]);
  for (const section of sections) await write(section);
  return 0;
}

async function write(section: Section): Promise<void> {
  const page = withSection(await readFile(PAGE, 'utf8'), section);
  await writeFile(PAGE, await format(page, { parser: 'markdown', printWidth: 110 }));
  console.log(`${section.title}: written`);
}

/** First a look at everything, then longer at what moves. */
async function watched(analyze: Analyze): Promise<readonly unknown[]> {
  const first = await analyze('--all', '--duration', `${LOOK_SECONDS}s`);
  const loud = listAt(first, 'resources').filter((resource) => eventsOf(resource) > 0);
  const names = [...new Set(['nodes', ...loud.map((resource) => textAt(resource, 'resource'))])];
  const calls: Promise<unknown>[] = [];
  for (let at = 0; at < Math.min(names.length, MOST_RESOURCES); at += LANES)
    calls.push(
      analyze(
        ...names.slice(at, at + LANES).flatMap((name) => ['--resource', name]),
        '--duration',
        `${LONG_SECONDS}s`,
      ),
    );
  return [first, ...(await Promise.all(calls))];
}

async function alone(assets: Assets, program: string): Promise<Section> {
  const cluster = await ApiServerAlone.start(assets);
  try {
    const kubeconfig = await cluster.writeKubeconfig('atlas', 'admin');
    const reports = await watched(async (...flags) => {
      const args = [program, 'analyze', '--kubeconfig', kubeconfig, '--output', 'json', ...flags];
      const ended = await runToEnd({
        name: 'analyze',
        command: process.execPath,
        args,
        timeoutMs: LIMIT_MS,
      });
      if (ended.code !== 0) throw new Error(ended.stderr);
      return parseJson(ended.stdout);
    });
    return {
      title: 'An API server alone',
      about:
        'kube-apiserver 1.37.2 and etcd alone. ' +
        `Each resource was watched for ${LOOK_SECONDS} s, and each with events for ${LONG_SECONDS} s more.`,
      reports,
    };
  } finally {
    await cluster.stop();
  }
}

async function whole(assets: Assets, program: string): Promise<Section> {
  const folder = await mkdtemp(join(tmpdir(), 'watchsieve-atlas-'));
  const cache = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'watchsieve-cluster');
  await mkdir(cache, { recursive: true });
  const programs = await nodePrograms((text) => console.log(text));
  const images = new Images({ cache, folder });
  await images.pause();
  await images.program(`quay.io/metallb/speaker:${NEWEST}`, await assets.speakerOf(NEWEST), '/speaker');
  const controller = await programs.controllerOf(NEWEST);
  await images.program(`quay.io/metallb/controller:${NEWEST}`, controller, '/controller');
  const cluster = await Cluster.start({ folder, assets, programs, electsLeaders: true }, images.archives);
  try {
    const metallb = await Metallb.prepare({ cluster, assets, release: { folder: PROJECT } }, NEWEST);
    await metallb.apply();
    await wait('MetalLB gives the Service its address', 100_000, () => metallb.announce().then(() => true));
    const kwok = cluster.startKwok(await programs.kwok());
    await fakeNodes(cluster, FAKE_NODES);
    const reports = await watched(async (...flags) =>
      parseJson(
        await cluster.runAsAdmin('analyze', [
          ...[process.execPath, program, 'analyze', '--output', 'json'],
          ...flags,
        ]),
      ),
    );
    await kwok.stop();
    return {
      title: 'A cluster with one kubelet',
      about:
        'Kubernetes 1.37.2: kube-apiserver, etcd, kube-controller-manager and kube-scheduler (both elect a leader), ' +
        `one kubelet with containerd, kube-proxy; MetalLB ${NEWEST} with one Service; and ${FAKE_NODES} Nodes that ` +
        'kwok simulates. Each of them writes a heartbeat every 10 s, as kubelets did before 1.27 and still do if their ' +
        'status changes; a kubelet whose status does not change reports every five minutes. Nobody changed anything ' +
        `meanwhile. Each resource was watched for ${LOOK_SECONDS} s, and each with events for ${LONG_SECONDS} s more.`,
      reports,
    };
  } finally {
    await cluster.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

// Both end through process.exit, whose handlers kill every child that is still there.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));

process.exitCode = await main();
