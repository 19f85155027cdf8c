/**
 * `npm run bench`: repeats every row, all of them in turn, and prints the medians with their spread. Every run
 * checks its own result; a wrong one ends the bench with exit code 1.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { buildProgram } from '../test/e2e/program.ts';
import { BUDGETS, nameOf } from './budgets.ts';
import { judge, unmeasured } from './check.ts';
import { startUpstream } from './end-to-end/server.ts';
import { describeMachine, machine } from './machine.ts';
import { toRows, type Measure, type Row } from './measures.ts';
import { renderProblems, renderTable, type Report } from './report.ts';
import { FULL, QUICK, type Rig, type Size } from './rig.ts';
import { NAMES, sectionsOf, type Section } from './sections.ts';
import { recordedSection } from './rows/recorded.ts';
import { findPrograms, install, type Found, type Programs } from './setup.ts';

const USAGE = `Usage: npm run bench -- [options]

  --quick       three short repeats in place of five, some two minutes; for CI
  --only NAMES  only what these budgets need: ${NAMES.join(',')}
  --recording FILE
                only scan + verdict over what watchsieve record has kept of Nodes
  --check       exit code 1 where an enforced budget is clearly broken (bench/budgets.ts)
  --json FILE   writes the rows with all their samples
  --install     first installs nginx and HAProxy where they are missing: Debian, as root
`;

const say = (text: string): void => void process.stderr.write(`${text}\n`);

interface Flags {
  readonly quick: boolean;
  readonly check: boolean;
  readonly install: boolean;
  readonly json: string | undefined;
  readonly only: readonly string[];
  readonly recording: string | undefined;
}

function parseFlags(args: string[]): Flags {
  const { values } = parseArgs({
    args,
    options: {
      quick: { type: 'boolean', default: false },
      check: { type: 'boolean', default: false },
      install: { type: 'boolean', default: false },
      json: { type: 'string' },
      only: { type: 'string', default: NAMES.join(',') },
      recording: { type: 'string' },
    },
  });
  const only = values.only.split(',');
  const unknown = only.filter((name) => !NAMES.includes(name));
  if (unknown.length > 0) throw new Error(`--only: no such budget: ${unknown.join(', ')}`);
  return { ...values, json: values.json, recording: values.recording, only };
}

/** How often `--check` measures a section with a failed budget again, all its repeats: a regression stays, noise goes. */
const MEASURED_AGAIN = 2;

/** @param again how often at most what failed is measured again */
async function measure(
  sections: readonly Section[],
  size: Size,
  programs: Programs,
  again: number,
): Promise<Row[]> {
  const program = await buildProgram();
  const folder = await mkdtemp(join(tmpdir(), 'watchsieve-bench-'));
  const upstream = await startUpstream(folder);
  const rig: Rig = { program, programs, upstream, folder, size };
  try {
    const measures = await repeat(sections, rig);
    for (let round = 0; round < again; round++) {
      const failed = judge(toRows(measures)).filter(({ state }) => state === 'failed');
      if (failed.length === 0) break;
      for (const line of renderProblems(failed)) say(`measured again: ${line}`);
      const names = failed.map(({ budget }) => nameOf(budget.id));
      measures.push(...(await repeat(sectionsOf(names), rig)));
    }
    return toRows(measures);
  } finally {
    await upstream.child.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

async function repeat(sections: readonly Section[], rig: Rig): Promise<Measure[]> {
  const { size } = rig;
  const startedAt = performance.now();
  const measures: Measure[] = [];
  for (let repeat = 1; repeat <= size.repeats; repeat++)
    for (const { title, repeats, run } of sections) {
      const isOnce = repeats === 'once' || (repeats === 'quick-once' && size === QUICK);
      if (isOnce && repeat > 1) continue;
      const seconds = Math.round((performance.now() - startedAt) / 1000);
      say(`${String(seconds).padStart(5)} s  repeat ${repeat} of ${size.repeats}: ${title}`);
      measures.push(...(await run(rig)));
    }
  return measures;
}

function missingRows({ nginx, haproxy, goFilter, informer }: Programs): string[] {
  const needed: readonly (readonly [string, Found])[] = [
    ['P3, against nginx', nginx],
    ['against HAProxy', haproxy],
    ['P4 and P4b, against the Go filter', goFilter],
    ['P5, the informer', informer],
  ];
  return needed.flatMap(([rows, found]) => ('missing' in found ? [`${rows}: ${found.missing}`] : []));
}

async function main(): Promise<number> {
  let flags;
  try {
    flags = parseFlags(process.argv.slice(2));
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`);
    return 2;
  }
  if (flags.install) await install(say);
  const programs = await findPrograms(say);
  const size = flags.quick ? QUICK : FULL;
  const { recording } = flags;
  const only = recording === undefined ? flags.only : [];
  const sections = recording === undefined ? sectionsOf(only) : [recordedSection(recording)];
  const rows = await measure(sections, size, programs, flags.check ? MEASURED_AGAIN : 0);
  const missing = recording === undefined ? missingRows(programs) : [];
  const where = machine(programs);
  const report: Report = {
    at: new Date().toISOString(),
    isQuick: flags.quick,
    machine: where,
    missing,
    rows,
  };
  if (flags.json !== undefined) await writeFile(flags.json, `${JSON.stringify(report, null, 2)}\n`);
  const verdicts = judge(rows);
  console.log(`${describeMachine(where)}\n`);
  console.log(
    `median, least – most of ${size.repeats} interleaved repeats or what was measured again, and the budget\n`,
  );
  console.log(`${renderTable(rows, verdicts)}\n`);
  for (const line of missing) console.log(`missing: ${line}`);
  const asked = BUDGETS.filter(({ id }) => only.includes(nameOf(id)));
  for (const id of unmeasured(rows, asked)) console.log(`missing: ${id} has no row`);
  for (const line of renderProblems(verdicts)) console.log(line);
  return flags.check && verdicts.some(({ state }) => state === 'failed') ? 1 : 0;
}

// Both end through process.exit, whose handlers kill every child that is still there.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));

process.exitCode = await main();
