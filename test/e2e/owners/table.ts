/** The table of docs/gitops.md, from what was seen. */

import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { format, resolveConfig } from 'prettier';

import type { Cell } from './matrix.ts';
import type { Way } from './ways.ts';

const DOCUMENT = join(import.meta.dirname, '..', '..', '..', 'docs', 'gitops.md');
const TABLE = /^\| installed by[\s\S]*?\n(?=\n|$(?![\s\S]))/m;

/**
 * Compares the document's table with what was seen, or writes it there.
 *
 * @param ways of which rows were seen; where these are not all, theirs alone are compared
 */
export async function proveTable(
  ways: readonly Way[],
  cells: readonly Cell[],
  isWhole: boolean,
): Promise<void> {
  const text = await readFile(DOCUMENT, 'utf8');
  assert.match(text, TABLE);
  const options = await resolveConfig(DOCUMENT);
  const right = await format(
    text.replace(TABLE, () => tableOf(ways, cells)),
    { ...options, parser: 'markdown' },
  );
  if (!isWhole) {
    const rows = rowsOf(text);
    for (const row of rowsOf(right)) assert.ok(rows.includes(row), `docs/gitops.md has not: ${row}`);
    return;
  }
  if (process.env['UPDATE_DOCS'] === '1') await writeFile(DOCUMENT, right);
  assert.equal(await readFile(DOCUMENT, 'utf8'), right);
}

/** Without the blanks by which the columns are made even. */
function rowsOf(document: string): string[] {
  const table = TABLE.exec(document)?.[0] ?? '';
  return table.split('\n').map((row) => row.replaceAll(/ +/g, ' ').replaceAll(/-+/g, '-'));
}

const SEEN: Readonly<Record<Cell['seen'], string>> = {
  whole: 'stays',
  none: 'goes',
  parts: '**goes in part**',
  refused: 'refused: take the patch',
};

function tableOf(ways: readonly Way[], cells: readonly Cell[]): string {
  const owners = [...new Set(cells.map(({ owner }) => owner))];
  const rows = ways.map(({ title, takenOffBy }) => {
    const seen = owners.map((owner) => {
      const cell = cells.find((each) => each.way === title && each.owner === owner);
      return cell === undefined ? assert.fail(`${title}, ${owner}`) : textOf(cell);
    });
    return [title, ...seen, takenOffBy];
  });
  const header = [
    'installed by',
    ...owners.map((owner) => (/^[a-z]+ [a-z]+$/.test(owner) ? `\`${owner}\`` : owner)),
  ];
  const lines = [[...header, 'removed by'], header.concat('').map(() => '---'), ...rows];
  return `${lines.map((line) => `| ${line.join(' | ')} |`).join('\n')}\n`;
}

function textOf({ seen, isForced, conflicts }: Cell): string {
  const text = isForced ? `${SEEN[seen]} (forced)` : SEEN[seen];
  if (conflicts.length === 0) return text;
  return `${text}; conflicts over ${conflicts.map((field) => `\`${field}\``).join(', ')}`;
}
