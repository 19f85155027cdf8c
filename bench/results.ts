/** The results in docs/benchmarks.md, made from a report: one section for each version, the newest first. Pure. */
import { judge, type Verdict } from './check.ts';
import { describeMachine } from './machine.ts';
import { figure, type Row } from './measures.ts';
import { boundOf, type Report } from './report.ts';

const BEGIN = '<!-- results -->';
const END = '<!-- /results -->';

/**
 * The document with this report as the section of its version, in place of an earlier one.
 *
 * @throws Error where the document has no place for results
 */
export function withResults(document: string, report: Report): string {
  const begin = document.indexOf(BEGIN);
  const end = document.indexOf(END);
  if (begin === -1 || end < begin) throw new Error(`no ${BEGIN} … ${END} in the document`);
  const heading = headingOf(report);
  const kept = document
    .slice(begin + BEGIN.length, end)
    .split(/^(?=### )/m)
    .map((section) => section.trim())
    .filter((section) => section !== '' && !section.startsWith(heading));
  const sections = [renderResults(report), ...kept].join('\n\n');
  return `${document.slice(0, begin + BEGIN.length)}\n\n${sections}\n\n${document.slice(end)}`;
}

/** Markdown: the budgets, then every row. */
export function renderResults(report: Report): string {
  const verdicts = judge(report.rows);
  const others = report.rows.filter((row) => !verdicts.some((verdict) => verdict.row === row));
  return [
    `${headingOf(report)}, ${report.at.slice(0, 10)}`,
    `${describeMachine(report.machine)}.${report.isQuick ? ' A quick run.' : ''}`,
    ...report.missing.map((line) => `Missing: ${line}`),
    table(['', 'measure', 'encoding', 'budget', 'median', 'least – most', ''], verdicts.map(budgetCells)),
    'The rows behind them, as median (least – most):',
    ...[...Map.groupBy(others, ({ group }) => group)].map(([group, rows]) => groupTable(group, rows)),
  ].join('\n\n');
}

function headingOf({ machine }: Report): string {
  return `### ${machine.versions['watchsieve'] ?? 'unknown'}`;
}

function budgetCells({ budget, row, state }: Verdict): string[] {
  return [
    budget.id,
    row.row,
    row.encoding,
    `${boundOf(budget)} ${row.unit}`,
    `${figure(row.median)} ${row.unit}`,
    rangeOf(row),
    state === 'within' ? 'met' : 'not met',
  ];
}

/** The rows of one group, which stands in the head, with a column for each encoding that the group has. */
function groupTable(group: string, rows: readonly Row[]): string {
  const encodings = [...new Set(rows.map(({ encoding }) => encoding))];
  const lines = [...Map.groupBy(rows, ({ row }) => row)].map(([name, ofName]) => [
    name,
    ...encodings.map((encoding) => cellOf(ofName.find((row) => row.encoding === encoding))),
  ]);
  return table([group, ...encodings], lines);
}

function cellOf(row: Row | undefined): string {
  return row === undefined ? '' : `${figure(row.median)} ${row.unit} (${rangeOf(row)})`;
}

function rangeOf({ min, max, samples }: Row): string {
  return samples.length === 1 ? 'once' : `${figure(min)} – ${figure(max)}`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}
