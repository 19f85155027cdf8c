/**
 * What happens during a soak, cycle by cycle, and what is judged in the end.
 */

import assert from 'node:assert/strict';

import { ALL_KINDS, InformerPairs } from './informer-pairs.ts';
import { ListLedger } from './list-ledger.ts';
import { Memory, megabytes } from './memory.ts';
import { installMetallb, OWN_NODE } from './metallb.ts';
import type { Change } from './nodes.ts';
import type { Proxy } from './proxy.ts';
import type { Rig } from './scenarios/scenario.ts';
import { Speaker } from './speaker.ts';
import { SpeakerLists } from './speaker-lists.ts';

const HEARTBEATS_PER_SECOND = 100;
/** Sidecar and API server are killed once in each; a short run still has four of them. */
const CYCLE_SECONDS = 120;
const LEAST_CYCLES = 4;
/** What starting the API server takes is time without load. */
const API_SERVER_START_SECONDS = 4;
const RETURN_TIMEOUT_MS = 100_000;
const RESTARTED = 'restarted proxy';
/** Of its own, beside the watches: kept-alive connections, timers of the runtime, the log. */
const SPARE_FILES = 10;

export interface Proxies {
  /** Never restarted: its memory is judged. */
  readonly steady: Proxy;
  readonly restarted: Proxy;
}

interface Clients {
  readonly pairs: InformerPairs;
  readonly speaker: Speaker;
  readonly ledger: ListLedger;
}

interface Sums {
  heartbeats: number;
  changes: number;
  /** In which there was load. */
  loadSeconds: number;
}

export class Soak {
  readonly #rig: Rig;
  readonly #proxies: Proxies;
  readonly #pairs: InformerPairs;
  readonly #speaker: Speaker;
  readonly #memory: Memory;
  readonly #ledger: ListLedger;
  /** Of the restarted proxy: what it had at the end of each of its lives. */
  readonly #lives: number[] = [];
  readonly #sums: Sums = { heartbeats: 0, changes: 0, loadSeconds: 0 };

  private constructor(rig: Rig, proxies: Proxies, clients: Clients) {
    this.#rig = rig;
    this.#proxies = proxies;
    this.#pairs = clients.pairs;
    this.#speaker = clients.speaker;
    this.#ledger = clients.ledger;
    this.#memory = new Memory(() => proxies.steady.usage().rssBytes);
  }

  static async run(rig: Rig, proxies: Proxies, minutes: number): Promise<void> {
    const direct = await rig.cluster.writeKubeconfig('direct.kubeconfig', 'admin');
    await installMetallb(rig, direct);
    const { steady, restarted } = proxies;
    const pairs = await InformerPairs.start({
      program: rig.assets.informer,
      kinds: ALL_KINDS,
      direct,
      proxied: [
        { way: 'steady proxy', kubeconfig: steady.kubeconfig },
        { way: RESTARTED, kubeconfig: restarted.kubeconfig },
      ],
    });
    const speakerLists = await SpeakerLists.start(rig);
    const speaker = await Speaker.start({
      program: rig.assets.speaker,
      node: OWN_NODE,
      kubeconfig: steady.kubeconfig,
      way: 'steady proxy',
    });
    try {
      await speaker.announced(1);
      const ledger = await ListLedger.open(pairs, (title) => title.endsWith(RESTARTED));
      const soak = new Soak(rig, proxies, { pairs, speaker, ledger });
      try {
        await soak.#cycles(minutes);
        await soak.#judge(speakerLists);
      } finally {
        soak.#memory.stop();
      }
    } finally {
      await Promise.all([pairs.stop(), speaker.stop()]);
    }
  }

  async #cycles(minutes: number): Promise<void> {
    const { report } = this.#rig;
    const total = minutes * 60;
    const cycles = Math.max(LEAST_CYCLES, Math.round(total / CYCLE_SECONDS));
    const seconds = Math.floor(total / cycles);
    const started = performance.now();
    const files = await this.#openFiles();
    for (let cycle = 0; cycle < cycles; cycle++) {
      const pace = await this.#cycle(cycle, Math.max(seconds - API_SERVER_START_SECONDS, 8));
      report.note(
        `cycle ${cycle + 1} of ${cycles}: ${pace.toFixed(1)} heartbeats per second; RSS of the steady proxy ` +
          `${megabytes(this.#memory.latestBytes)}, of the restarted one ${megabytes(this.#lives.at(-1) ?? 0)} before its restart`,
      );
    }
    const elapsed = (performance.now() - started) / 1000;
    const { heartbeats, changes, loadSeconds } = this.#sums;
    report.note(
      `${heartbeats} heartbeats, ${changes} changes in ${elapsed.toFixed(0)} s, of which ${loadSeconds.toFixed(0)} s ` +
        `under load at ${(heartbeats / loadSeconds).toFixed(1)} per second (asked for: ${HEARTBEATS_PER_SECOND}); sidecar and API server restarted ${cycles} times each`,
    );
    const filesNow = await this.#openFiles();
    await report.check(`the steady proxy has no more open files than at first (R10)`, () => {
      assert.ok(filesNow <= files + SPARE_FILES, `${files} at first, ${filesNow} now`);
    });
  }

  /** @returns heartbeats per second, as the API server has accepted them. */
  async #cycle(cycle: number, seconds: number): Promise<number> {
    const { nodes, cluster } = this.#rig;
    const signal = cycle % 2 === 0 ? 'SIGTERM' : 'SIGKILL';
    // In turn while the clients are still coming back from the outage, and when all have long been there.
    const isEarly = cycle % 4 < 2;
    const restartAt = isEarly ? 2 : Math.floor(seconds / 2);
    const load = await nodes.load({
      heartbeatsPerSecond: HEARTBEATS_PER_SECOND,
      seconds,
      change: async (second) => {
        if (second === restartAt) await this.#restartSidecar(signal);
        return nodes.realChange();
      },
    });
    this.#sums.heartbeats += load.heartbeats;
    this.#sums.changes += load.changes.length + 2;
    this.#sums.loadSeconds += load.seconds;
    // Who has not got the last event when the server dies has to list, directly or not.
    const last = await nodes.mark();
    await this.#pairs.reached(last, RETURN_TIMEOUT_MS);
    // Of the outage of the last cycle, if there was one, and the restart of the sidecar in this one.
    await this.#ledger.endRound(isEarly && signal === 'SIGKILL');
    await cluster.killApiServer();
    await cluster.restartApiServer();
    return load.heartbeats / load.seconds;
  }

  async #restartSidecar(signal: 'SIGTERM' | 'SIGKILL'): Promise<Change> {
    const { restarted } = this.#proxies;
    this.#lives.push(restarted.usage().rssBytes);
    await restarted.end(signal);
    // While it is away.
    const change = await this.#rig.nodes.realChange();
    await restarted.startAgain();
    return change;
  }

  async #openFiles(): Promise<number> {
    return (await this.#proxies.steady.scrape()).gauge('process_open_fds');
  }

  async #judge(speakerLists: SpeakerLists): Promise<void> {
    const { report, nodes } = this.#rig;
    const mark = await nodes.mark();
    await report.check('every informer is current after the last restart', () =>
      this.#pairs.reached(mark, RETURN_TIMEOUT_MS),
    );
    const { heartbeats, changes } = this.#sums;
    await report.check(
      'every direct stream had all the noise (so the load is what it is said to be)',
      async () => {
        const updates = await this.#pairs.directUpdates();
        // A list stands for all that happened before it.
        for (const count of updates) assert.ok(count >= 0.9 * (heartbeats + changes), updates.join(', '));
      },
    );
    await this.#ledger.endRound();
    await this.#pairs.judgeState(report, 'in the end', await nodes.existing());
    await this.#ledger.judge(report);
    await speakerLists.judge(this.#ledger.most, 'in the end');
    await report.check('the speaker withdraws when its Node is not well, and announces again', async () => {
      const times = this.#speaker.withdrawals;
      await nodes.setNetworkUnavailable(OWN_NODE, true);
      await this.#speaker.withdrawn(times + 1, RETURN_TIMEOUT_MS);
      await nodes.setNetworkUnavailable(OWN_NODE, false);
      await this.#speaker.withdrawnAndAnnounced(times + 1);
    });
    await this.#judgeSteady();
    await this.#judgeRestarted();
  }

  async #judgeSteady(): Promise<void> {
    const { report } = this.#rig;
    const { steady } = this.#proxies;
    report.note(`RSS of the steady proxy: ${this.#memory.toString()}`);
    await report.check('the memory of the steady proxy is flat (R39)', () => this.#memory.assertFlat());
    await report.check('its sum rule holds in the end, and most MODIFIED were swallowed (R28)', async () => {
      const scrape = await steady.scrape();
      scrape.assertSumRule();
      const share = scrape.swallowedShare();
      report.note(`steady proxy: ${(share * 100).toFixed(1)} % of MODIFIED swallowed`);
      assert.ok(share > 0.9, `${(share * 100).toFixed(1)} %`);
    });
  }

  async #judgeRestarted(): Promise<void> {
    const { report } = this.#rig;
    report.note(
      `RSS of the restarted proxy at the end of each life: ${this.#lives.map(megabytes).join(', ')}`,
    );
    await report.check('the sum rule of the restarted proxy holds in its last life (R28)', async () => {
      (await this.#proxies.restarted.scrape()).assertSumRule();
    });
  }
}
