/** Reports of `watchsieve analyze` as a section of the noise atlas (docs/noise-atlas.md). Pure. */

import { bytes, count, pace, share } from '../../../src/platform/text/figures.ts';
import { entriesAt, listAt, numberAt, textAt, valueAt } from '../../support/json-value.ts';

/** Kinds of events of one resource; what is rarer is not told. */
const KINDS = 6;
const BEGIN = (title: string): string => `<!-- ${title}: begin -->`;
const END = (title: string): string => `<!-- ${title}: end -->`;

export interface Section {
  readonly title: string;
  /** What ran there, and how it was watched: a paragraph. */
  readonly about: string;
  /** Parsed JSON of `analyze`, the longest watch of a resource last. */
  readonly reports: readonly unknown[];
}

/** The page with this section in place of the one with the same title, or behind all others. */
export function withSection(page: string, section: Section): string {
  const { title } = section;
  const [from, to] = [page.indexOf(BEGIN(title)), page.indexOf(END(title))];
  const made = `${BEGIN(title)}\n\n${rendered(section)}\n${END(title)}`;
  if (from < 0 || to < from) return `${page.trimEnd()}\n\n${made}\n`;
  return `${page.slice(0, from)}${made}${page.slice(to + END(title).length)}`;
}

function rendered({ title, about, reports }: Section): string {
  const resources = new Map<string, unknown>();
  for (const report of reports)
    for (const resource of listAt(report, 'resources')) resources.set(textAt(resource, 'resource'), resource);
  const all = [...resources.values()].sort((a, b) => perSecond(b) - perSecond(a));
  const [loud, quiet] = [all.filter((one) => eventsOf(one) > 0), all.filter((one) => eventsOf(one) === 0)];
  const parts = [`## ${title}`, about, table(LOUD, loud.map(loudRow)), table(WHAT, loud.flatMap(kindRows))];
  parts.push(...loud.flatMap(presetsOf));
  if (quiet.length > 0)
    parts.push(`No events came of ${quiet.length} other resource${quiet.length === 1 ? '' : 's'}.`);
  return `${parts.join('\n\n')}\n`;
}

const perSecond = (resource: unknown): number => numberAt(resource, 'bytesPerSecond');

/** Without bookmarks, which say nothing of any object, and come of the quietest too. */
export function eventsOf(resource: unknown): number {
  const types = entriesAt(resource, 'byType');
  const bookmarks = types.find(([type]) => type === 'BOOKMARK')?.[1];
  return numberAt(resource, 'events') - (typeof bookmarks === 'number' ? bookmarks : 0);
}

const LOUD = [
  'resource',
  'objects',
  'watched',
  'events a minute',
  'bytes a minute',
  'nothing, or only a time',
];

function loudRow(resource: unknown): readonly string[] {
  return [
    code(textAt(resource, 'resource')),
    count(numberAt(resource, 'initial', 'objects')),
    `${Math.round(numberAt(resource, 'seconds'))} s`,
    pace((60 * eventsOf(resource)) / numberAt(resource, 'seconds')),
    `${bytes(60 * perSecond(resource))}${valueAt(resource, 'encoding') === 'protobuf' ? ' (protobuf)' : ''}`,
    share(numberAt(resource, 'idle', 'events'), eventsOf(resource)),
  ];
}

const WHAT = ['resource', 'of its events', 'what', 'by', 'fields'];

function kindRows(resource: unknown): readonly (readonly string[])[] {
  return listAt(resource, 'kinds')
    .slice(0, KINDS)
    .map((kind) => [
      code(textAt(resource, 'resource')),
      share(numberAt(kind, 'events'), eventsOf(resource)),
      textAt(kind, 'name'),
      listAt(kind, 'writers').map(code).join(', '),
      listAt(kind, 'fields').map(code).join(', '),
    ]);
}

function presetsOf(resource: unknown): readonly string[] {
  const presets = listAt(resource, 'presets');
  const events = eventsOf(resource);
  if (presets.length === 0) return [];
  const told = presets.map(
    (preset) => `${share(numberAt(preset, 'events'), events)} by ${code(textAt(preset, 'name'))}`,
  );
  return [
    `Of the events of ${code(textAt(resource, 'resource'))} a sidecar would swallow ${told.join(', ')}.`,
  ];
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [head, head.map(() => '---'), ...rows];
  return lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

/** Texts of a cluster: whatever they are, they stay one cell. */
function code(text: unknown): string {
  return `\`${String(text).replaceAll('`', "'").replaceAll('|', '\\|')}\``;
}
