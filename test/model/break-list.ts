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

/** The table of docs/breaks.md, its columns aligned as prettier has them. */
export function breaksTable(): string {
  const head = ['break', 'what it would do', 'caught by'];
  const steps = stepsToFind();
  const found = ({ what, caughtBy }: Break): string => {
    const after = steps[what] === undefined ? '' : ` after ${steps[what]} steps`;
    return `\`test/${caughtBy}\`${after}`;
  };
  const rows = [head, ...BREAKS.map((one) => [one.what, one.harm, found(one)])];
  const widths = head.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[], fill: string): string =>
    `| ${widths.map((width, column) => (cells[column] ?? '').padEnd(width, fill)).join(' | ')} |`;
  const [title, ...body] = rows.map((row) => line(row, ' '));
  return [title, line([], '-'), ...body].join('\n');
}
