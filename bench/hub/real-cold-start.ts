/** H5: clients that LIST (in gzip) and watch at once, as after a roll-out: how long until all follow, and what it costs. */
import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import type { Proxy } from '../../test/e2e/proxy.ts';
import type { RealRig } from './real-rig.ts';

interface Start {
  readonly ms: number;
  /** Of API server and hub. */
  readonly serverSeconds: number;
  readonly hubSeconds: number;
  readonly clientSeconds: number;
  readonly fallbacks: number;
  readonly retries: number;
}

export interface ColdStart {
  readonly direct: Start;
  /** Through a hub that has its feed, as sidecars: what it does not answer in time goes to the API server. */
  readonly sidecars: Start;
  /** The same, of clients that ask the hub until it answers. */
  readonly patient: Start;
}

const SETTLE_MS = 3000;

export async function measureColdStart(rig: RealRig, clients: number): Promise<ColdStart> {
  // The watch cache is there, and code that is loaded at the first request.
  await (await rig.follow(2, [])).stop();
  const direct = await start(rig, clients, []);
  const sidecars = await withHub(rig, (hub) => start(rig, clients, [hub]));
  const patient = await withHub(rig, (hub) => start(rig, clients, [hub], true));
  return { direct, sidecars, patient };
}

async function withHub(rig: RealRig, run: (hub: Proxy) => Promise<Start>): Promise<Start> {
  const [hub] = await rig.startHubs(1);
  assert.ok(hub !== undefined);
  await (await rig.follow(2, [hub], true)).stop();
  const start = await run(hub);
  const said = (await hub.scrape()).samples('watchsieve_hub_requests_total').filter(({ value }) => value > 0);
  console.log(`the hub: ${said.map(({ labels, value }) => `${value} ${labels['result']}`).join(', ')}`);
  await rig.stopHubs();
  return start;
}

async function start(
  rig: RealRig,
  clients: number,
  hubs: readonly Proxy[],
  isPatient = false,
): Promise<Start> {
  await delay(SETTLE_MS);
  const before = rig.used();
  const followers = await rig.follow(clients, hubs, isPatient);
  const after = rig.used();
  const { inStepMs, cpuSeconds, fallbacks, retries } = followers;
  // Each of them follows: what changes now comes to all.
  await followers.marked((await rig.nodes.mark()).text);
  await followers.stop();
  const hubSeconds = after.hubSeconds - before.hubSeconds;
  return {
    ...{ ms: inStepMs, hubSeconds, clientSeconds: cpuSeconds, fallbacks, retries },
    serverSeconds: after.apiServerSeconds - before.apiServerSeconds + hubSeconds,
  };
}
