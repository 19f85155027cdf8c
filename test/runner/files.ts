/** Which files `npm test` runs, which only `npm test -- --whole`, and which of them in one process. */
import { globSync, statSync } from 'node:fs';
import { join } from 'node:path';

export const ROOT = join(import.meta.dirname, '../..');

/** Only with `--whole`, or by name: what proves something by its length, waits for real, or starts processes by the dozen. */
export const LONG: readonly string[] = [
  'test/**/*.long.test.ts',
  // Packages, images and processes as users get them; what commands say and do is in test/cli, too.
  ...['test/package/*.test.ts', 'test/image/*.test.ts', 'test/serve/process.test.ts'],
  // Clients that take seconds to be found slow.
  'test/serve/slow-client.test.ts',
  ...[
    'test/cli/main.test.ts',
    'test/cli/output.test.ts',
    'test/cli/demo.test.ts',
    'test/cli/completion.test.ts',
    'test/bench/recorded.test.ts',
  ],
  // Proofs: each fault of the table, an outage of 60 s in each of its forms, and random worlds against an oracle.
  ...['test/faults/answers.test.ts', 'test/faults/streams.test.ts', 'test/faults/clients.test.ts'],
  ...['test/faults/outage.test.ts', 'test/differential/differential.test.ts', 'test/hub/whole.test.ts'],
];

/**
 * @param named files or patterns, in place of all
 * @throws Error for one that is no file of tests: without a file, node --test runs whatever it finds
 */
export function filesOf(whole: boolean, named: readonly string[] = []): string[] {
  for (const one of named)
    if (!globSync(one, { cwd: ROOT }).some((file) => file.endsWith('.test.ts')))
      throw new Error(`no file of tests: ${one}`);
  return globSync(named.length > 0 ? named : ['test/**/*.test.ts'], {
    cwd: ROOT,
    exclude: whole || named.length > 0 ? [] : [...LONG],
  }).sort();
}

/**
 * Folders whose files `npm test` loads into one process each: a process of its own costs a file more than most of its
 * tests, and what several load is read by each of them. The first that fits counts, and those that take longest come
 * first: one that begins last is waited for by an idle machine. Files elsewhere start processes themselves, or judge
 * their own; these come last, and `--whole` gives a process to each file.
 */
const TOGETHER: readonly (readonly string[])[] = [
  ['test/serve'],
  ['test/install'],
  ['test/platform'],
  ['test/core'],
  ['test/linear'],
  ['test/cli'],
  [
    'test/config',
    'test/manifests',
    'test/lab',
    'test/docs',
    'test/bench',
    'test/cluster',
    'test/e2e',
    'test/faults',
    'test/runner',
  ],
];

/** Most of all time is spent here: in fewer processes it is waited for after all others have ended. */
const DEALT = { folder: 'test/serve', processes: 3 };

/** Files that share a process. */
export interface Group {
  /** None: a file by itself. */
  readonly folders: readonly string[];
  readonly files: readonly string[];
}

export function groupsOf(files: readonly string[]): readonly Group[] {
  const foldersOf = (file: string) =>
    TOGETHER.find((folders) => folders.some((folder) => file.startsWith(`${folder}/`)));
  const together = TOGETHER.flatMap((folders) => {
    const own = files.filter((file) => foldersOf(file) === folders);
    return folders.includes(DEALT.folder)
      ? dealt(own, DEALT.processes).map((part) => ({ folders, files: part }))
      : [{ folders, files: own }];
  });
  const alone = files.filter((file) => foldersOf(file) === undefined);
  return [...together, ...alone.map((file) => ({ folders: [], files: [file] }))].filter(
    (group) => group.files.length > 0,
  );
}

/** The longest text first, each to the process with least so far: it says enough of the time that its tests take. */
function dealt(files: readonly string[], processes: number): readonly string[][] {
  const parts = Array.from({ length: processes }, () => ({ bytes: 0, files: new Array<string>() }));
  const sized = files.map((file) => ({ file, bytes: statSync(join(ROOT, file)).size }));
  for (const { file, bytes } of sized.sort((a, b) => b.bytes - a.bytes)) {
    const least = parts.reduce((a, b) => (b.bytes < a.bytes ? b : a));
    least.bytes += bytes;
    least.files.push(file);
  }
  return parts.map((part) => part.files);
}

/** What the process of a group is started with. Node.js begins with what is first by the alphabet. */
export function entryOf(folders: readonly string[], turn: number): string {
  return `${turn}_${folders.map((folder) => folder.replaceAll('/', '-')).join('_')}.mjs`;
}

/** @returns undefined of a file that is no such entry */
export function foldersOfEntry(path: string): readonly string[] | undefined {
  const names = /[/\\]together[/\\]\d+_([\w-]+)\.mjs$/.exec(path)?.[1];
  return names?.split('_').map((name) => name.replaceAll('-', '/'));
}
