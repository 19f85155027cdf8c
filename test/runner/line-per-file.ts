/** What `npm test` shows: one line per file (or folder, whose files share a process) as it is done, then each failure. */
import type { TestEvent } from 'node:test/reporters';
import { relative } from 'node:path';
import { inspect } from 'node:util';
import { foldersOfEntry } from './files.ts';

type Summary = Extract<TestEvent, { type: 'test:summary' }>['data'];

export default async function* linePerFile(source: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  const failures = new Map<string, string[]>();
  for await (const { type, data } of source) {
    if (type === 'test:fail' && data.details.type !== 'suite') {
      const path = pathOf(data.file);
      const known = failures.get(path) ?? [];
      failures.set(path, known);
      // A file fails with each test in it; by itself it does where it did not come to its tests.
      if (data.name !== path || known.length === 0)
        known.push(`\n✖ ${path}: ${data.name}\n${inspect(data.details.error)}\n`);
    }
    if (type === 'test:summary')
      yield data.file === undefined
        ? `${[...failures.values()].flat().join('')}\n${totalOf(data)}`
        : lineOf(data);
  }
}

function pathOf(file: string | undefined): string {
  if (file === undefined) return 'no file';
  const folders = foldersOfEntry(file);
  return folders?.map((folder) => `${folder}/**`).join(' ') ?? relative(process.cwd(), file);
}

function lineOf({ success, file, counts, duration_ms }: Summary): string {
  return `${success ? '✔' : '✖'} ${pathOf(file)} (${countsOf(counts)}, ${seconds(duration_ms)})\n`;
}

function totalOf({ counts, duration_ms }: Summary): string {
  return `${countsOf(counts)}, ${seconds(duration_ms)}\n`;
}

function countsOf({ tests, passed, skipped, cancelled, todo }: Summary['counts']): string {
  const failed = tests - passed - skipped - cancelled - todo;
  const others = Object.entries({ failed, skipped, cancelled }).filter(([, count]) => count > 0);
  return [`${passed} passed`, ...others.map(([name, count]) => `${count} ${name}`)].join(', ');
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
