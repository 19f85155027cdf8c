/**
 * Sidecars that ask two hubs first, beside clients without either (I10 to I15): heartbeats and changes, and each part killed
 * in turn. Every client ends as a direct one, and makes no LIST that a direct one would not have made.
 */

import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { ApiClient } from '../api-client.ts';
import type { User } from '../cluster.ts';
import { InformerPairs, USUAL_KINDS } from '../informer-pairs.ts';
import type { Kind } from '../informer-pairs.ts';
import { Proxy } from '../proxy.ts';
import type { ProxiedCluster } from '../proxy.ts';
import type { Rig, Scenario } from './scenario.ts';

const HUBS = 2;
const SIDECARS = 4;
/** With `--long`: as many as a small cluster has. */
const MANY_SIDECARS = 20;
const HEARTBEATS_PER_SECOND = 40;
const SECONDS = 6;
/** Into the load: some of it comes before, some meanwhile, and some behind. */
const FAULT_AT_CHANGE = 2;
const RETURN_TIMEOUT_MS = 60_000;
const KINDS: readonly Kind[] = [...USUAL_KINDS, { mode: 'list-watch', encoding: 'json' }];

interface Parts {
  readonly rig: Rig;
  readonly hubs: readonly Proxy[];
  readonly sidecars: readonly Proxy[];
  readonly pairs: InformerPairs;
}

export const hubScenario: Scenario = {
  title: 'two hubs',
  run: async (rig) => {
    const started: Proxy[] = [];
    try {
      const hubs = await startHubs(rig, started);
      await checkRights(rig, hubs);
      const sidecars = await startSidecars(rig, hubs, started);
      await run(rig, hubs, sidecars);
    } finally {
      const ended = await Promise.all(started.map((proxy) => proxy.stop()));
      await rig.report.check('SIGTERM ends hubs and sidecars with exit code 0 (R31)', () => {
        assert.deepEqual(
          ended,
          started.map(() => 0),
        );
      });
      await rig.report.check('no token is in what any of them wrote (R26)', () => {
        for (const secret of rig.cluster.secrets)
          for (const proxy of started) assert.ok(!proxy.output().includes(secret));
      });
    }
  },
};

/** Their own credentials may list and watch Nodes, and nothing else. */
async function startHubs({ cluster, program }: Rig, started: Proxy[]): Promise<readonly Proxy[]> {
  const ofHub: ProxiedCluster = {
    folder: cluster.folder,
    endpoint: (user) => cluster.endpoint(user),
    tokenFile: (user) => cluster.tokenFile(user),
    writeKubeconfig: () => cluster.writeKubeconfig('hub.kubeconfig', 'watcher'),
  };
  for (let i = 0; i < HUBS; i++)
    started.push(await Proxy.start({ program, cluster: ofHub, args: ['--share=nodes'] }));
  return [...started];
}

async function startSidecars(rig: Rig, hubs: readonly Proxy[], started: Proxy[]): Promise<readonly Proxy[]> {
  const { cluster, program } = rig;
  const ends = hubs.map((hub) => hub.endpoint('admin'));
  const ca = join(cluster.folder, 'hubs.crt');
  await writeFile(ca, ends.map((end) => end.ca).join('\n'));
  const args = [`--hub=${ends.map(({ server }) => server).join(',')}`, `--hub-ca=${ca}`];
  const sidecars: Proxy[] = [];
  for (let i = 0; i < (rig.long ? MANY_SIDECARS : SIDECARS); i++) {
    const sidecar = await Proxy.start({ program, cluster, args });
    sidecars.push(sidecar);
    started.push(sidecar);
  }
  return sidecars;
}

/** Whoever may not read Nodes gets the API server's own answer, and nothing from memory, which is full by then (I10). */
async function checkRights({ cluster, report }: Rig, hubs: readonly Proxy[]): Promise<void> {
  const paths = [
    '/api/v1/nodes',
    '/api/v1/nodes?resourceVersion=0',
    '/api/v1/nodes?watch=1&resourceVersion=0',
  ];
  const [hub] = hubs;
  assert.ok(hub !== undefined);
  await report.check('a caller who may is answered from memory', async () => {
    assert.equal(await statusOf(hub, 'watcher', '/api/v1/nodes?resourceVersion=0'), 200);
    await hub.until('a LIST from memory', (scrape) => results(scrape, 'list') > 0);
  });
  for (const path of paths)
    await report.check(`a caller who may not is told so by the API server: ${path} (I10)`, async () => {
      const [direct, behind] = [
        new ApiClient(cluster.endpoint('nobody')),
        new ApiClient(hub.endpoint('nobody')),
      ];
      try {
        const [expected, answer] = [await direct.get(path), await behind.get(path)];
        assert.equal(answer.status, 403);
        assert.equal(answer.body.toString(), expected.body.toString());
      } finally {
        await Promise.all([direct.close(), behind.close()]);
      }
    });
}

async function run(rig: Rig, hubs: readonly Proxy[], sidecars: readonly Proxy[]): Promise<void> {
  const direct = await rig.cluster.writeKubeconfig('direct.kubeconfig', 'admin');
  const [first] = hubs;
  const [sidecar] = sidecars;
  assert.ok(first !== undefined && sidecar !== undefined);
  const ways = [
    ...sidecars.map(({ kubeconfig }, i) => ({ way: `sidecar ${i + 1}`, kubeconfig })),
    { way: 'a hub alone', kubeconfig: first.kubeconfig },
    // What direct clients differ in by chance is no fault of others. With those of the pairs there are six.
    ...(rig.long ? [{ way: 'the API server', kubeconfig: direct }] : []),
  ];
  const pairs = await InformerPairs.start({
    ...{ program: rig.assets.informer, kinds: KINDS, direct, proxied: ways },
  });
  const parts = { rig, hubs, sidecars, pairs };
  try {
    await load(parts, 'under heartbeats and changes', () => Promise.resolve());
    await noteResults(parts);
    // Before the others: what a watch was told last hangs on how long ago it began.
    await load(parts, 'after kill -9 of the API server', async () => {
      await rig.cluster.killApiServer();
      await rig.cluster.restartApiServer();
    });
    await load(parts, 'after kill -9 of a hub', () => killed(first));
    await load(parts, 'after kill -9 of a sidecar', () => killed(sidecar));
    await load(parts, 'after kill -9 of both hubs', async () => {
      await Promise.all(hubs.map((hub) => killed(hub)));
    });
    await checkAnswered(parts);
  } finally {
    await pairs.stop();
  }
}

async function load({ rig, pairs }: Parts, when: string, fault: () => Promise<void>): Promise<void> {
  const { nodes, report } = rig;
  await nodes.load({ heartbeatsPerSecond: HEARTBEATS_PER_SECOND, seconds: FAULT_AT_CHANGE });
  // Of an event that is under way when a part dies some would hear and others not: those had to list directly as well.
  await pairs.reached(await nodes.mark(), RETURN_TIMEOUT_MS);
  await fault();
  await nodes.load({ heartbeatsPerSecond: HEARTBEATS_PER_SECOND, seconds: SECONDS - FAULT_AT_CHANGE });
  const mark = await nodes.mark();
  await report.check(`every informer is current ${when}`, () => pairs.reached(mark, RETURN_TIMEOUT_MS));
  await pairs.judge(report, when, await nodes.existing());
}

async function killed(proxy: Proxy): Promise<void> {
  await proxy.end('SIGKILL');
  await proxy.startAgain();
}

async function noteResults({ rig: { report }, hubs }: Parts): Promise<void> {
  const behind = await Promise.all(hubs.map((hub) => hub.scrape()));
  for (const [i, scrape] of behind.entries()) {
    const said = scrape.samples('watchsieve_hub_requests_total').filter(({ value }) => value > 0);
    report.note(
      `hub ${i + 1}: ${said.map(({ labels, value }) => `${value} ${labels['result']}`).join(', ')}`,
    );
  }
  await report.check('hubs have served watches', () => {
    const watches = behind.reduce((sum, scrape) => sum + results(scrape, 'watch'), 0);
    assert.ok(watches > 0);
  });
}

/**
 * All the checks before would pass if no hub had answered anything. A sidecar whose first requests a busy hub answered
 * too late asks again with a later watch.
 */
async function checkAnswered({ rig: { report }, sidecars }: Parts): Promise<void> {
  const asked = await Promise.all(sidecars.map((sidecar) => sidecar.scrape()));
  await report.check('each sidecar was answered by a hub', () => {
    const answers = asked.map((scrape) =>
      scrape.sum('watchsieve_upstream_selected_total', { target: 'hub' }),
    );
    assert.ok(!answers.includes(0), answers.join(' '));
  });
}

function results(scrape: Awaited<ReturnType<Proxy['scrape']>>, result: string): number {
  return scrape.sum('watchsieve_hub_requests_total', { result });
}

async function statusOf(proxy: Proxy, user: User, path: string): Promise<number> {
  const client = new ApiClient(proxy.endpoint(user));
  try {
    return (await client.get(path)).status;
  } finally {
    await client.close();
  }
}
