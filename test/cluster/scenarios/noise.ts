/** The noise of Nodes that nobody runs, and what it costs speaker and sidecar by their cgroups. */

import assert from 'node:assert/strict';

import { fakeNodes } from '../fake-nodes.ts';
import { Metallb } from '../metallb.ts';
import { NEWEST, NOISY, type Rig } from '../rig.ts';
import { SpeakerPod, type Charge } from '../speaker.ts';
import { wait } from '../wait.ts';

const NODES = 300;
/** Two heartbeats of each before anything is measured. */
const WARM_UP_EVENTS = 2 * NODES;
const MEASURED_SECONDS = 40;
/** What the manifests ask for, for the sidecar. */
const REQUESTED_MEMORY = 128 * 2 ** 20;
const REQUESTED_CPU = 0.05;

export async function noise(rig: Rig): Promise<void> {
  const { cluster, report } = rig;
  report.title(`${NODES} Nodes that write a heartbeat every 10 s`);
  const kwok = cluster.startKwok(await rig.programs.kwok());
  await report.check('they beat', async () => {
    await fakeNodes(cluster, NODES);
  });
  for (const version of [NOISY, NEWEST]) {
    const metallb = await Metallb.prepare(rig, version);
    const pod = new SpeakerPod(cluster);
    await report.check(`${version}: speaker alone`, async () => {
      await metallb.apply();
      const cpu = await pod.cpuShare('speaker', MEASURED_SECONDS);
      report.note(`speaker: ${percent(cpu)}, ${mebibytes(await pod.charge('speaker'))}`);
    });
    await report.check(
      `${version}: heartbeats are swallowed, and the sidecar stays within what it asks for`,
      async () => {
        await metallb.apply('sidecar');
        await pod.watches();
        const received = async () =>
          (await pod.scrape()).sum('watchsieve_events_received_total', { type: 'MODIFIED' });
        await wait('heartbeats arrive', 90_000, async () => (await received()) >= WARM_UP_EVENTS);
        const [speaker, sidecar] = await Promise.all(
          ['speaker', 'watchsieve'].map((name) => pod.cpuShare(name, MEASURED_SECONDS)),
        );
        const scrape = await pod.scrape();
        scrape.assertSumRule();
        const charge = await pod.charge('watchsieve');
        const resident = scrape.gauge('process_resident_memory_bytes');
        report.note(
          `speaker ${percent(speaker ?? 0)}, ${mebibytes(await pod.charge('speaker'))}; ` +
            `sidecar ${percent(sidecar ?? 0)}, ${mebibytes(charge)} (RSS ${(resident / 2 ** 20).toFixed(0)}); ` +
            `${percent(scrape.swallowedShare())} swallowed`,
        );
        assert.ok(scrape.swallowedShare() > 0.9, 'share of swallowed events');
        assert.ok(charge.memory < REQUESTED_MEMORY, `${charge.memory} bytes`);
        assert.ok((sidecar ?? 1) < REQUESTED_CPU, `${sidecar} of a core`);
      },
      240_000,
    );
    await metallb.delete();
  }
  await kwok.stop();
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}

function mebibytes({ memory }: Charge): string {
  return `${(memory / 2 ** 20).toFixed(0)} MiB charged`;
}
