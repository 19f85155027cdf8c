/**
 * `npm test`, which has to end within a minute on two cores: every test, each property on a share of its cases.
 * `npm test -- --whole` tries all cases, and has what proves something by the mere length of it.
 */
import { spawn } from 'node:child_process';
import { globSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

const ROOT = join(import.meta.dirname, '../..');
/** Only with `--whole`. */
const LONG = ['test/**/*.long.test.ts'];

const { values, positionals } = parseArgs({
  options: { whole: { type: 'boolean', default: false } },
  allowPositionals: true,
});
const cache = join(ROOT, 'node_modules', '.cache', 'compiled');
mkdirSync(cache, { recursive: true });
const files = globSync(positionals.length > 0 ? positionals : ['test/**/*.test.ts'], {
  cwd: ROOT,
  exclude: ['test/e2e/**', ...(values.whole || positionals.length > 0 ? [] : LONG)],
});
const child = spawn(
  process.execPath,
  [
    ...['--test', '--test-concurrency=4', `--test-timeout=${values.whole ? 120_000 : 60_000}`],
    `--test-reporter=${join(import.meta.dirname, 'line-per-file.ts')}`,
    ...files.sort(),
  ],
  {
    cwd: ROOT,
    stdio: 'inherit',
    // Read by test/support/property-runs.ts.
    env: { PROPERTY_RUNS: values.whole ? '1' : '0.1', NODE_COMPILE_CACHE: cache, ...process.env },
  },
);
child.once('exit', (code, signal) => {
  process.exitCode = signal === null ? (code ?? 1) : 1;
});
