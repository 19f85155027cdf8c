/**
 * The faults of test/faults/real-table.ts between the real API server and client-go informers (R42): each directly and
 * through the proxy, JSON and protobuf, over HTTP/1.1 and HTTP/2; as many LISTs as the table says, and the same state.
 */

import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';

import { REAL_FAULTS } from '../../faults/real-table.ts';
import type { RealFaultRow } from '../../faults/real-table.ts';
import { happensOver, HTTP_VERSIONS } from '../../faults/table.ts';
import type { HttpVersion } from '../../faults/table.ts';
import { clusterBehind } from '../cluster-behind.ts';
import { FaultInjector } from '../fault-injector.ts';
import { Informer } from '../informer.ts';
import type { InformerState } from '../informer.ts';
import { nodeName } from '../node-object.ts';
import { Proxy } from '../proxy.ts';
import { until } from '../until-true.ts';
import type { Rig, Scenario } from './scenario.ts';

const RETURN_TIMEOUT_MS = 60_000;
/** client-go takes an end within a second without an event for a fault. */
const VERY_SHORT_MS = 1100;
const PAUSE_MS = 2000;
/** Both versions run at the same time: each changes its own, and the other's does not count. */
const OWN_NODES: Readonly<Record<HttpVersion, string>> = { '1.1': nodeName(2), '2': nodeName(3) };
const ENCODINGS = ['json', 'protobuf'] as const;

type Act = (injector: FaultInjector, touch: () => Promise<void>) => Promise<void> | void;

/** Arms the next answer, and makes the clients ask for it. */
const onNextWatch =
  (arm: (injector: FaultInjector) => void): Act =>
  (injector) => {
    arm(injector);
    injector.endStreams();
  };

const ACTIONS: Readonly<Record<RealFaultRow['id'], Act>> = {
  end: (injector) => injector.endStreams(),
  'end-in-frame': async (injector, touch) => {
    injector.cutNextChunk('end');
    await touch();
  },
  lost: (injector) => injector.loseConnections(),
  'lost-in-frame': async (injector, touch) => {
    injector.cutNextChunk('lost');
    await touch();
  },
  reset: (injector) => injector.resetConnections(),
  'stream-reset': (injector) => injector.resetStreams(),
  goaway: async (injector, touch) => {
    injector.goAway();
    await touch();
    injector.endStreams();
  },
  stall: async (injector, touch) => {
    injector.hold();
    await touch();
    await delay(PAUSE_MS);
    injector.release();
  },
  refused: async (injector) => {
    await injector.refuse();
    await delay(PAUSE_MS);
    await injector.reopen();
  },
  'hang-up': onNextWatch((injector) => injector.hangUpOnWatches()),
  '410': onNextWatch((injector) => injector.answerWatches({ code: 410, reason: 'Expired' })),
  '429': onNextWatch((injector) => injector.answerWatches({ code: 429, retryAfter: '1' })),
  '500': onNextWatch((injector) => injector.answerWatches({ code: 500, reason: 'InternalError' })),
  '503': onNextWatch((injector) =>
    injector.answerWatches({ code: 503, retryAfter: '1', reason: 'ServiceUnavailable' }),
  ),
  '503-bare': onNextWatch((injector) => injector.answerWatches({ code: 503 })),
  '504': onNextWatch((injector) => injector.answerWatches({ code: 504, reason: 'Timeout' })),
  '401': onNextWatch((injector) => injector.answerWatches({ code: 401, reason: 'Unauthorized' })),
  '403': onNextWatch((injector) => injector.answerWatches({ code: 403, reason: 'Forbidden' })),
  'list-cut': onNextWatch((injector) => {
    injector.answerWatches({ code: 410, reason: 'Expired' });
    injector.cutLists();
  }),
};

export const faultsScenario: Scenario = {
  title: 'faults between client-go and the real API server',
  run: async (rig) => {
    await Promise.all(HTTP_VERSIONS.map((http) => runOver(rig, http)));
  },
};

async function runOver(rig: Rig, http: HttpVersion): Promise<void> {
  const proxied = await FaultInjector.start(rig.cluster.endpoint('admin'), http);
  const cluster = clusterBehind(rig.cluster, proxied, `http${http}`);
  const args = [`--upstream-http=${http === '2' ? 'auto' : '1.1'}`];
  const proxy = await Proxy.start({ program: rig.program, cluster, args });
  try {
    for (const row of REAL_FAULTS)
      if (happensOver(row, http)) await meet({ rig, row, http, through: { injector: proxied, proxy } });
    await rig.report.check(`HTTP/${http}: the sum rule holds after all these faults (R28)`, async () => {
      (await proxy.scrape()).assertSumRule();
    });
  } finally {
    await proxy.stop();
    await proxied.stop();
  }
}

interface Case {
  readonly rig: Rig;
  readonly row: RealFaultRow;
  readonly http: HttpVersion;
  readonly through: { readonly injector: FaultInjector; readonly proxy: Proxy };
}

/** Informers of their own for each fault: what client-go waits after a failure grows with each. */
async function meet({ rig, row, http, through }: Case): Promise<void> {
  const { cluster, report } = rig;
  const direct = await FaultInjector.start(cluster.endpoint('admin'), http);
  const kubeconfig = await cluster.writeKubeconfig(`direct-${http}.kubeconfig`, 'admin', direct.at);
  const program = rig.assets.informer;
  const make = (way: string, config: string) =>
    ENCODINGS.map(
      (encoding) => new Informer({ program, kubeconfig: config, mode: 'list-watch', encoding, way }),
    );
  const groups = [make('direct', kubeconfig), make('through the proxy', through.proxy.kubeconfig)] as const;
  const all = groups.flat();
  const injectors = [direct, through.injector];
  const node = OWN_NODES[http];
  const touch = async () => {
    await rig.nodes.mark(node);
  };
  const reached = async () => {
    const { resourceVersion } = await rig.nodes.mark(node);
    await Promise.all(all.map((informer) => informer.reached(resourceVersion, RETURN_TIMEOUT_MS)));
  };
  const sentence = `HTTP/${http}, ${row.fault}: the LISTs of the table, and the same state (R42)`;
  try {
    await report.check(sentence, async () => {
      await Promise.all(all.map((informer) => informer.synced()));
      const everyone = ENCODINGS.length;
      await until('every client watches', () => injectors.every(({ streams }) => streams === everyone));
      await delay(VERY_SHORT_MS);
      await reached();
      await rig.nodes.heartbeat();
      await Promise.all(injectors.map(async (injector) => ACTIONS[row.id](injector, touch)));
      await reached();
      await judge(row, groups, node);
      assert.equal((await groups[0][0]?.state())?.nodes.size, (await rig.nodes.existing()).length);
    });
  } finally {
    await Promise.all(all.map((informer) => informer.stop()));
    await direct.stop();
  }
}

/** @param groups - informers that talk to the API server directly, and those behind the proxy. */
async function judge(
  row: RealFaultRow,
  groups: readonly (readonly Informer[])[],
  node: string,
): Promise<void> {
  const requests = groups.flat().map((informer) => informer.requests().slice(-6).join('\n'));
  const states = await Promise.all(groups.map((group) => Promise.all(group.map((one) => one.state()))));
  // A fault that has not come proves nothing: a stall alone makes nobody ask again.
  if (row.id !== 'stall') {
    for (const { watches, answeredLists } of states.flat())
      assert.ok(watches + answeredLists > 2, requests.join('\n\n'));
  }
  const lists = states.map((group) => group.map(({ answeredLists }) => answeredLists - 1));
  const expected = row.lists.map((count) => ENCODINGS.map(() => count));
  assert.deepEqual(lists, expected, `${JSON.stringify(lists)}\n${requests.join('\n\n')}`);
  const [first, ...others] = states.flat().map((state) => withoutOthers(state, node));
  for (const nodes of others) assert.deepEqual(nodes, first);
}

/** What the other version changes at the same time is left out. */
function withoutOthers({ nodes }: InformerState, own: string): ReadonlyMap<string, unknown> {
  const changing = Object.values(OWN_NODES).filter((node) => node !== own);
  return new Map([...nodes].filter(([name]) => !changing.includes(name)));
}
