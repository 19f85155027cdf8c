/**
 * The real MetalLB 0.14.5 speaker, the last that reconciles on every heartbeat, directly and through the
 * proxy at the same time: its NodeReconciler falls silent, and all its other work is as direct (R40).
 * Both run as node-0001 and would announce on the loopback interface only.
 */

import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

import type { Usage } from '../../support/child.ts';
import { Kubectl } from '../kubectl.ts';
import { nodeName } from '../node-object.ts';
import type { Change, LoadResult } from '../nodes.ts';
import type { Proxy } from '../proxy.ts';
import { Speaker, SPEAKER_NAMESPACE } from '../speaker.ts';
import type { LogSummary } from '../speaker.ts';
import { withProxy } from './scenario.ts';
import type { Rig, Scenario } from './scenario.ts';

const HEARTBEATS_PER_SECOND = 50;
const SECONDS = 15;
const OWN_NODE = nodeName(1);
/** TEST-NET-1: announced to nobody. */
const SERVICE_IP = '192.0.2.10';

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

/** What MetalLB's manifests and controller would have made: CRDs, pool, advertisement, a Service with an address. */
async function installMetallb(rig: Rig, kubeconfig: string): Promise<void> {
  const { assets, cluster } = rig;
  const { admin } = cluster;
  const kubectl = new Kubectl({ program: assets.kubectl, kubeconfig, way: 'set-up', folder: cluster.folder });
  const crds = await readdir(assets.speakerCrds);
  for (const file of crds) {
    const { code, output } = await kubectl.run('apply', '-f', join(assets.speakerCrds, file));
    if (code !== 0) rig.report.note(`${file}: ${output}`);
  }
  const namespace = `/namespaces/${SPEAKER_NAMESPACE}`;
  await admin.send('POST', '/api/v1/namespaces', { metadata: { name: SPEAKER_NAMESPACE } });
  const { code, output } = await kubectl.run(
    'wait',
    '--for=condition=Established',
    '--timeout=30s',
    'crd',
    '--all',
  );
  if (code !== 0) throw new Error(`the CRDs were not established: ${output}`);
  const metallb = `/apis/metallb.io/v1beta1${namespace}`;
  await admin.send('POST', `${metallb}/ipaddresspools`, {
    apiVersion: 'metallb.io/v1beta1',
    kind: 'IPAddressPool',
    metadata: { name: 'pool' },
    spec: { addresses: [`${SERVICE_IP}/32`] },
  });
  await admin.send('POST', `${metallb}/l2advertisements`, {
    apiVersion: 'metallb.io/v1beta1',
    kind: 'L2Advertisement',
    metadata: { name: 'advertisement' },
    spec: { ipAddressPools: ['pool'], interfaces: ['lo'] },
  });
  await createService(rig);
}

async function createService({ cluster: { admin } }: Rig): Promise<void> {
  const services = '/api/v1/namespaces/default/services';
  const ports = [{ name: 'http', port: 80, protocol: 'TCP' }];
  await admin.send('POST', services, {
    metadata: { name: 'web' },
    spec: { type: 'LoadBalancer', allocateLoadBalancerNodePorts: false, selector: { app: 'web' }, ports },
  });
  await admin.send('PATCH', `${services}/web/status`, {
    status: { loadBalancer: { ingress: [{ ip: SERVICE_IP }] } },
  });
  await admin.send('POST', '/apis/discovery.k8s.io/v1/namespaces/default/endpointslices', {
    metadata: { name: 'web-1', labels: { 'kubernetes.io/service-name': 'web' } },
    addressType: 'IPv4',
    endpoints: [{ addresses: ['10.244.1.2'], conditions: { ready: true }, nodeName: OWN_NODE }],
    ports,
  });
}
