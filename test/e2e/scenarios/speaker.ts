/**
 * The real MetalLB 0.14.5 speaker, the last that reconciles on every heartbeat, directly and through the
 * proxy at the same time: its NodeReconciler falls silent, and all its other work is as direct (R40).
 * Both run as node-0001 and would announce on the loopback interface only.
 */

import assert from 'node:assert/strict';

import type { Usage } from '../../support/child.ts';
import { installMetallb, OWN_NODE } from '../metallb.ts';
import { nodeName } from '../node-object.ts';
import type { Change, LoadResult } from '../nodes.ts';
import type { Proxy } from '../proxy.ts';
import { Speaker } from '../speaker.ts';
import type { LogSummary } from '../speaker.ts';
import { withProxy } from './scenario.ts';
import type { Rig, Scenario } from './scenario.ts';

const HEARTBEATS_PER_SECOND = 50;
const SECONDS = 15;

export const speakerScenario: Scenario = {
  title: 'MetalLB 0.14.5 speaker',
  run: (rig) => withProxy(rig, (proxy) => run(rig, proxy)),
};

interface Moment {
  readonly log: LogSummary;
  readonly usage: Usage;
}

async function run(rig: Rig, proxy: Proxy): Promise<void> {
  const { cluster, assets, report, nodes } = rig;
  const kubeconfig = await cluster.writeKubeconfig('speaker.kubeconfig', 'admin');
  await installMetallb(rig, kubeconfig);
  const idle = proxy.usage();
  const common = { program: assets.speaker, node: OWN_NODE };
  const direct = await Speaker.start({ ...common, kubeconfig, way: 'direct' });
  const proxied = await Speaker.start({ ...common, kubeconfig: proxy.kubeconfig, way: 'through the proxy' });
  try {
    const names = Array.from({ length: nodes.count }, (_, i) => nodeName(i + 1));
    await Promise.all([direct.synced(names), proxied.synced(names)]);
    const [directStart, proxiedStart] = [momentOf(direct), momentOf(proxied)];
    const proxyStart = await proxyMoment(proxy);
    const load = await nodes.load({
      heartbeatsPerSecond: HEARTBEATS_PER_SECOND,
      seconds: SECONDS,
      change: (second) => changeOf(rig, second),
    });
    await Promise.all([direct.withdrawnAndAnnounced(1), proxied.withdrawnAndAnnounced(1)]);
    const proxyEnd = await proxyMoment(proxy);
    const after = [momentOf(direct), momentOf(proxied)] as const;
    const before = [directStart, proxiedStart] as const;
    note(rig, direct, { before: before[0], after: after[0] }, load);
    note(rig, proxied, { before: before[1], after: after[1] }, load);
    noteProxy({ rig, proxy, idle, start: proxyStart, end: proxyEnd });
    await report.check(
      'direct, each heartbeat wakes the NodeReconciler (so the load is the one to cure)',
      () => {
        assert.ok(
          reconciled(before[0], after[0]) >= load.heartbeats,
          `${reconciled(before[0], after[0])} lines`,
        );
      },
    );
    await report.check('through the proxy at most 2 NodeReconciler lines per real change and Node', () => {
      const limit = 2 * (load.changes.length + nodes.count);
      assert.ok(
        reconciled(before[1], after[1]) <= limit,
        `${reconciled(before[1], after[1])} lines, limit ${limit}`,
      );
    });
    await report.check('its Services, pool and advertisement work is as direct', () => {
      assert.deepEqual(proxied.otherWork(), direct.otherWork());
      assert.ok(direct.otherWork().length >= 3, direct.otherWork().join('\n'));
    });
    await report.check("the speaker's streams share at most 2 connections upstream (R43)", () => {
      const { connections } = proxyEnd;
      assert.ok(connections >= 1 && connections <= 2, `${connections} connections`);
    });
  } finally {
    await Promise.all([direct.stop(), proxied.stop()]);
  }
}

/** Twice the speaker's own Node changes its mind about the network: it must withdraw, and announce again. */
function changeOf(rig: Rig, second: number): Promise<Change> {
  if (second === 4) return rig.nodes.setNetworkUnavailable(OWN_NODE, true);
  if (second === 9) return rig.nodes.setNetworkUnavailable(OWN_NODE, false);
  return rig.nodes.realChange();
}

function momentOf(speaker: Speaker): Moment {
  return { log: speaker.summary(), usage: speaker.usage() };
}

function reconciled(before: Moment, after: Moment): number {
  return after.log.nodeReconcilerLines - before.log.nodeReconcilerLines;
}

function note(rig: Rig, speaker: Speaker, span: { before: Moment; after: Moment }, load: LoadResult): void {
  const { before, after } = span;
  const lines = after.log.lines - before.log.lines;
  const kilobytes = ((after.log.bytes - before.log.bytes) / 1000).toFixed(1);
  const cpu = after.usage.cpuSeconds - before.usage.cpuSeconds;
  rig.report.note(
    `${speaker.way}: ${load.heartbeats} heartbeats and ${load.changes.length} real changes: ${lines} log lines ` +
      `(${kilobytes} KB), ${reconciled(before, after)} of the NodeReconciler; ` +
      `${microseconds(cpu, load.heartbeats)} of CPU per heartbeat`,
  );
}

interface ProxyMoment {
  readonly usage: Usage;
  readonly received: number;
  readonly connections: number;
}

async function proxyMoment(proxy: Proxy): Promise<ProxyMoment> {
  const scrape = await proxy.scrape();
  return {
    usage: proxy.usage(),
    received: scrape.sum('watchsieve_events_received_total'),
    connections: scrape.gauge('watchsieve_upstream_connections'),
  };
}

function noteProxy(options: {
  readonly rig: Rig;
  readonly proxy: Proxy;
  readonly idle: Usage;
  readonly start: ProxyMoment;
  readonly end: ProxyMoment;
}): void {
  const { rig, proxy, idle, start, end } = options;
  const events = end.received - start.received;
  const cpu = end.usage.cpuSeconds - start.usage.cpuSeconds;
  rig.report.note(
    `proxy: ready ${proxy.startMs.toFixed(0)} ms after its start; RSS ${megabytes(idle)} idle, ` +
      `${megabytes(end.usage)} under this load; ${microseconds(cpu, events)} of CPU per event; ` +
      `${end.connections} connections upstream`,
  );
}

function microseconds(cpuSeconds: number, count: number): string {
  return `${((cpuSeconds * 1e6) / count).toFixed(0)} µs`;
}

function megabytes({ rssBytes }: Usage): string {
  return `${(rssBytes / 1e6).toFixed(0)} MB`;
}
