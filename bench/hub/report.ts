/** What the hub's benches say: each row when it is known, all of them as a JSON file, and as the table of docs/hub.md. */
import { writeFile } from 'node:fs/promises';
import { loadavg } from 'node:os';
import { listAt, numberAt, parseJson, textAt, valueAt } from '../../test/support/json-value.ts';
import { describeMachine, type Machine } from '../machine.ts';
import { figure } from '../measures.ts';

export interface Row {
  readonly id: string;
  readonly what: string;
  readonly value: number;
  readonly unit: string;
  /** At most. */
  readonly goal?: number;
  /** The same of a server that does nothing but write to its readers over TLS, in the same run (bare.ts). */
  readonly floor?: number;
}

/** The JSON file. */
export interface HubReport {
  /** ISO 8601. */
  readonly at: string;
  readonly isQuick: boolean;
  /** In words, with what else it had to do. */
  readonly machine: string;
  readonly rows: readonly Row[];
}

/** The rows of one run, printed as they come. */
export class Rows {
  readonly #rows: Row[] = [];

  add(id: string, what: string, value: number, unit: string, goal?: number, floor?: number): void {
    const limits = { ...(goal !== undefined && { goal }), ...(floor !== undefined && { floor }) };
    const row = { id, what, value, unit, ...limits };
    this.#rows.push(row);
    const verdict = goal === undefined ? '' : `, at most ${goal}: ${isMet(row) ? 'met' : 'NOT met'}`;
    const bare = floor === undefined ? '' : ` (bare TLS: ${figure(floor)})`;
    console.log(`${id} | ${what} | ${figure(value)} ${unit}${bare}${verdict}`);
  }

  /** Those whose goal is not met. */
  get missed(): readonly Row[] {
    return this.#rows.filter((row) => !isMet(row));
  }

  /** @param file undefined: for the terminal alone */
  async finish(file: string | undefined, machine: Machine, isQuick: boolean): Promise<void> {
    console.log(`\n${renderTable(this.#rows)}\n\n${verdictOf(this.missed)}`);
    const at = new Date().toISOString();
    const report: HubReport = {
      at,
      isQuick,
      machine: `${describeMachine(machine)}; load average ${loadavg()[2]?.toFixed(0)}`,
      rows: this.#rows,
    };
    if (file !== undefined) await writeFile(file, JSON.stringify(report));
  }
}

/** Reads the JSON file again. @throws where it is none of ours */
export function parseHubReport(text: string): HubReport {
  const report = parseJson(text);
  return {
    at: textAt(report, 'at'),
    isQuick: valueAt(report, 'isQuick') === true,
    machine: textAt(report, 'machine'),
    rows: listAt(report, 'rows').map((row) => ({
      ...{ id: textAt(row, 'id'), what: textAt(row, 'what') },
      ...{ value: numberAt(row, 'value'), unit: textAt(row, 'unit') },
      ...(valueAt(row, 'goal') !== undefined && { goal: numberAt(row, 'goal') }),
      ...(valueAt(row, 'floor') !== undefined && { floor: numberAt(row, 'floor') }),
    })),
  };
}

/** Rows of which {@link renderPays} is made (microseconds). */
export const PER_WATCH = 'API server, CPU per heartbeat and watch';
export const PER_REVIEW = 'API server, CPU per review';
export const PER_BEAT = 'each hub, CPU per heartbeat';
/** Each second. */
export const PER_READER = 'the hubs, CPU per watch while nothing happens';

/**
 * The document with the rows of these reports, and what a hub pays by two of them. Where two reports have the same row, the
 * later one counts.
 *
 * @throws Error where the document has no place for them
 */
export function withHubResults(document: string, reports: readonly HubReport[]): string {
  const rows = new Map(
    reports.flatMap((report) => report.rows).map((row) => [`${row.id} ${row.what}`, row] as const),
  );
  const sorted = [...rows.values()].sort((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0));
  const results = between(document, 'results', `${runsOf(reports)}.\n\n${renderTable(sorted)}`);
  const grown = document.includes('<!-- growth -->')
    ? between(results, 'growth', renderGrowth(sorted))
    : results;
  const costs = [PER_WATCH, PER_REVIEW, PER_BEAT, PER_READER].map((what) => rows.get(`H1 ${what}`)?.value);
  return costs.includes(undefined) ? grown : between(grown, 'pays', renderPays(costs.map(Number)));
}

/** What grows with readers or Nodes (H7), as rows with their numbers, and how the whole follows from a row. */
const GROWTHS = [
  ['CPU for one change, by readers', /^(\d+) readers: CPU per change and reader$/, 'ms', 1 / 1000],
  ['CPU per heartbeat, by readers', /^(\d+) readers: CPU per heartbeat$/, 'µs', undefined],
  ['CPU per heartbeat, by Nodes', /^(\d+) Nodes: CPU per heartbeat$/, 'µs', undefined],
  ['resident memory, by Nodes', /^(\d+) Nodes: resident$/, 'MiB', undefined],
] as const;
const BAR = 40;

/** A bar for each, as long as its part of the longest. */
function renderGrowth(rows: readonly Row[]): string {
  const plots = GROWTHS.map(([title, pattern, unit, ofEach]) => {
    const points = rows.flatMap(({ what, value }) => {
      const [, count] = pattern.exec(what) ?? [];
      if (count === undefined) return [];
      return [{ count: Number(count), value: ofEach === undefined ? value : value * Number(count) * ofEach }];
    });
    const longest = Math.max(...points.map(({ value }) => value));
    const lines = points
      .sort((a, b) => a.count - b.count)
      .map(({ count, value }) => {
        const bar = '█'.repeat(Math.max(1, Math.round((BAR * value) / longest)));
        return `${count.toLocaleString('en').padStart(8)} ${bar} ${figure(value)} ${unit}`;
      });
    return [`${title}:`, ...lines].join('\n');
  });
  return `\`\`\`\n${plots.join('\n\n')}\n\`\`\``;
}

/** The days and machines of the runs. Of runs on one machine on one day only the load averages differ. */
function runsOf(reports: readonly HubReport[]): string {
  const loads = new Map<string, string[]>();
  for (const { at, machine, isQuick } of reports) {
    const [described = '', load = ''] = machine.split('; load average ');
    const run = `${at.slice(0, 10)}: ${described}${isQuick ? ', quick' : ''}`;
    loads.set(run, [...(loads.get(run) ?? []), ...(load === '' ? [] : [load])]);
  }
  return [...loads]
    .map(([run, averages]) => (averages.length === 0 ? run : `${run}; load average ${averages.join(', ')}`))
    .join('. ');
}

function between(document: string, mark: string, text: string): string {
  const [begin, end] = [`<!-- ${mark} -->`, `<!-- /${mark} -->`];
  const [from, to] = [document.indexOf(begin), document.indexOf(end)];
  if (from === -1 || to < from) throw new Error(`no ${begin} … ${end} in the document`);
  return `${document.slice(0, from)}${begin}\n\n${text}\n\n${document.slice(to)}`;
}

const INTERVALS = [
  ['10 s', 10],
  ['1 min', 60],
  ['5 min', 300],
] as const;

/** How often a hub asks whether the caller of a watch still may. */
const REVIEW_SECONDS = 60;
const HUBS = 2;

/** Cores, with a watch for each Node: of the API server without hubs and with them, and of the hubs. */
function renderPays([perWatch = 0, perReview = 0, perBeat = 0, perReader = 0]: readonly number[]): string {
  const cores = (micros: number): string => (micros / 1e6).toFixed(micros < 1e5 ? 3 : micros < 1e6 ? 2 : 1);
  const lines = [50, 200, 1000, 5000].map((nodes) => [
    nodes.toLocaleString('en'),
    ...INTERVALS.map(([, seconds]) => {
      const beats = nodes / seconds;
      const behind = HUBS * beats * perWatch + (nodes / REVIEW_SECONDS) * perReview;
      const ofHubs = HUBS * beats * perBeat + nodes * perReader;
      return `${cores(nodes * beats * perWatch)} → ${cores(behind)} + ${cores(ofHubs)}`;
    }),
  ]);
  return table(['Nodes', ...INTERVALS.map(([name]) => `every ${name}`)], lines);
}

/** A table for the rows of each id, such as H1, with a column for bare TLS if one of its rows has it. */
function renderTable(rows: readonly Row[]): string {
  return [...Map.groupBy(rows, ({ id }) => id)].map(([id, ofGoal]) => tableOf(id, ofGoal)).join('\n\n');
}

function tableOf(id: string, rows: readonly Row[]): string {
  const withFloor = rows.some(({ floor }) => floor !== undefined);
  return table(
    [id, 'value', ...(withFloor ? ['bare TLS'] : [])],
    rows.map((row) => cellsOf(row, withFloor)),
  );
}

function table(head: readonly string[], lines: readonly (readonly string[])[]): string {
  return [head, head.map(() => '---'), ...lines].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

function cellsOf(row: Row, withFloor: boolean): readonly string[] {
  const { what, value, unit, goal, floor } = row;
  const verdict = goal === undefined ? '' : ` (goal ≤ ${goal} ${unit}: ${isMet(row) ? 'met' : 'not met'})`;
  const bare = floor === undefined ? '' : `${figure(floor)} ${unit}`;
  return [what, `${figure(value)} ${unit}${verdict}`, ...(withFloor ? [bare] : [])];
}

function isMet({ value, goal }: Row): boolean {
  return goal === undefined || value <= goal;
}

/** Which goals are not met, and whether any server of Node.js could meet them here. */
function verdictOf(missed: readonly Row[]): string {
  if (missed.length === 0) return 'All goals are met.';
  const lines = missed.map(({ id, what, value, unit, goal = NaN, floor }) => {
    const than = floor === undefined ? '' : floor > goal ? ', as does bare TLS' : ', which bare TLS does not';
    const bare = floor === undefined ? '' : ` (${figure(floor)} ${unit})`;
    return `${id} ${what}: ${figure(value)} ${unit} exceeds ${goal} ${unit}${than}${bare}`;
  });
  return `Goals that are not met:\n${lines.join('\n')}`;
}
