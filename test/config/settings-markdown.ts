/** docs/settings.md, rendered from the table of settings. */
import { byGroup, type Table, tableOf } from '../../src/config/render.ts';
import type { Setting } from '../../src/config/setting.ts';
import { envName, fileKey, SETTING_FIELDS, SETTINGS } from '../../src/config/settings.ts';

type Row = Setting<unknown>;

/** Laid out as prettier would. @param install flags of commands that have no settings */
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
      '`ownerReferences`) always count, `metadata.resourceVersion` never does. Each write leaves its time in ' +
      '`metadata.managedFields`: an `exclude` without that swallows hardly anything.',
    '```yaml\npreset: scheduling\nprojections:\n  scheduling:\n    include:\n      - metadata.labels\n      - spec.taints\n' +
      '      - spec.unschedulable\n      - status.allocatable\n      - status.conditions[type=Ready].status\n' +
      '      - status.addresses[*].address\n  all-but-noise:\n    exclude:\n      - metadata.managedFields\n' +
      '      - status.images\n      - status.conditions[*].lastHeartbeatTime\n' +
      '      - metadata.annotations["kubevirt.io/heartbeat"]\n```',
    'A path names fields of the resource, here of a Node. Into a list, `[*]` leads to a field of every element, `[type=Ready]` to one of the ' +
      'elements whose `type` is `Ready`; a path that ends there means these elements themselves. Of a map, `["KEY"]` is ' +
      'one entry, and `["PREFIX*"]` are those whose keys begin so: `metadata.annotations["flannel.alpha.coreos.com/*"]`. ' +
      'All of it serves in `include` and in `exclude`.',
    'Of several paths the wider one counts, in whatever order they stand. Lists count in their order, also where only ' +
      'some of their elements count. Not possible, and reported as a problem: elements of one list chosen by two ' +
      'fields (`type` here, `status` there), or by a time. With a path that means nothing the nearest is named that does.',
    '## Other resources',
    'Nodes are sieved by `preset`. What `resources` names is sieved besides, each by a projection of its own: the name of ' +
      'one, its definition, or nothing. Then it is `content`: all that an object holds but `metadata.resourceVersion` and ' +
      '`metadata.managedFields`.',
    '```yaml\nresources:\n  leases.coordination.k8s.io:\n    exclude: [spec.renewTime, metadata.managedFields]\n  pods:\n' +
      "    include: [metadata.labels, status.podIPs, 'status.conditions[type=Ready].status']\n" +
      '  ciliumnodes.cilium.io/v2/CiliumNode: addresses\n  configmaps:\nprojections:\n  addresses:\n    include: [spec.addresses]\n```',
    'What Kubernetes itself has (as of 1.37) is named as RBAC spells it: `pods`, `endpointslices.discovery.k8s.io`, ' +
      '`deployments.apps`. It is sieved at its most stable version, as JSON and protobuf, by its own fields: a path that ' +
      'it does not have is a problem. Another version of it is named with version and kind, as ' +
      '`horizontalpodautoscalers.autoscaling/v1/HorizontalPodAutoscaler`. So is any other resource, and any other version of ' +
      'these, as `RESOURCE.GROUP/VERSION/KIND`: that is sieved as JSON only, at exactly that version, and paths below ' +
      'anything but `metadata` are taken as they stand: one that is wrong counts nothing in `include`. Watches in ' +
      'protobuf of such a resource, and watches at a version that nobody names, pass unread. A watch of one namespace ' +
      'and a watch of all are sieved alike, and never share what is known of a client.',
    'A projection under `projections` is of the resources that name it, and of Nodes where none does. One that has the ' +
      "name of a consumer's preset, or `content`, goes before that.",
    '### Who writes',
    'The resourceVersion in a cache is that of the last delivery. What was written since and does not count, be it by the ' +
      'client itself, was swallowed, so an update (PUT), or a patch that names the resourceVersion, may be answered 409. ' +
      'The API server has refused it then: nothing is overwritten, and nothing is lost.',
    '- **Harmless** to who takes a conflict as one has to anyway, by a GET and another try (`RetryOnConflict` of client-go ' +
      'around a GET); to who patches without a resourceVersion, or by server-side apply; to who writes other objects.\n' +
      '- **No client for this** is a controller that tries again from its cache alone: each try is answered 409 until the ' +
      'object is delivered again, by a change that counts or after `--max-suppression`. With `content` it meets that only ' +
      'where a write changes nothing but `managedFields`. The same holds for Nodes under their preset.',
    '## A preset for each client',
    'One proxy serves several clients. One whose server is `https://127.0.0.1:17480/for/NAME` has its Nodes sieved by the ' +
      'preset, or projection of the file, of this name in place of `--preset`; other resources are sieved for it as for ' +
      'all. Any name that there is may stand there; `--client-presets` has `kubeconfig-NAME` written for those that are ' +
      'asked for. `/for/NAME` is taken off before a request goes upstream and put before a path that a redirect names; ' +
      'with any other name, with a second preset, or with `.` or `..` as a segment, a request is answered 404 and goes ' +
      'nowhere.',
    'As soon as there are clients with such a path, what one is known to hold is kept for its own credentials and ' +
      'User-Agent alone, and a resourceVersion that it takes to another path counts for nothing: its first watch after ' +
      'a new token begins without a baseline. The one thing that must not be: two processes with the same token and ' +
      'User-Agent under different presets, one of which goes on with its resourceVersion under the path of the other.',
    '## Changing the file while it runs',
    `The file is looked at every few seconds. ${liveFlags()}, and what \`projections\` says of those chosen, take effect at once, on running watches too at their next ` +
      'event, unless a flag or the environment sets them; any other change is logged, and takes effect at the next ' +
      'start. A file with problems is logged and changes nothing; a file that is gone means the defaults. ' +
      '`watchsieve_config_reloads_total` counts by result, `/debug/config` shows what holds. A mounted ConfigMap ' +
      'reaches the Pod within about a minute.',
    'Which resources there are is settled at the start: `resources` changes by what those are sieved while it runs, and one ' +
      'that is named anew, or no longer, waits for the next start.',
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
