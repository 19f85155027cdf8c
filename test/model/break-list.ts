/** All deliberate breaks. Run by breaks.ts; the table in docs/breaks.md is made from this list. */
import { readFileSync } from 'node:fs';
import type { Break } from './break.ts';
import { BREAKS_OF_FILTER } from './breaks-of-filter.ts';
import { BREAKS_OF_GRANTS } from './breaks-of-grants.ts';
import { BREAKS_OF_HTTP2 } from './breaks-of-http2.ts';
import { BREAKS_OF_HUB_FIRST } from './breaks-of-hub-first.ts';
import { BREAKS_OF_HUB } from './breaks-of-hub.ts';
import { BREAKS_OF_PROJECTIONS } from './breaks-of-projections.ts';
import { BREAKS_OF_SHARE } from './breaks-of-share.ts';
import { BREAKS_OF_STATE } from './breaks-of-state.ts';
import { BREAKS_OF_STREAMS } from './breaks-of-streams.ts';

export const BREAKS: readonly Break[] = [
  ...BREAKS_OF_STATE,
  ...BREAKS_OF_STREAMS,
  ...BREAKS_OF_FILTER,
  ...BREAKS_OF_PROJECTIONS,
  ...BREAKS_OF_GRANTS,
  ...BREAKS_OF_HUB_FIRST,
  ...BREAKS_OF_HUB,
  ...BREAKS_OF_SHARE,
  ...BREAKS_OF_HTTP2,
];

/** Written by `npm run test:breaks -- --record`. */
export const STEPS_FILE = new URL('steps-to-find.json', import.meta.url);

/** After how many steps a model of hubs has found each, by its name. */
export function stepsToFind(): Readonly<Record<string, number>> {
  return JSON.parse(readFileSync(STEPS_FILE, 'utf8')) as Record<string, number>;
}

/** The tables of docs/breaks.md, one for each test, their columns aligned as prettier has them. */
export function breakTables(): string {
  const steps = stepsToFind();
  const nameOf = ({ what }: Break): string =>
    steps[what] === undefined ? what : `${what} (${steps[what]} steps)`;
  return [...Map.groupBy(BREAKS, ({ caughtBy }) => caughtBy)]
    .map(([test, breaks]) =>
      tableOf([[`caught by \`test/${test}\``, 'effect'], ...breaks.map((one) => [nameOf(one), one.harm])]),
    )
    .join('\n\n');
}

function tableOf(rows: readonly (readonly string[])[]): string {
  const [head = []] = rows;
  const widths = head.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[], fill: string): string =>
    `| ${widths.map((width, column) => (cells[column] ?? '').padEnd(width, fill)).join(' | ')} |`;
  const [title, ...body] = rows.map((row) => line(row, ' '));
  return [title, line([], '-'), ...body].join('\n');
}
