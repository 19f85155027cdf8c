/** `npm run bench:docs -- FILE`: puts the report that `npm run bench -- --json FILE` wrote into docs/benchmarks.md. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { format } from 'prettier';
import packageJson from '../package.json' with { type: 'json' };
import { parseReport } from './report.ts';
import { withResults } from './results.ts';

const DOCUMENT = join(import.meta.dirname, '..', 'docs', 'benchmarks.md');

const [file] = process.argv.slice(2);
if (file === undefined) {
  console.error('Usage: npm run bench:docs -- FILE');
  process.exitCode = 2;
} else {
  const report = parseReport(await readFile(file, 'utf8'));
  const version = report.machine.versions['watchsieve'] ?? '';
  if (version !== packageJson.version)
    console.error(`the report is of ${version}, the tree is ${packageJson.version}`);
  const text = withResults(await readFile(DOCUMENT, 'utf8'), report);
  await writeFile(DOCUMENT, await format(text, { parser: 'markdown', printWidth: 110 }));
}
