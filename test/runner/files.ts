/** Which files `npm test` runs, which only `npm test -- --whole`, and which of them in one process. */
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

/**
 * Folders whose files `npm test` loads into one process each: a process of its own costs a file more than most of its
 * tests. The first that fits counts; those that take longest come first. Files elsewhere start processes themselves, or
 * judge their own, and `--whole` gives one to each.
 */
const TOGETHER: readonly string[] = [
  ...['test/serve/watch', 'test/serve/proxy', 'test/serve', 'test/faults'],
  ...['test/platform', 'test/install/webhook', 'test/install', 'test/core'],
  ...['test/linear', 'test/config', 'test/manifests', 'test/lab', 'test/docs'],
];

/** Files that share a process, under the name of their folder; undefined: one by itself. */
export interface Group {
  readonly folder: string | undefined;
  readonly files: readonly string[];
}

export function groupsOf(files: readonly string[]): readonly Group[] {
  const folderOf = (file: string) => TOGETHER.find((folder) => file.startsWith(`${folder}/`));
  const alone = files.filter((file) => folderOf(file) === undefined);
  // Groups first: one that begins last, and takes half a minute by itself, is waited for by an idle machine.
  return [
    ...TOGETHER.map((folder) => ({ folder, files: files.filter((file) => folderOf(file) === folder) })),
    ...alone.map((file) => ({ folder: undefined, files: [file] })),
  ].filter((group) => group.files.length > 0);
}
