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
    'Each setting of `watchsieve serve` can be given as a flag, as an environment variable or in a YAML file named by ' +
      '`--config`. A flag wins over the environment, the environment over the file. An unknown setting and an ' +
      'invalid value are errors; all problems are reported at once, with exit code 2. An empty environment variable ' +
      'counts as not set. Below each setting are its default and its values, then its variable and its key in the file.',
    'Durations are whole numbers with a unit: `500ms`, `10s`, `5m`, `1h`. Sizes are bytes or carry a unit: ' +
      '`65536`, `64KiB`, `16MiB`. Addresses are `host:port`, with IPv6 hosts in brackets; port 0 takes any free ' +
      'port. _Named file_ means: [only in a file that `--config` names](#the-file). _Live_ means: ' +
      '[read again while running](#changing-the-file-while-it-runs).',
    ...byGroup(tableOf(SETTING_FIELDS)).flatMap(({ group, rows }) => [
      `## ${group}`,
      ...rows.map(markdownOf),
    ]),
    '## The file',
    '[config.schema.json](config.schema.json) is its JSON Schema, for editors and for checks before a roll-out; only ' +
      'the program itself checks the bounds of durations and of sizes with a unit, and the paths of projections.',
    '```yaml\nmode: observe\ndrainTimeout: 2s\nlogLevel: debug\n```',
    "The file at the default path is a mounted ConfigMap. Nobody must get the client's token by writing to it, so a " +
      'setting with _named file_ is an error there, even if a flag or the environment sets it too. Any file that ' +
      '`--config` or `WATCHSIEVE_CONFIG` names may have these settings, even one at that path.',
    '## Projections of your own',
    'The file may define projections, which `preset` names like a preset: `include` lists all that counts, `exclude` all ' +
      'that does not. Identity fields (`metadata.uid`, `deletionTimestamp`, `finalizers`, `ownerReferences`) always ' +
      'count, `metadata.resourceVersion` never does. Each write leaves its time in `metadata.managedFields`: without ' +
      'this field in `exclude`, hardly anything is swallowed.',
    '```yaml\npreset: scheduling\nprojections:\n  scheduling:\n    include:\n      - metadata.labels\n      - spec.taints\n' +
      '      - spec.unschedulable\n      - status.allocatable\n      - status.conditions[type=Ready].status\n' +
      '      - status.addresses[*].address\n  all-but-noise:\n    exclude:\n      - metadata.managedFields\n' +
      '      - status.images\n      - status.conditions[*].lastHeartbeatTime\n' +
      '      - metadata.annotations["kubevirt.io/heartbeat"]\n```',
    'A path names fields of the resource, here of a Node. In a list, `[*]` means every element, `[type=Ready]` the ' +
      'elements whose `type` is `Ready`; a path may end there, or lead on to a field of these elements. In a map, ' +
      '`["KEY"]` means one entry, `["PREFIX*"]` all whose keys begin with PREFIX: ' +
      '`metadata.annotations["flannel.alpha.coreos.com/*"]`.',
    'If one path contains another, the wider one counts. The order of a list counts, even if only some of its elements ' +
      'do. Errors are: elements of one list that are chosen by two fields (`type` here, `status` there) or by a time, and ' +
      'a path that means nothing. The message names the nearest valid path.',
    '## Other resources',
    '`preset` is for Nodes. `resources` names further resources to sieve, each with the name of a projection, with a ' +
      'definition, or with nothing. Nothing means `content`: everything except `metadata.resourceVersion` and ' +
      '`metadata.managedFields`.',
    '```yaml\nresources:\n  leases.coordination.k8s.io:\n    exclude: [spec.renewTime, metadata.managedFields]\n  pods:\n' +
      "    include: [metadata.labels, status.podIPs, 'status.conditions[type=Ready].status']\n" +
      '  ciliumnodes.cilium.io/v2/CiliumNode: addresses\n  configmaps:\nprojections:\n  addresses:\n    include: [spec.addresses]\n```',
    'A resource of Kubernetes (as of 1.37) has its name as in RBAC: `pods`, `endpointslices.discovery.k8s.io`, ' +
      '`deployments.apps`. It is sieved at its most stable version, in JSON and protobuf, and a path to a field that it ' +
      'does not have is an error. For another of its versions, add version and kind: ' +
      '`horizontalpodautoscalers.autoscaling/v1/HorizontalPodAutoscaler`.',
    'Any other resource, or a version that Kubernetes does not have, is `RESOURCE.GROUP/VERSION/KIND`. It is sieved ' +
      'only in JSON and only at this version. Paths are checked only below `metadata`: a wrong path in `include` counts ' +
      'nothing. Watches of it in protobuf, and watches at a version that is not named, pass unread.',
    'Watches of one namespace and of all namespaces are sieved alike, and share nothing that is known of a client.',
    'A projection under `projections` is checked against the resources that name it; if none does, against Nodes. It ' +
      "takes precedence over `content` or a consumer's preset of the same name.",
    '### Who writes',
    "The resourceVersion in a client's cache is that of the last delivery. Later writes that do not count were swallowed, " +
      'even those of the client itself, so an update (PUT), or a patch that names the resourceVersion, may be answered ' +
      '409. The API server has then refused it: nothing is overwritten, and nothing is lost.',
    '- **Harmless** for a client that answers a conflict by a GET and another try, as it should anyway ' +
      '(`RetryOnConflict` of client-go around a GET), that patches without a resourceVersion or by server-side apply, or ' +
      'that writes other objects.\n' +
      '- **Unsuitable** for a controller that tries again only from its cache: each try is answered 409 until the object ' +
      'is delivered again, by a change that counts or after `--max-suppression`. With `content` this happens only after ' +
      'a write that changes nothing but `managedFields`.',
    '## A preset for each client',
    "If a client's server is `https://127.0.0.1:17480/for/NAME`, its Nodes are sieved by the preset or projection NAME " +
      'instead of `--preset`; other resources are sieved as for all clients. `--client-presets` writes a ' +
      '`kubeconfig-NAME` for each name in it, but any preset or projection works. The proxy removes `/for/NAME` from a ' +
      'request and adds it to a path in a redirect. A request with an unknown name, with a second preset, or with a `.` ' +
      'or `..` segment is answered 404.',
    'Once there are clients with such a path, what a client is known to hold is kept for its own credentials and ' +
      'User-Agent alone, so the first watch after a new token begins without a baseline. A resourceVersion that a client ' +
      'takes to another path counts for nothing. One thing must not happen: two processes with the same token and ' +
      'User-Agent under different presets, one of which resumes from its resourceVersion under the path of the other.',
    '## Changing the file while it runs',
    `The file is read every few seconds; a mounted ConfigMap reaches the Pod within about a minute. Changes of ${liveFlags()}, ` +
      'and of the projections that they use, take effect at once, on running watches at their next event, unless a flag ' +
      'or the environment sets them. Other changes are logged and take effect at the next start; so do names that are ' +
      'added to `resources` or removed from it. A file with problems is logged and changes nothing; without the file, the ' +
      'defaults count. `watchsieve_config_reloads_total` counts by result, `/debug/config` shows what is in effect.',
    'After a change of the preset, each object is forwarded once, with its next event; changes that were swallowed ' +
      'before do not arrive earlier. Watches that resume begin without a baseline for as long as the state directory ' +
      'exists, over restarts too.',
    '## Flags of inject, uninject and webhook',
    'These have no environment variable and no key in the file. `watchsieve help COMMAND` says which of them a command ' +
      'takes, [inject.md](inject.md) and [webhook.md](webhook.md) what they are for.',
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

function flagsOf(isWanted: (row: Row) => boolean): string {
  const flags = SETTING_FIELDS.map((field): Row => SETTINGS[field])
    .filter(isWanted)
    .map(({ flag }) => `\`--${flag}\``);
  return new Intl.ListFormat('en-GB').format(flags);
}

function markdownOf(row: Row): string {
  const names = [envName(row.flag), ...row.alsoEnv].map((name) => `\`${name}\``).join(' or ');
  const initial = row.default === undefined ? 'No default' : `Default \`${row.default}\``;
  return [
    `### \`--${row.flag}\``,
    row.help,
    [`- ${initial}; ${allowedIn(row)}`, `- ${names}; ${fileOf(row)}`].join('\n'),
  ].join('\n\n');
}

/** Without the examples of durations and sizes, which stand at the top of the page. */
function allowedIn({ kind }: Row): string {
  return kind.allowed.replace(/(?: with its unit| in bytes), as .*(?=, from )/, '');
}

function itemOf(row: Row): string {
  const value = row.isSwitch === true ? '' : ` ${row.kind.label.toUpperCase()}`;
  const initial = row.default === undefined ? '' : ` Default: \`${row.default}\`.`;
  return `- \`--${row.flag}${row.kind.label.includes('|') ? ` ${row.kind.label}` : value}\`: ${row.help}${initial}`;
}

function fileOf(row: Row): string {
  if (row.inFile === 'none') return 'not in the file';
  const marks = [...(row.inFile === 'named' ? ['_named file_'] : []), ...(row.live ? ['_live_'] : [])];
  return `\`${fileKey(row.flag)}\`${marks.length === 0 ? '' : ` (${marks.join(', ')})`}`;
}
