/**
 * `npm run bench:hub`: what a hub costs, H2 to H8, as ratios on one machine. `[--readers N] [--many N]
 * [--only H2,…] [--quick] [--check] [--json FILE]`. Every run checks its own result; with `--check` the exit code is 1
 * where a goal is not met.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { buildProgram } from '../../test/e2e/program.ts';
import { machine } from '../machine.ts';
import { startNginx } from '../proxies/nginx.ts';
import { findPrograms } from '../setup.ts';
import { Rows } from './report.ts';
import { HubRig, type Watched } from './rig.ts';
import {
  measureBare,
  measurePassing,
  measurePassThrough,
  measureReaders,
  measureReview,
  type Plan,
} from './rows.ts';

const { values } = parseArgs({
  options: {
    readers: { type: 'string', default: '1000' },
    many: { type: 'string', default: '2000' },
    only: { type: 'string', default: 'H2,H3,H4,H6,H7,H8' },
    quick: { type: 'boolean', default: false },
    check: { type: 'boolean', default: false },
    json: { type: 'string' },
  },
});
const quick = values.quick;
const readers = quick ? 100 : Number(values.readers);
const many = quick ? 200 : Number(values.many);
const base = { beats: quick ? 600 : 3000, changes: quick ? 10 : 40 };
const NODES = 1000;
/** As speakers behind sidecars ask. */
const USUAL = { encoding: 'protobuf', transport: 'HTTP/2' } as const;
/** The others alike, one difference at a time. */
const WATCHED: readonly Omit<Watched, 'nodes'>[] = [
  USUAL,
  { ...USUAL, encoding: 'json' },
  { ...USUAL, transport: 'HTTP/1.1' },
];
const isAsked = (id: string): boolean => values.only.split(',').includes(id);

const rows = new Rows();
const row = rows.add.bind(rows);
const programs = await findPrograms(() => undefined);

const KIB = 1024;
const folder = await mkdtemp(join(tmpdir(), 'watchsieve-bench-hub-'));
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
try {
  const rig = new HubRig(folder, await buildProgram());
  if (['H2', 'H3', 'H4', 'H6', 'H7'].some(isAsked)) {
    const reviewMicros = await measureReview(rig, { nodes: NODES, ...USUAL }, readers);
    row('H2', 'CPU per review of a running watch, once a minute', reviewMicros, 'µs');
    if (['H2', 'H3', 'H4', 'H6'].some(isAsked))
      for (const watched of WATCHED)
        await ofReaders(rig, { ...base, watched: { nodes: NODES, ...watched }, reviewMicros, readers });
    if (isAsked('H7')) await growth(rig, reviewMicros);
  }
  if (isAsked('H8')) await alone(rig);
} finally {
  await rm(folder, { recursive: true, force: true });
  // A run that fails late keeps what it has measured.
  await rows.finish(values.json, machine(programs), quick);
}
process.exit(values.check && rows.missed.length > 0 ? 1 : 0);

async function ofReaders(rig: HubRig, plan: Plan): Promise<void> {
  const { encoding, transport } = plan.watched;
  const what = `${encoding}, ${transport}`;
  const ofMany = { ...plan, readers: many, changes: 10 };
  if (isAsked('H2') || isAsked('H4')) {
    const crowd = await measureReaders(rig, ofMany);
    row('H2', `${what}: CPU per heartbeat, 1 reader`, crowd.beatAlone, 'µs');
    row('H2', `${what}: the same, ${many} readers`, crowd.beat, 'µs');
    row('H2', `${what}: ${many} readers ÷ 1`, crowd.beat / crowd.beatAlone, '×', 1.1);
    row('H2', `${what}: ${many} readers, no events and no reviews`, crowd.idle * 100, '% of a core');
    const bare = (await measureBare(rig, ofMany)).perReader / KIB;
    row('H4', `${what}: per reader, TLS included`, crowd.perReader / KIB, 'KiB', 64, bare);
  }
  if (!isAsked('H3') && !isAsked('H6')) return;
  const some = await measureReaders(rig, { ...plan, beats: 100 });
  const bare = await measureBare(rig, plan);
  const each = `${what}: CPU per change and reader, ${readers} readers`;
  row('H3', each, some.delivery, 'µs', 25, bare.delivery);
  row('H6', `${what}: a change to ${readers} readers, p50 of all`, some.p50Ms, 'ms', 15, bare.p50Ms);
  row('H6', `${what}: the same, p99`, some.p99Ms, 'ms', 50, bare.p99Ms);
  row('H6', `${what}: the same, the latest`, some.mostMs, 'ms', undefined, bare.mostMs);
  if (!isAsked('H3')) return;
  const { nginx } = programs;
  if ('missing' in nginx) return;
  const passed = await measurePassing(rig, plan, async (upstream) =>
    startNginx(upstream, await mkdtemp(join(folder, 'nginx-')), 4 * readers + 1000),
  );
  row('H3', `${what}: nginx passing the same bytes on`, passed, 'µs');
  row('H3', `${what}: hub ÷ nginx`, some.delivery / passed, '×', 1.5);
}

async function growth(rig: HubRig, reviewMicros: number): Promise<void> {
  const counts = quick ? [20, 200] : [100, 1000, 5000];
  for (const count of counts) {
    const { delivery, beat, perReader } = await measureReaders(rig, {
      ...{ ...base, reviewMicros, readers: count, beats: 600, changes: 10 },
      watched: { nodes: NODES, ...USUAL },
    });
    row('H7', `${count} readers: CPU per change and reader`, delivery, 'µs');
    row('H7', `${count} readers: CPU per heartbeat`, beat, 'µs');
    row('H7', `${count} readers: memory each`, perReader / KIB, 'KiB');
  }
  const held: (readonly [nodes: number, rss: number])[] = [];
  for (const nodes of quick ? [100, 1000] : [100, 1000, 10_000]) {
    const { beat, rss } = await measureReaders(rig, {
      ...{ reviewMicros, readers: 10, beats: 2000, changes: 10 },
      watched: { nodes, ...USUAL },
    });
    row('H7', `${nodes} Nodes: CPU per heartbeat`, beat, 'µs');
    row('H7', `${nodes} Nodes: resident`, rss / KIB / KIB, 'MiB');
    held.push([nodes, rss]);
  }
  const [[few, rssOfFew], [most, rssOfMost]] = [held[0] ?? [0, 0], held.at(-1) ?? [0, 0]];
  row(
    'H4',
    'per 1,000 Nodes of a feed in protobuf',
    ((rssOfMost - rssOfFew) / (most - few)) * (1000 / KIB / KIB),
    'MiB',
    24,
  );
}

async function alone(rig: HubRig): Promise<void> {
  const clients = quick ? 10 : 500;
  const { perWatch, idle } = await measurePassThrough(rig, clients, 15);
  row(
    'H8',
    `hub alone, ${clients} clients × 15 watches that pass through: memory each`,
    perWatch / KIB,
    'KiB',
  );
  row('H8', 'the same, no events: CPU', idle * 100, '% of a core');
}
