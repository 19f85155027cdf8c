/**
 * `npm run bench:hub:real`: H1 and H5 of a hub before a real kube-apiserver, which the e2e suite builds (Go) and keeps.
 * `[--only H1,H5] [--watches N] [--rate N] [--clients N] [--nodes N] [--quick] [--json FILE]`. Every run checks its own result.
 */
import assert from 'node:assert/strict';
import { parseArgs } from 'node:util';
import { findControlPlane } from '../../test/e2e/assets.ts';
import { buildProgram } from '../../test/e2e/program.ts';
import { machine } from '../machine.ts';
import { findPrograms } from '../setup.ts';
import { measureColdStart } from './real-cold-start.ts';
import { RealRig } from './real-rig.ts';
import { HUBS, less, measureWatches } from './real-watches.ts';
import { PER_BEAT, PER_READER, PER_REVIEW, PER_WATCH, Rows } from './report.ts';

const { values } = parseArgs({
  options: {
    only: { type: 'string', default: 'H1,H5' },
    watches: { type: 'string', default: '300' },
    clients: { type: 'string', default: '200' },
    nodes: { type: 'string', default: '1000' },
    rate: { type: 'string', default: '10' },
    quick: { type: 'boolean', default: false },
    json: { type: 'string' },
  },
});
const { quick } = values;
const isAsked = (id: string): boolean => values.only.split(',').includes(id);
const rows = new Rows();
const row = rows.add.bind(rows);

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
const controlPlane = await findControlPlane((text) => console.log(text));
const program = await buildProgram();
if (isAsked('H1')) await watches(quick ? 30 : Number(values.watches));
if (isAsked('H5')) await coldStart(quick ? 20 : Number(values.clients), quick ? 100 : Number(values.nodes));
await rows.finish(values.json, machine(await findPrograms(() => undefined)), quick);
process.exit();

async function watches(count: number): Promise<void> {
  const rig = await RealRig.start(controlPlane, program, 100, count);
  try {
    const plan = { watches: count, rate: Number(values.rate), seconds: quick ? 10 : 60 };
    const { idle, hubs, direct } = await measureWatches(rig, plan);
    const ofHubs = less(hubs.beating, idle.beating);
    const ofDirect = less(direct, idle.beating);
    const what = `${plan.rate} heartbeats/s`;
    row('H1', `API server, ${what}, nobody watches`, idle.beating.cpu * 100, '% of a core');
    row('H1', `the same, ${count} sidecars' watches of their own`, direct.cpu * 100, '% of a core');
    row('H1', `the same, ${HUBS} hubs for ${count} sidecars`, hubs.beating.cpu * 100, '% of a core');
    row('H1', 'API server, CPU for watches: hubs ÷ sidecars alone', ofHubs.cpu / ofDirect.cpu, '×', 1 / 20);
    row('H1', 'API server, sent for watches, sidecars alone', ofDirect.bytes / 1e6, 'MB/s');
    row('H1', 'API server, sent for watches, hubs', ofHubs.bytes / 1e6, 'MB/s');
    row('H1', 'the same: hubs ÷ sidecars alone', ofHubs.bytes / ofDirect.bytes, '×', 1 / 100);
    const { reviews } = hubs.quiet;
    row('H1', `reviews of what the ${count} may`, reviews, '/s');
    row('H1', PER_WATCH, (ofDirect.cpu * 1e6) / plan.rate / count, 'µs');
    row('H1', PER_REVIEW, ((hubs.quiet.cpu - idle.quiet.cpu) * 1e6) / reviews, 'µs');
    const perBeat = (hubs.beating.hubCpu - hubs.quiet.hubCpu) / HUBS / plan.rate;
    row('H1', PER_BEAT, perBeat * 1e6, 'µs');
    row('H1', PER_READER, (hubs.quiet.hubCpu * 1e6) / count, 'µs/s');
  } finally {
    await rig.stop();
  }
}

async function coldStart(clients: number, nodeCount: number): Promise<void> {
  const rig = await RealRig.start(controlPlane, program, nodeCount, clients);
  try {
    const { direct, sidecars, patient } = await measureColdStart(rig, clients);
    assert.equal(direct.fallbacks, 0);
    const what = `${clients} clients, ${nodeCount} Nodes`;
    for (const [way, run] of [
      ['API server alone', direct],
      ['through a hub, as sidecars', sidecars],
      ['through a hub that is waited for', patient],
    ] as const) {
      row('H5', `${what}, ${way}: all in step`, run.ms / 1000, 's');
      row('H5', `${way}: CPU of API server and hub`, run.serverSeconds, 's');
      row('H5', `${way}: of it, the hub`, run.hubSeconds, 's');
      row('H5', `${way}: CPU of the clients, which are one process`, run.clientSeconds, 's');
      if (run !== direct) row('H5', `${way}: requests that it did not answer`, run.fallbacks, '');
      if (run.retries > 0)
        row('H5', `${way}: requests repeated, after a 429 of the API server above all`, run.retries, '');
    }
    for (const [way, run] of [
      ['as sidecars', sidecars],
      ['waited for', patient],
    ] as const) {
      row('H5', `time until all are in step: hub, ${way} ÷ API server alone`, run.ms / direct.ms, '×', 0.1);
      row('H5', `CPU: hub, ${way} ÷ API server alone`, run.serverSeconds / direct.serverSeconds, '×', 0.1);
    }
  } finally {
    await rig.stop();
  }
}
