/** Renders the help of the settings from their table, so that both agree (R33). Pure: returns text. */
import type { Setting } from './setting.ts';
import { GROUPS, SETTING_FIELDS, type SettingField, SETTINGS } from './settings.ts';

type Row = Setting<unknown>;

/** A table of settings with its headings in their order. */
export interface Table {
  readonly groups: readonly string[];
  readonly rows: readonly Row[];
}

const HELP_WIDTH = 80;

/**
 * The options part of `serve --help`, grouped and 80 columns wide; or of another command that takes some of these
 * settings.
 */
export function renderSettingsHelp(fields: readonly SettingField[] = SETTING_FIELDS): string {
  return renderHelp(tableOf(fields));
}

/** The options part of the help of any command, 80 columns wide, grouped. */
export function renderHelp(table: Table): string {
  return byGroup(table)
    .filter(({ rows }) => rows.length > 0)
    .map(({ group, rows }) => `${group}:\n${rows.map(helpOf).join('')}`)
    .join('\n');
}

export function tableOf(fields: readonly SettingField[]): Table {
  return { groups: GROUPS, rows: fields.map((field): Row => SETTINGS[field]) };
}

export function byGroup({ groups, rows }: Table): { group: string; rows: Row[] }[] {
  return groups.map((group) => ({ group, rows: rows.filter((row) => row.group === group) }));
}

function helpOf(row: Row): string {
  const also = row.alsoEnv.map((name) => `, also by ${name}`).join('');
  const initial = row.default === undefined ? '' : ` [${row.default}]`;
  const text = wrap(`${row.help}${initial}${also === '' ? '' : ` (${also.slice(2)})`}`, HELP_WIDTH - 6);
  const value = row.isSwitch === true ? '' : ` <${row.kind.label}>`;
  const short = row.short === undefined ? '' : `, -${row.short}`;
  // Many choices take several lines. Each line but the last ends with a bar.
  const head = wrap(`--${row.flag}${value}${short}`.replaceAll('|', '| '), HELP_WIDTH - 8);
  return `  ${head.join('\n        ').replaceAll('| ', '|')}\n${text.map((line) => `      ${line}\n`).join('')}`;
}

/** The words of `text` on lines of this width, unless one word is longer. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  return [...lines, line];
}
