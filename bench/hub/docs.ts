/** `npm run bench:hub:docs -- FILE…`: puts the reports that the hub's benches wrote with `--json FILE` into docs/hub.md. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { format } from 'prettier';
import { parseHubReport, withHubResults } from './report.ts';

const DOCUMENT = join(import.meta.dirname, '..', '..', 'docs', 'hub.md');

const files = process.argv.slice(2);
if (files.length === 0) {
  console.error('Usage: npm run bench:hub:docs -- FILE…');
  process.exitCode = 2;
} else {
  const reports = await Promise.all(files.map(async (file) => parseHubReport(await readFile(file, 'utf8'))));
  const text = withHubResults(await readFile(DOCUMENT, 'utf8'), reports);
  await writeFile(DOCUMENT, await format(text, { parser: 'markdown', printWidth: 110 }));
}
