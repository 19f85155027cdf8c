/**
 * Help and documentation of the settings, rendered from their table so that the three cannot drift
 * apart (R33). Pure: returns text.
 */
import type { Setting } from './setting.ts';
import { envName, fileKey, GROUPS, SETTING_FIELDS, type SettingField, SETTINGS } from './settings.ts';

type Row = Setting<unknown>;

/** A table, and the headings of it in their order. */
export interface Table {
  readonly groups: readonly string[];
  readonly rows: readonly Row[];
}

const HELP_WIDTH = 80;

/** The options part of `serve --help`, 80 columns wide, grouped; or that of a command that takes some of them. */
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

/** docs/settings.md, laid out as prettier would. @param install flags of commands that have no settings */
export function renderSettingsMarkdown(install: Table): string {
  return [
    '# Settings',
    '<!-- Generated from src/config/settings.ts: UPDATE_DOCS=1 npx node --test test/config/render.test.ts -->',
    'Each setting of `watchsieve serve` can be given as a flag, as an environment variable or in a YAML file ' +
      'named by `--config`. A flag wins over the environment, the environment over the file. An unknown ' +
      'setting is an error, as is a value that is not allowed; all problems are reported at once, with exit ' +
      'code 2. An empty environment variable counts as not set.',
    'Durations are whole numbers with a unit: `500ms`, `10s`, `5m`, `1h`. Sizes are bytes or carry a unit: ' +
      '`65536`, `64KiB`, `16MiB`. Addresses are `host:port`, with IPv6 hosts in brackets; port 0 takes any free port.',
    ...byGroup(tableOf(SETTING_FIELDS)).flatMap(({ group, rows }) => [
      `## ${group}`,
      ...rows.map(markdownOf),
    ]),
    '## The file',
    '[config.schema.json](config.schema.json) is a JSON Schema of it, for editors and for checks before a roll-out; ' +
      'only the bounds of durations and of sizes with a unit, and the paths of projections, are left to the program itself.',
    '```yaml\nmode: observe\ndrainTimeout: 2s\nlogLevel: debug\n```',
    `The file at the default path is a mounted ConfigMap, and whoever may write that must not come by the client's ` +
      `token. So ${namedFlags()} are a problem there, even where a flag or the environment sets them too. They are ` +
      'taken from flags, from the environment, and from a file that `--config` or `WATCHSIEVE_CONFIG` names, ' +
      'whichever path that is.',
    '## Projections of your own',
    'The file may define projections, which `preset` then names like a preset: either `include`, all that counts, or ' +
      '`exclude`, all that does not. Identity fields (`metadata.uid`, `deletionTimestamp`, `finalizers`, ' +
      '`ownerReferences`) always count, `metadata.resourceVersion` never does.',
    '```yaml\npreset: scheduling\nprojections:\n  scheduling:\n    include:\n      - metadata.labels\n      - spec.taints\n' +
      '      - spec.unschedulable\n      - status.allocatable\n      - status.conditions[type=Ready].status\n' +
      '      - status.addresses[*].address\n  all-but-noise:\n    exclude:\n      - metadata.managedFields\n' +
      '      - status.images\n      - status.conditions[*].lastHeartbeatTime\n' +
      '      - metadata.annotations["kubevirt.io/heartbeat"]\n```',
    'A path names fields of a Node. Into a list, `[*]` leads to a field of every element, `[type=Ready]` to one of the ' +
      'elements whose `type` is `Ready`; a path that ends there means these elements themselves. Of a map, `["KEY"]` is ' +
      'one entry, and `["PREFIX*"]` are those whose keys begin so: `metadata.annotations["flannel.alpha.coreos.com/*"]`. ' +
      'All of it serves in `include` and in `exclude`.',
    'Of several paths the wider one counts, in whatever order they stand. Lists count in their order, also where only ' +
      'some of their elements count. Not possible, and reported as a problem: elements of one list chosen by two ' +
      'fields (`type` here, `status` there), or by a time. With a path that means nothing the nearest is named that does.',
    '## Changing the file while it runs',
    `The file is looked at every few seconds. ${liveFlags()}, and what \`projections\` says of the preset chosen, take effect at once, on running watches too at their next ` +
      'event, unless a flag or the environment sets them; any other change is logged, and takes effect at the next ' +
      'start. A file with problems is logged and changes nothing; a file that is gone means the defaults. ' +
      '`watchsieve_config_reloads_total` counts by result, `/debug/config` shows what holds. A mounted ConfigMap ' +
      'reaches the Pod within about a minute.',
    'After another preset, an object passes once with its next event. What was swallowed under the former one is not ' +
      'made up for before that, and watches that resume begin without a baseline for as long as the state directory is ' +
      'there, over restarts too.',
    '## Flags of inject, uninject and webhook',
    'These are flags alone, without a variable or a key in the file: `watchsieve help COMMAND` says which of them a ' +
      'command takes, [inject.md](inject.md) and [webhook.md](webhook.md) what they are for.',
    ...byGroup(install)
      .filter(({ rows }) => rows.length > 0)
      .map(({ group, rows }) => `**${group}**\n\n${rows.map(itemOf).join('\n')}`),
  ]
    .join('\n\n')
    .concat('\n');
}

function tableOf(fields: readonly SettingField[]): Table {
  return { groups: GROUPS, rows: fields.map((field): Row => SETTINGS[field]) };
}

function byGroup({ groups, rows }: Table): { group: string; rows: Row[] }[] {
  return groups.map((group) => ({ group, rows: rows.filter((row) => row.group === group) }));
}

function liveFlags(): string {
  return flagsOf((row) => row.live);
}

function namedFlags(): string {
  return flagsOf((row) => row.inFile === 'named');
}

function flagsOf(isWanted: (row: Row) => boolean): string {
  const flags = SETTING_FIELDS.map((field): Row => SETTINGS[field])
    .filter(isWanted)
    .map(({ flag }) => `\`--${flag}\``);
  return new Intl.ListFormat('en-GB').format(flags);
}

function helpOf(row: Row): string {
  const also = row.alsoEnv.map((name) => `, also by ${name}`).join('');
  const initial = row.default === undefined ? '' : ` [${row.default}]`;
  const text = wrap(`${row.help}${initial}${also === '' ? '' : ` (${also.slice(2)})`}`, HELP_WIDTH - 6);
  const value = row.isSwitch === true ? '' : ` <${row.kind.label}>`;
  const short = row.short === undefined ? '' : `, -${row.short}`;
  return `  --${row.flag}${value}${short}\n${text.map((line) => `      ${line}\n`).join('')}`;
}

function markdownOf(row: Row): string {
  const names = [envName(row.flag), ...row.alsoEnv].map((name) => `\`${name}\``).join(', ');
  return [
    `### \`--${row.flag}\``,
    row.help,
    [
      `- Default: ${row.default === undefined ? 'none' : `\`${row.default}\``}`,
      `- Allowed: ${row.kind.allowed}`,
      `- Environment: ${names}`,
      `- File: ${fileOf(row)}`,
    ].join('\n'),
  ].join('\n\n');
}

function itemOf(row: Row): string {
  const value = row.isSwitch === true ? '' : ` ${row.kind.label.toUpperCase()}`;
  const initial = row.default === undefined ? '' : ` Default: \`${row.default}\`.`;
  return `- \`--${row.flag}${row.kind.label.includes('|') ? ` ${row.kind.label}` : value}\`: ${row.help}${initial}`;
}

function fileOf(row: Row): string {
  if (row.inFile === 'none') return 'not possible';
  const only = row.inFile === 'named' ? ', only in a file that `--config` names' : '';
  return `\`${fileKey(row.flag)}\`${only}${row.live ? ', read again while running' : ''}`;
}

function wrap(text: string, width: number): string[] {
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
