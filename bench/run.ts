/**
 * `npm run bench`: repeats every row, all of them in turn, and prints the medians with their spread. Every run
 * checks its own result; a wrong one ends the bench with exit code 1.
 */
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { runToEnd } from '../test/support/child.ts';
import { endToEndRows, type EndToEndSize } from './end-to-end/end-to-end-rows.ts';
import { startUpstream } from './end-to-end/server.ts';
import { describeMachine, isOlderThan, machine } from './machine.ts';
import { renderTable, toRows, type Measure, type Row } from './measures.ts';
import { scanRows } from './scan/scan-rows.ts';

const USAGE = `Usage: npm run bench -- [--quick] [--json FILE]

  --quick      three short repeats in place of five, under a minute; for CI
  --json FILE  writes the rows with all their samples
`;
const ROOT = fileURLToPath(new URL('..', import.meta.url));
const PROGRAM = join(ROOT, 'dist/watchsieve.js');
const BUILD_TIMEOUT_MS = 60_000;

interface Size {
  readonly repeats: number;
  readonly scanRounds: number;
  readonly endToEnd: EndToEndSize;
}

const FULL: Size = {
  repeats: 5,
  scanRounds: 60,
  endToEnd: {
    nodes: 1000,
    flatOutEvents: 20_000,
    paced: [
      { rate: 50, seconds: 12 },
      { rate: 500, seconds: 6 },
    ],
    latencySeconds: 4,
  },
};

/** Without 50 events/s: what that costs cannot be seen within seconds. */
const QUICK: Size = {
  repeats: 3,
  scanRounds: 20,
  endToEnd: {
    nodes: 300,
    flatOutEvents: 6000,
    paced: [{ rate: 500, seconds: 2 }],
    latencySeconds: 1,
  },
};

async function measure({ repeats, scanRounds, endToEnd }: Size): Promise<Row[]> {
  const folder = await mkdtemp(join(tmpdir(), 'watchsieve-bench-'));
  const upstream = await startUpstream(folder);
  try {
    const measures: Measure[] = [];
    for (let repeat = 1; repeat <= repeats; repeat++) {
      process.stderr.write(`repeat ${repeat} of ${repeats}\n`);
      measures.push(...(await scanRows(scanRounds)));
      measures.push(...(await endToEndRows({ program: PROGRAM, upstream, folder, size: endToEnd })));
    }
    return toRows(measures);
  } finally {
    await upstream.child.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

async function buildUnlessThere(): Promise<void> {
  if (!existsSync(PROGRAM)) {
    const args = [join(ROOT, 'build.ts')];
    const built = await runToEnd({
      name: 'build',
      command: process.execPath,
      args,
      timeoutMs: BUILD_TIMEOUT_MS,
    });
    if (built.code !== 0) throw new Error(`the build ended with ${built.code}:\n${built.stderr}`);
  } else if (await isOlderThan(PROGRAM, join(ROOT, 'src'))) {
    process.stderr.write(
      'dist/ is older than src/: this measures the old program; npm run build makes the new one\n',
    );
  }
}

function parseFlags(args: string[]): { readonly quick: boolean; readonly json: string | undefined } {
  const { values } = parseArgs({
    args,
    options: { quick: { type: 'boolean', default: false }, json: { type: 'string' } },
  });
  return { quick: values.quick, json: values.json };
}

async function main(): Promise<number> {
  let flags;
  try {
    flags = parseFlags(process.argv.slice(2));
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`);
    return 2;
  }
  await buildUnlessThere();
  const size = flags.quick ? QUICK : FULL;
  const rows = await measure(size);
  const where = machine();
  console.log(`${describeMachine(where)}\n`);
  console.log(`median, and least – most of ${size.repeats} interleaved repeats\n`);
  console.log(renderTable(rows));
  if (flags.json !== undefined) {
    const report = { at: new Date().toISOString(), machine: where, size, rows };
    await writeFile(flags.json, `${JSON.stringify(report, null, 2)}\n`);
  }
  return 0;
}

process.exitCode = await main();
