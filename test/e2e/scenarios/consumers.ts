/**
 * Programs of other projects, built from their modules, with the preset that is theirs: directly and through the proxy, under
 * heartbeats and real changes, they end with the same, and do a tenth of the needless work at most (R14, R16, R40).
 */

import assert from 'node:assert/strict';

import { CONSUMERS } from '../consumers.ts';
import type { Consumer, Running, Told } from '../consumers.ts';
import { nodeName } from '../node-object.ts';
import { until } from '../until.ts';
import { withProxy } from './scenario.ts';
import type { Rig, Scenario } from './scenario.ts';

const HEARTBEATS_PER_SECOND = 50;
const SECONDS = 10;
const START_TIMEOUT_MS = 60_000;
const REACH_TIMEOUT_MS = 60_000;

export const consumersScenario: Scenario = {
  title: 'programs of other projects, each with its preset',
  run: async (rig) => {
    await makeIngress(rig);
    try {
      for (const [at, consumer] of CONSUMERS.entries()) {
        try {
          await runOne(rig, consumer, `10.3.0.${at + 1}`);
        } catch (error) {
          rig.report.fail(`${consumer.name}: ended early`, error);
        }
      }
    } finally {
      await removeIngress(rig);
    }
  },
};

const SERVICES = '/api/v1/namespaces/default/services';
const INGRESSES = '/apis/networking.k8s.io/v1/namespaces/default/ingresses';
const INGRESS = 'consumers';

/** For Traefik: a Service by node port, whose servers are the Nodes. */
async function makeIngress({ cluster }: Rig): Promise<void> {
  await cluster.admin.send('POST', SERVICES, {
    metadata: { name: INGRESS, annotations: { 'traefik.ingress.kubernetes.io/service.nodeportlb': 'true' } },
    spec: { type: 'NodePort', ports: [{ port: 80 }], selector: { app: INGRESS } },
  });
  const backend = { service: { name: INGRESS, port: { number: 80 } } };
  const path = { path: '/', pathType: 'Prefix', backend };
  await cluster.admin.send('POST', INGRESSES, {
    metadata: { name: INGRESS, annotations: { 'kubernetes.io/ingress.class': 'traefik' } },
    spec: { rules: [{ host: 'consumers.example', http: { paths: [path] } }] },
  });
}

async function removeIngress({ cluster }: Rig): Promise<void> {
  for (const collection of [INGRESSES, SERVICES])
    await cluster.admin.request('DELETE', `${collection}/${INGRESS}`);
}

async function runOne(rig: Rig, consumer: Consumer, address: string): Promise<void> {
  const { assets, cluster, nodes, report } = rig;
  await withProxy(
    rig,
    async (proxy) => {
      const config = await cluster.writeKubeconfig(`${consumer.preset}.kubeconfig`, 'admin');
      const started = [
        await consumer.start(assets, config),
        await consumer.start(assets, proxy.kubeconfig),
      ] as const;
      try {
        const [direct, proxied] = started;
        const begun = await both(started, (running) => begins(running, nodes.count));
        const cpuBefore = started.map(({ child }) => child.usage().cpuSeconds);
        const load = await nodes.load({ heartbeatsPerSecond: HEARTBEATS_PER_SECOND, seconds: SECONDS });
        const mark = await nodes.mark();
        await nodes.setInternalIp(nodeName(1), address);
        const ended = await both(started, (running) => reaches(running, [mark.text, address]));
        const cpu = started.map(({ child }, at) => child.usage().cpuSeconds - (cpuBefore[at] ?? 0));
        // The label and the address that mark the end.
        const changes = load.changes.length + 2;
        const work = begun.map(({ events }, at) => (ended[at]?.events ?? 0) - events);
        report.note(
          `${consumer.name}: ${load.heartbeats} heartbeats, ${changes} changes; ` +
            `${work.join(' and ')} ${consumer.work}, ` +
            `CPU ${cpu.map((seconds) => seconds.toFixed(2)).join(' and ')} s, direct and through the proxy`,
        );
        await report.check(`${consumer.name}: the same in the end (I5)`, () => {
          assert.ok(ended[0].state.length > nodes.count);
          assert.equal(ended[1].state, ended[0].state);
        });
        await report.check(`${consumer.name}: nine tenths of the needless work gone (R16)`, () => {
          const [all = 0, left = 0] = work.map((count) => Math.max(0, count - changes));
          assert.ok(all > 50, `${all} direct`);
          assert.ok(left <= all / 10, `${left} of ${all}`);
        });
        await report.check(`${consumer.name}: it has not ended`, () => {
          assert.ok(!direct.child.hasExited && !proxied.child.hasExited);
        });
        const scrape = await proxy.scrape();
        await report.check(`${consumer.name}: received = forwarded + swallowed (R28)`, () =>
          scrape.assertSumRule(),
        );
      } finally {
        await Promise.all(started.map(({ child }) => child.stop()));
      }
    },
    { args: ['--preset', consumer.preset] },
  );
}

async function both(
  [direct, proxied]: readonly [Running, Running],
  ask: (running: Running) => Promise<Told>,
): Promise<readonly [Told, Told]> {
  return Promise.all([ask(direct), ask(proxied)]);
}

/** Until it shows every Node, by its name or its address. */
async function begins(running: Running, count: number): Promise<Told> {
  return tells(running, START_TIMEOUT_MS, `each of ${count} Nodes`, ({ state }) => {
    const shown = (kind: RegExp): number => new Set(state.match(kind)).size;
    return Math.max(shown(/node-\d{4}/g), shown(/10\.[123]\.\d+\.\d+/g)) >= count;
  });
}

/** Until it shows one of these texts, or all of them where it shows both kinds of change. */
async function reaches(running: Running, [label, address]: readonly [string, string]): Promise<Told> {
  return tells(running, REACH_TIMEOUT_MS, `${label} or ${address}`, ({ state }) => {
    const showsLabels = /e2e[_.]watchsieve[_.]dev[_/]label/.test(state);
    const showsAddresses = /10\.\d+\.\d+\.\d+/.test(state);
    return (!showsLabels || state.includes(label)) && (!showsAddresses || state.includes(address));
  });
}

async function tells(
  running: Running,
  timeoutMs: number,
  what: string,
  isIt: (told: Told) => boolean,
): Promise<Told> {
  let told: Told | undefined;
  await until(what, timeoutMs, running.child, async () => {
    told = await running.tell();
    return isIt(told);
  });
  if (told === undefined) throw new Error(`nothing told of ${what}`);
  return told;
}
