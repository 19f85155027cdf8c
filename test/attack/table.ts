/** What an attack did to the others: judged, and as a table. */
import type { Attack } from './attack.ts';
import type { Seen } from './bystanders.ts';

export interface Row {
  readonly attack: Attack;
  readonly seen: Seen;
  /** Exit code or signal; undefined where the program still runs. */
  readonly exit: number | NodeJS.Signals | undefined;
  /** Undefined where it has exited. */
  readonly peakBytes: number | undefined;
  readonly upstreamConnections: number;
  /** Of the time in which the program had something to do: for how much of it others had the processors. */
  readonly waitedShare: number;
  readonly limitBytes: number;
  /** Whether the kernel held it to the limit. */
  readonly isLimited: boolean;
}

/** R27 (milliseconds). */
const LIVEZ_MS = 1000;
const REQUEST_MS = 2000;
/** Those that carry requests and watches, their successors, and the bound of upgrades (docs/limits.md). */
const UPSTREAM_CONNECTIONS = 100;
/** A hub that sends more than this to the API server has been taken from its clients. */
const FROM_MEMORY = 0.9;

export function problemsOf({ seen, exit, peakBytes, limitBytes, upstreamConnections }: Row): string[] {
  const problems: string[] = [];
  if (exit !== undefined) problems.push(`exited with ${exit}`);
  if (seen.livezMs >= LIVEZ_MS) problems.push(`/livez took ${seconds(seen.livezMs)}`);
  if (seen.requestMs >= REQUEST_MS) problems.push(`another client's request took ${seconds(seen.requestMs)}`);
  if (seen.watch !== undefined && seen.watch !== '') problems.push(`another client's watch: ${seen.watch}`);
  if (seen.events < 20) problems.push(`others saw ${seen.events} events or answers only`);
  if (seen.fromMemory !== undefined && seen.fromMemory < FROM_MEMORY)
    problems.push(
      `only ${Math.round(100 * seen.fromMemory)} % of others' requests were answered from memory`,
    );
  if (peakBytes !== undefined && peakBytes >= limitBytes) problems.push(`RSS ${mebibytes(peakBytes)}`);
  if (upstreamConnections > UPSTREAM_CONNECTIONS)
    problems.push(`${upstreamConnections} upstream connections`);
  return problems;
}

const HEADS = [
  'attack',
  '/livez at worst',
  "another client's request at worst",
  "another client's watch",
  'most RSS',
  'upstream connections',
  'it waited for a processor',
];

/** Markdown, as it stands in docs/security.md. */
export function renderTable(rows: readonly Row[]): string {
  const lines = rows.map(({ attack, seen, exit, peakBytes, upstreamConnections, waitedShare }) => [
    attack.what,
    seconds(seen.livezMs),
    seconds(seen.requestMs),
    seen.watch === '' ? 'lost nothing' : (seen.watch ?? 'has none'),
    peakBytes === undefined ? `exited with ${exit ?? ''}` : mebibytes(peakBytes),
    String(upstreamConnections),
    `${Math.round(100 * waitedShare)} %`,
  ]);
  const table = [HEADS, HEADS.map(() => '---'), ...lines]
    .map((cells) => `| ${cells.join(' | ')} |\n`)
    .join('');
  const isLimited = rows.every((row) => row.isLimited);
  return isLimited
    ? table
    : `${table}\nThis machine gave no cgroup: nothing held the program to its limit, RSS was only measured.\n`;
}

function seconds(ms: number): string {
  return ms === Infinity ? 'failed' : `${(ms / 1000).toFixed(2)} s`;
}

function mebibytes(bytes: number): string {
  return `${Math.round(bytes / 1024 / 1024)} MiB`;
}
