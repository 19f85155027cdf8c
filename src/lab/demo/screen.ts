/**
 * Draws the demo as a screen of 24 rows and at most 80 columns, beyond which only commands to copy go, or as plain lines.
 * Pure.
 */
import { arrivedOnBoth, rateOf, swallowedPercent } from './view.ts';
import { KUBECTL, SERVE } from './options.ts';
import type { ChangeView, DemoFiles, DemoView, SideCounts } from './view.ts';

const WIDTH = 80;
const HEIGHT = 24;
const DIRECT_WIDTH = 14;
const PROXIED_WIDTH = 22;
/** Widths of the texts beside a bar. */
const BAR_TEXT_WIDTH = 33;

/**
 * The whole screen, line by line. Lines are cut at the terminal's width, except commands, of which a part is of no use:
 * the terminal continues them in the next row.
 * @param columns - the terminal's width
 */
export function renderScreen(view: DemoView, columns = WIDTH): string[] {
  const width = Math.max(1, Math.min(WIDTH, columns));
  const row = (...cells: readonly [string, string, string]) => rowOf(width, cells);
  const bar = (label: string, value: number, max: number) => barOf(width, label, value, max);
  const [direct, proxied] = [rateOf(view, 'direct'), rateOf(view, 'proxied')];
  const { now } = view;
  const head = [
    spread(` watchsieve demo: ${view.title}`, `${clock(view.elapsedMs)} `, width),
    ` ${'─'.repeat(Math.max(0, width - 2))}`,
    row('', 'direct', 'through watchsieve'),
    row('events/s', direct.events.toFixed(1), proxied.events.toFixed(1)),
    row('bytes/s', size(direct.bytes), size(proxied.bytes)),
    row('events', String(now.direct.events), String(now.proxied.events)),
    row('bytes', size(now.direct.bytes), size(now.proxied.bytes)),
    '',
    bar('direct', direct.events, Math.max(direct.events, proxied.events)),
    bar('watchsieve', proxied.events, Math.max(direct.events, proxied.events)),
    '',
    ` ${percent(swallowedPercent(view))} of MODIFIED swallowed`,
    ` ${'─'.repeat(Math.max(0, width - 2))}`,
    row(
      `real changes: ${arrivedOnBoth(view.changes)}/${view.changes.length} on both sides`,
      'direct',
      'through watchsieve',
    ),
  ];
  const page = view.pageUrl === undefined ? '' : `; a page to look at: ${view.pageUrl}`;
  const last = ` Ctrl-C ends the demo${page}`;
  const left = HEIGHT - head.length - 2;
  const commands = commandsOf(view.files);
  const needed = commands.reduce((sum, { command }) => sum + 1 + rowsOf(command, columns), 0);
  const shown = needed <= left ? commands : [];
  const room = shown.length > 0 ? left - needed : left;
  const changes = view.changes
    .slice(Math.max(0, view.changes.length - room))
    .map((change) => changeRow(change, row));
  const padding = Array.from({ length: room - changes.length }, () => '');
  const cut = (line: string) => line.slice(0, width).trimEnd();
  return [
    ...[...head, ...changes, ...padding, ''].map(cut),
    ...shown.flatMap(({ purpose, command }) => [cut(` ${purpose}:`), command]),
    cut(last),
  ];
}

/** How many rows of the terminal a line takes. */
function rowsOf(line: string, columns: number): number {
  return Math.ceil(line.length / Math.max(1, columns));
}

/** An introduction for outputs that are not a terminal. */
export function renderHeading(title: string, pageUrl?: string, files?: DemoFiles): string {
  const page = pageUrl === undefined ? '' : `; a page to look at: ${pageUrl}`;
  const what = `demo: ${title}, watched directly and through watchsieve${page}`;
  return [what, ...commandsOf(files).map(({ purpose, command }) => `demo: ${purpose}: ${command}`)].join(
    '\n',
  );
}

interface Command {
  readonly purpose: string;
  readonly command: string;
}

/** Commands to copy for watching the demo with other programs: those of `demo --help`, with the files of this demo. */
function commandsOf(files: DemoFiles | undefined): readonly Command[] {
  if (files === undefined) return [];
  return [
    {
      purpose: 'for kubectl, through watchsieve',
      command: KUBECTL.replace('FILE', files.proxiedKubeconfigPath),
    },
    { purpose: 'for a serve of your own', command: SERVE.replace('FILE', files.directKubeconfigPath) },
  ];
}

/** One line about the present, for outputs that are not a terminal. */
export function renderLine(view: DemoView): string {
  const side = (name: string, key: 'direct' | 'proxied'): string => {
    const rate = rateOf(view, key);
    return `${name} ${rate.events.toFixed(1)} events/s ${size(rate.bytes)}/s`;
  };
  const parts = [
    side('direct', 'direct'),
    side('watchsieve', 'proxied'),
    `${percent(swallowedPercent(view))} swallowed`,
    `changes ${arrivedOnBoth(view.changes)}/${view.changes.length}`,
  ];
  return `demo: ${clock(view.elapsedMs)}  ${parts.join(' | ')}`;
}

/** One line for a change that has arrived on both sides. */
export function renderArrival({ number, text, directMs, proxiedMs }: ChangeView): string {
  return `demo: change #${number} ${text} arrived: direct ${latency(directMs)}, watchsieve ${latency(proxiedMs)}`;
}

export function renderSummary(view: DemoView): string {
  const { direct, proxied }: { direct: SideCounts; proxied: SideCounts } = view.now;
  return (
    `demo: ${direct.events} events direct, ${proxied.events} through watchsieve, ` +
    `${percent(swallowedPercent(view))} of MODIFIED swallowed, ` +
    `${arrivedOnBoth(view.changes)}/${view.changes.length} changes arrived on both sides`
  );
}

type Row = (label: string, direct: string, proxied: string) => string;

function changeRow(change: ChangeView, row: Row): string {
  return row(`#${change.number} ${change.text}`, latency(change.directMs), latency(change.proxiedMs));
}

function rowOf(width: number, [label, direct, proxied]: readonly [string, string, string]): string {
  const room = Math.max(8, width - 1 - DIRECT_WIDTH - PROXIED_WIDTH);
  const text = label.length > room ? `${label.slice(0, room - 1)}…` : label.padEnd(room);
  return ` ${text}${direct.padStart(DIRECT_WIDTH)}${proxied.padStart(PROXIED_WIDTH)}`;
}

function barOf(width: number, label: string, value: number, max: number): string {
  const room = Math.max(4, width - BAR_TEXT_WIDTH - 3);
  const filled = max === 0 ? 0 : Math.round((value / max) * room);
  const line = '█'.repeat(filled).padEnd(room, '·');
  return ` ${label.padEnd(12)}${line} ${`${value.toFixed(1)} events/s`.padStart(18)}`;
}

function spread(left: string, right: string, width: number): string {
  return left.slice(0, Math.max(0, width - right.length)).padEnd(Math.max(0, width - right.length)) + right;
}

function latency(ms: number | undefined): string {
  if (ms === undefined) return 'not yet';
  return ms < 10 ? `${ms.toFixed(1)} ms` : `${Math.round(ms)} ms`;
}

function percent(value: number | undefined): string {
  if (value === undefined) return 'none';
  // Rounded down, so that 100 % means that nothing came through.
  return `${(Math.floor(value * 10) / 10).toFixed(1)} %`;
}

/** Uses decimal units, as is usual for network rates. */
function size(bytes: number): string {
  if (bytes < 1000) return `${Math.round(bytes)} B`;
  if (bytes < 1_000_000) return `${(bytes / 1000).toFixed(1)} kB`;
  if (bytes < 1_000_000_000) return `${(bytes / 1_000_000).toFixed(1)} MB`;
  return `${(bytes / 1_000_000_000).toFixed(1)} GB`;
}

function clock(ms: number): string {
  // Rounded: a timer of a second may fire at 999 ms.
  const seconds = Math.round(ms / 1000);
  const minutes = Math.floor(seconds / 60);
  return `${String(minutes).padStart(2, '0')}:${String(seconds % 60).padStart(2, '0')}`;
}
