/** What a bench says: the rows with their spread, the budgets they are held against, and what is missing. */
import { entriesAt, listAt, numberAt, parseJson, textAt, valueAt } from '../test/support/json-value.ts';
import { BUDGETS, type Budget } from './budgets.ts';
import type { Verdict } from './check.ts';
import type { Machine } from './machine.ts';
import { figure, toRows, type Row, type Unit } from './measures.ts';

/** The JSON file. */
export interface Report {
  /** ISO 8601. */
  readonly at: string;
  readonly isQuick: boolean;
  readonly machine: Machine;
  /** Rows that could not be measured, with the reason. */
  readonly missing: readonly string[];
  readonly rows: readonly Row[];
}

const UNITS: readonly Unit[] = ['µs', 'ms', 'ms/MB', 'MiB', 'bytes', 'events/s', '/s', '×', '%'];
const ENCODINGS = ['json', 'protobuf', ''] as const;

/** Reads the JSON file again. @throws where it is none of ours */
export function parseReport(text: string): Report {
  const report = parseJson(text);
  const { machine, rows, missing } = {
    machine: valueAt(report, 'machine'),
    rows: listAt(report, 'rows'),
    missing: listAt(report, 'missing'),
  };
  return {
    at: textAt(report, 'at'),
    isQuick: valueAt(report, 'isQuick') === true,
    machine: {
      cpu: textAt(machine, 'cpu'),
      cores: numberAt(machine, 'cores'),
      memoryMib: numberAt(machine, 'memoryMib'),
      kernel: textAt(machine, 'kernel'),
      versions: Object.fromEntries(
        entriesAt(machine, 'versions').map(([name, value]) => [name, String(value)]),
      ),
    },
    missing: missing.map(String),
    rows: rows.flatMap(parseRow),
  };
}

function parseRow(row: unknown): Row[] {
  const unit = UNITS.find((it) => it === valueAt(row, 'unit'));
  const encoding = ENCODINGS.find((it) => it === valueAt(row, 'encoding'));
  const budget = BUDGETS.find(({ id }) => id === valueAt(row, 'budget'))?.id;
  if (unit === undefined || encoding === undefined) throw new Error('a row with an unknown unit or encoding');
  const group = textAt(row, 'group');
  const samples = listAt(row, 'samples').map(Number);
  return toRows(
    samples.map((value) => ({
      ...{ group, row: textAt(row, 'row'), encoding, unit, value },
      ...(budget !== undefined && { budget }),
    })),
  );
}

/** The rows as text: one line each, a heading per group, budgets behind what they are for. */
export function renderTable(rows: readonly Row[], verdicts: readonly Verdict[]): string {
  const width = Math.max(...rows.map(({ row }) => row.length));
  const lines: string[] = [];
  let group: string | undefined;
  for (const row of rows) {
    if (row.group !== group) lines.push('', row.group);
    group = row.group;
    const range = `${figure(row.min)} – ${figure(row.max)}`;
    const line =
      `  ${row.row.padEnd(width)}  ${row.encoding.padEnd(8)}  ${figure(row.median).padStart(8)} ` +
      `${row.unit.padEnd(8)}  ${range.padEnd(15)}  ${budgetOf(row, verdicts)}`;
    lines.push(line.trimEnd());
  }
  return lines.join('\n').trimStart();
}

/** One line for each budget that is not kept. */
export function renderProblems(verdicts: readonly Verdict[]): string[] {
  return verdicts
    .filter(({ state }) => state !== 'within')
    .map(({ budget, row, state }) => {
      const { id, reached, margin, notEnforced } = budget;
      const measured = `${id} ${row.encoding} ${row.row}: ${figure(row.median)} ${row.unit}, budget ${boundOf(budget)}`;
      const held = reached === undefined ? '' : `held at ${reached} meanwhile, `;
      if (state === 'failed') return `FAILED ${measured} (${held}margin for noise × ${margin})`;
      return `over   ${measured} (${notEnforced === undefined ? `${held}within the margin` : `not enforced: ${notEnforced}`})`;
    });
}

function budgetOf(row: Row, verdicts: readonly Verdict[]): string {
  const verdict = verdicts.find((it) => it.row === row);
  if (verdict === undefined) return '';
  const { budget, state } = verdict;
  return `${budget.id} ${boundOf(budget)}${state === 'within' ? '' : `: ${state}`}`;
}

export function boundOf({ bound, limit }: Budget): string {
  return `${bound === 'at most' ? '≤' : '≥'} ${limit}`;
}
