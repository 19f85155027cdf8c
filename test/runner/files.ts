/** Which files `npm test` runs, and which only `npm test -- --whole`. */
import { globSync } from 'node:fs';
import { join } from 'node:path';

export const ROOT = join(import.meta.dirname, '../..');

/** Only with `--whole`, or by name: what proves something by its length, waits for real, or starts processes by the dozen. */
export const LONG: readonly string[] = [
  'test/**/*.long.test.ts',
  // Processes: the same commands are run in test/package/commands.test.ts, and their words in test/cli.
  ...['test/serve/process.test.ts', 'test/cli/main.test.ts', 'test/cli/output.test.ts'],
  ...['test/package/launcher.test.ts', 'test/package/release.test.ts', 'test/image/dockerfile.test.ts'],
  // Proofs: an outage of 60 s in each of its forms, and random worlds against an oracle.
  ...['test/faults/outage.test.ts', 'test/differential/differential.test.ts'],
];

/** @param named files or patterns, in place of all */
export function filesOf(whole: boolean, named: readonly string[] = []): string[] {
  return globSync(named.length > 0 ? named : ['test/**/*.test.ts'], {
    cwd: ROOT,
    exclude: ['test/e2e/**', ...(whole || named.length > 0 ? [] : LONG)],
  }).sort();
}
