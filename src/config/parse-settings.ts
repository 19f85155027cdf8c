/**
 * Flags, environment and file → {@link Settings}, or all problems at once, so that one restart can fix them all (R33).
 * Pure. This module decides the precedence of sources and checks settings against each other.
 */
import { BlockList, isIP, isIPv6 } from 'node:net';
import { delimiter, join, resolve } from 'node:path';
import { KNOWN } from '../core/projection/projections-of.ts';
import { type BuiltIns, NODES_ALONE } from '../core/resource/named.ts';
import { nameOf } from '../core/resource/resource.ts';
import { printable } from '../platform/text/printable.ts';
import { chooseProjections } from './choose-projections.ts';
import { gatherSettings, type Gathered, type SettingsInput } from './gather.ts';
import { didYouMean, type Given } from './given.ts';
import type { ListenAddress } from './kinds.ts';
import type { Env } from './read-env.ts';
import {
  type Derived,
  type SettingField,
  SETTING_FIELDS,
  SETTINGS,
  type Settings,
  type SettingValues,
} from './settings.ts';

/** The source of each value, as the user wrote it; `default` if the value was not set. */
export type SettingSources = ReadonlyMap<SettingField, string>;

export type ParsedSettings =
  | {
      readonly ok: Settings;
      readonly sources: SettingSources;
      /** Settings in the file that have no effect, because a flag or the environment sets them too. */
      readonly hiddenInFile: readonly SettingField[];
    }
  | { readonly problems: readonly string[] };

/** Parses settings that name no Kubernetes resource except Nodes, as in the demo and in tests. */
export function parseSettings(input: SettingsInput): ParsedSettings {
  return settle(gatherSettings(input), NODES_ALONE);
}

/**
 * A flag takes precedence over the environment, and the environment over the file. Values hidden by a stronger source
 * are checked too.
 * @param builtIns - the result of `namedResources` for these settings
 */
export function settle(
  { input: { env, exists = () => true }, stronger, file, problems: unread }: Gathered,
  builtIns: BuiltIns,
): ParsedSettings {
  const given = [...stronger, ...file.given];
  const problems = [...unread, ...file.problems, ...valueProblems(given)];

  const sourceOf = (field: SettingField) => given.find((g) => g.field === field)?.source;
  const { problems: unchosen, ...chosen } = chooseProjections(given, file, builtIns);
  problems.push(...unchosen);
  const settings = build(given, {
    ...chosen,
    kubeconfigFiles: kubeconfigFiles(given, env),
  });
  problems.push(...unknownPresets(given, settings));
  problems.push(...missingKubeconfig(given, settings, exists));
  const source = (field: SettingField) => sourceOf(field) ?? `--${SETTINGS[field].flag}`;
  // A malformed value has been reported: to call it missing as well would be untrue.
  const lacks = (field: SettingField) => settings[field] === undefined && sourceOf(field) === undefined;
  problems.push(...crossProblems(settings, { source, lacks }));
  // Problems quote values from outside; each takes one line.
  if (problems.length > 0) return { problems: problems.map(printable) };
  return {
    ok: settings,
    sources: new Map(SETTING_FIELDS.map((field) => [field, sourceOf(field) ?? 'default'])),
    hiddenInFile: file.given
      .map(({ field }) => field)
      .filter((field) => stronger.some((other) => other.field === field)),
  };
}

function valueProblems(given: readonly Given[]): string[] {
  return (
    given
      // The name of a preset is looked up only once, elsewhere.
      .filter(({ field, entries }) => field !== 'preset' && entries === undefined)
      .filter(({ field, text }) => SETTINGS[field].parse(text) === undefined)
      .map(({ field, text, source }) => `${source} must be ${SETTINGS[field].kind.allowed}, not "${text}"`)
  );
}

/**
 * The kubeconfig files to use. In a Pod, the environment names the API server, so kubectl's default file is not used.
 */
function kubeconfigFiles(given: readonly Given[], env: Env): Settings['kubeconfigFiles'] {
  const asked = given.find(({ field }) => field === 'kubeconfig');
  if (asked?.source === 'KUBECONFIG') {
    const files = asked.text.split(delimiter).filter((file) => file !== '');
    return files.length > 1 ? files : files[0];
  }
  if (asked !== undefined) return asked.text;
  const { KUBERNETES_SERVICE_HOST: host = '', HOME: home = '' } = env;
  return host === '' && home !== '' ? join(home, '.kube', 'config') : undefined;
}

function unknownPresets(given: readonly Given[], { ownProjections }: Settings): string[] {
  const known = [...KNOWN, ...ownProjections.keys()];
  return given
    .filter(({ field }) => field === 'clientPresets')
    .flatMap(({ text, source }) =>
      (SETTINGS.clientPresets.parse(text) ?? [])
        .filter((name) => !known.includes(name))
        .map((name) => `${source}: there is no preset ${name}${didYouMean(name, known)}`),
    );
}

/** Reports a missing file that the user named. As in kubectl, one existing file of several is enough. */
function missingKubeconfig(
  given: readonly Given[],
  { kubeconfigFiles }: Settings,
  exists: NonNullable<SettingsInput['exists']>,
): string[] {
  const source = given.find(({ field }) => field === 'kubeconfig')?.source;
  const files = [kubeconfigFiles ?? []].flat();
  if (source === undefined || files.length === 0 || files.some(exists)) return [];
  return [
    `${source}: ${new Intl.ListFormat('en-GB').format(files)} ${files.length > 1 ? 'do' : 'does'} not exist`,
  ];
}

/** An invalid value is replaced by its default here. It has been reported, and further problems can still be found. */
function build(given: readonly Given[], derived: Derived): Settings {
  const values = SETTING_FIELDS.map((field) => {
    const text = given.find((one) => one.field === field)?.text;
    const row = SETTINGS[field];
    return [field, (text === undefined ? undefined : row.parse(text)) ?? row.fallback];
  });
  return Object.freeze({ ...(Object.fromEntries(values) as SettingValues), ...derived });
}

interface Told {
  /** The setting's name as the user wrote it. */
  readonly source: (field: SettingField) => string;
  /** True if it is not set, not even to a malformed value. */
  readonly lacks: (field: SettingField) => boolean;
}

/** Problems between settings that are valid on their own. */
function crossProblems(settings: Settings, told: Told): string[] {
  const { source, lacks } = told;
  const problems: string[] = [];
  if (settings.context !== undefined && settings.kubeconfigFiles === undefined) {
    problems.push(`${source('context')} needs a kubeconfig: set --kubeconfig or KUBECONFIG too`);
  }
  if (lacks('inClusterTokenFile') !== lacks('inClusterNamespace')) {
    problems.push('--in-cluster-token-file and --in-cluster-namespace need each other: set both');
  }
  if (settings.inClusterTokenFile !== undefined && settings.credentials === 'kubeconfig') {
    problems.push(
      `${source('inClusterTokenFile')} does not go with ${source('credentials')} kubeconfig: ` +
        'such clients bring their own token',
    );
  }
  problems.push(...hubProblems(settings, told), ...shareProblems(settings, told));
  const own = join(resolve(settings.stateDir), 'kubeconfig');
  const isOwn = (file: string) => file === own || file.startsWith(`${own}-`);
  for (const file of [settings.kubeconfigFiles ?? []].flat()) {
    const from = source('kubeconfig');
    // This happens if clients and proxy share an environment. Every request would then come back to this proxy.
    if (isOwn(resolve(file))) {
      problems.push(`${from} is the file written for clients into --state-dir: name the API server's own`);
    }
  }
  if (settings.credentials === 'kubeconfig') {
    const from = `${source('credentials')} kubeconfig`;
    if (settings.kubeconfigFiles === undefined) {
      problems.push(`${from} needs a kubeconfig with credentials: set --kubeconfig or KUBECONFIG too`);
    }
    if (!isLoopback(settings.listen.host)) {
      problems.push(
        `${source('listen')} must be a loopback address with ${from}: it lends your own credentials`,
      );
    }
    if (settings.verifyIntervalMs > 0) {
      problems.push(
        `${source('verifyIntervalMs')} does not go with ${from}: a check lists with what the client itself sent`,
      );
    }
  }
  if (!isLoopback(settings.adminListen.host)) {
    problems.push(
      `${source('adminListen')} must be a loopback address, because /debug is for this machine alone: ` +
        'for metrics to the outside use --metrics-listen',
    );
  }
  const listeners = (['listen', 'adminListen', 'metricsListen'] as const).flatMap((field) => {
    const at = settings[field];
    return at === undefined ? [] : [{ field, at }];
  });
  listeners.forEach(({ field, at }, index) => {
    const twin = listeners.slice(0, index).find((other) => isSame(other.at, at));
    if (twin !== undefined) problems.push(`${source(field)} must differ from ${source(twin.field)}`);
  });
  return problems;
}

function hubProblems(
  { hub, hubCa, hubServerName, credentials }: Settings,
  { source, lacks }: Told,
): string[] {
  if (lacks('hub')) {
    const given = (['hubCa', 'hubServerName'] as const).filter(
      (field) => ({ hubCa, hubServerName })[field] !== undefined,
    );
    return given.map((field) => `${source(field)} needs a hub: set --hub too`);
  }
  if (hub === undefined) return [];
  return [
    ...(lacks('hubCa') ? [`${source('hub')} needs the CA of its certificate: set --hub-ca too`] : []),
    ...(credentials === 'kubeconfig'
      ? [
          `${source('hub')} does not go with ${source('credentials')} kubeconfig: a hub asks who the client is`,
        ]
      : []),
  ];
}

function shareProblems(settings: Settings, { source, lacks }: Told): string[] {
  const { share, sieved, hub, credentials, tlsCertFile, tlsAuthority } = settings;
  // The kubeconfig of another watchsieve names the CA in its state directory.
  if (lacks('share') && tlsCertFile !== undefined)
    return [`${source('tlsCertFile')} is for a hub: set --share too`];
  if (lacks('tlsCertFile') !== lacks('tlsPrivateKeyFile'))
    return ['--tls-cert-file and --tls-private-key-file need each other: set both'];
  if (lacks('share') && tlsAuthority !== undefined)
    return [`${source('tlsAuthority')} is for a hub: set --share too`];
  if (tlsCertFile !== undefined && tlsAuthority !== undefined)
    return [`${source('tlsAuthority')} does not go with ${source('tlsCertFile')}: one certificate is served`];
  if (lacks('tlsAuthority') !== lacks('tlsAuthorityNames'))
    return ['--tls-authority and --tls-authority-names need each other: set both'];
  if (lacks('tlsAuthority') && settings.tlsAuthorityConfigmaps !== undefined)
    return [`${source('tlsAuthorityConfigmaps')} needs an authority: set --tls-authority too`];
  if (share === undefined) return [];
  const from = source('share');
  const known = sieved.map(({ resource }) => nameOf(resource));
  const problems = share
    .filter((name) => name !== 'secrets' && !known.includes(name))
    .map((name) => `${from}: ${name} is not sieved: name it in --resources too`);
  // Secrets would then be in this process's memory.
  if (share.includes('secrets')) problems.push(`${from} does not go with secrets`);
  if (hub !== undefined)
    problems.push(`${from} does not go with ${source('hub')}: a hub asks the API server`);
  if (credentials === 'kubeconfig') {
    problems.push(
      `${from} does not go with ${source('credentials')} kubeconfig: the API server has to say what each caller may have`,
    );
  }
  return problems;
}

function isSame(a: ListenAddress, b: ListenAddress): boolean {
  return a.port !== 0 && a.port === b.port && a.host === b.host;
}

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4');
LOOPBACK.addAddress('::1', 'ipv6');

function isLoopback(host: string): boolean {
  if (isIP(host) === 0) return host === 'localhost';
  return LOOPBACK.check(host, isIPv6(host) ? 'ipv6' : 'ipv4');
}
