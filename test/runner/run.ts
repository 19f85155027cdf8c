/**
 * `npm test`, which has to end within a minute on two quiet cores: each property on a share of its cases, each table in
 * some of its variants. `npm test -- --whole` tries all of them, and what is a proof rather than a test.
 */
import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { entryOf, filesOf, type Group, groupsOf, ROOT } from './files.ts';

const { values, positionals } = parseArgs({
  options: { whole: { type: 'boolean', default: false } },
  allowPositionals: true,
});
const cache = join(ROOT, 'node_modules', '.cache', 'compiled');
mkdirSync(cache, { recursive: true });
const files = filesOf(values.whole, positionals);
const isShared = !values.whole && positionals.length === 0;
const processes = isShared ? groupsOf(files).map(startOf) : files;
const child = spawn(
  process.execPath,
  [
    // Groups wait often, so six of them keep two cores busy; files of the whole suite compute.
    ...['--test', `--test-concurrency=${isShared ? 6 : 4}`],
    // For each test and file. What computes for a minute alone takes longer beside others.
    `--test-timeout=${values.whole ? 600_000 : 120_000}`,
    `--test-reporter=${join(import.meta.dirname, 'line-per-file.ts')}`,
    ...processes,
  ],
  {
    cwd: ROOT,
    stdio: 'inherit',
    // Read by test/support/property-runs.ts.
    env: { PROPERTY_RUNS: values.whole ? '1' : '0.05', NODE_COMPILE_CACHE: cache, ...process.env },
  },
);
child.once('exit', (code, signal) => {
  process.exitCode = signal === null ? (code ?? 1) : 1;
});

/** The file itself, or one that loads all of a group. */
function startOf({ folders, files }: Group, turn: number): string {
  if (folders.length === 0) return files[0] ?? '';
  const entry = join(cache, '..', 'together', entryOf(folders, turn));
  mkdirSync(join(entry, '..'), { recursive: true });
  writeFileSync(entry, files.map((file) => `import '${pathToFileURL(join(ROOT, file)).href}';\n`).join(''));
  return entry;
}
