/**
 * Flags, environment and file → {@link Settings}, or every problem at once, so that one restart
 * fixes them all (R33). Pure: the world is handed in. Owns precedence and the checks between settings.
 */
import { BlockList, isIP, isIPv6 } from 'node:net';
import { delimiter, join, resolve } from 'node:path';
import type { Projection } from '../core/projection/filter.ts';
import { PRESETS, projectionOf } from '../core/projection/presets.ts';
import { printable } from '../platform/text/printable.ts';
import type { Given, Source } from './given.ts';
import type { ListenAddress } from './kinds.ts';
import { type Env, readEnv } from './read-env.ts';
import { readFileSettings } from './read-file.ts';
import { readFlags } from './read-flags.ts';
import {
  type Derived,
  type SettingField,
  SETTING_FIELDS,
  SETTINGS,
  type Settings,
  type SettingValues,
} from './settings.ts';

/** Where settings come from. */
export interface SettingsInput {
  /** What follows the command's name. */
  readonly argv: readonly string[];
  readonly env: Env;
  /** Reads a text file; undefined where there is none. Throws when there is one that cannot be read. */
  readonly readFile: (path: string) => string | undefined;
  /** Whether a file that is named explicitly may be missing too. */
  readonly mayBeMissing?: boolean;
  /** Whether a file is there that others read later; without it, all are. */
  readonly exists?: (path: string) => boolean;
}

/** Who set each value, as the user wrote it; `default` where nobody did. */
export type SettingSources = ReadonlyMap<SettingField, string>;

/** Settings that are right in every respect, or all that is wrong with them. */
export type ParsedSettings =
  | {
      readonly ok: Settings;
      readonly sources: SettingSources;
      /** Settings that the file gives in vain: a flag or the environment is stronger. */
      readonly hiddenInFile: readonly SettingField[];
    }
  | { readonly problems: readonly string[] };

/** Flag over environment over file. Values that a stronger one hides are checked all the same. */
export function parseSettings({
  argv,
  env,
  readFile,
  mayBeMissing = false,
  exists = () => true,
}: SettingsInput): ParsedSettings {
  const flags = readFlags(argv);
  const environment = readEnv(env);
  const stronger = [...flags.given, ...environment.given];
  const file = readConfigFile(stronger, readFile, mayBeMissing);
  const given = [...stronger, ...file.given];
  const problems = [...flags.problems, ...environment.problems, ...file.problems, ...valueProblems(given)];

  const sourceOf = (field: SettingField) => given.find((g) => g.field === field)?.source;
  const chosen = chooseProjection(given, file);
  problems.push(...chosen.problems);
  const settings = build(given, {
    projection: chosen.projection,
    kubeconfigFiles: kubeconfigFiles(given, env),
  });
  problems.push(...missingKubeconfig(given, settings, exists));
  problems.push(...crossProblems(settings, (field) => sourceOf(field) ?? `--${SETTINGS[field].flag}`));
  // They quote what was given, each on a line of its own.
  if (problems.length > 0) return { problems: problems.map(printable) };
  return {
    ok: settings,
    sources: new Map(SETTING_FIELDS.map((field) => [field, sourceOf(field) ?? 'default'])),
    hiddenInFile: file.given
      .map(({ field }) => field)
      .filter((field) => stronger.some((other) => other.field === field)),
  };
}

/**
 * The file at the default path may be missing: it is where a ConfigMap is mounted that need not exist. Nor may it hold
 * every setting, unless a flag or the environment names it.
 */
function readConfigFile(
  given: readonly Given[],
  readFile: SettingsInput['readFile'],
  mayBeMissing: boolean,
): Source {
  const named = given.find(({ field }) => field === 'config');
  const path = named?.text ?? SETTINGS.config.fallback;
  const source = named?.source ?? '--config, by default';
  let text: string | undefined;
  try {
    text = readFile(path);
  } catch (error) {
    const cause = error instanceof Error ? error.message : String(error);
    return { given: [], problems: [`${source}: cannot read ${path}: ${cause}`] };
  }
  if (text !== undefined) return readFileSettings(text, path, named !== undefined);
  return {
    given: [],
    problems: named === undefined || mayBeMissing ? [] : [`${source}: ${path} does not exist`],
  };
}

function valueProblems(given: readonly Given[]): string[] {
  return (
    given
      // A preset's name is looked up, once.
      .filter(({ field, text }) => field !== 'preset' && SETTINGS[field].parse(text) === undefined)
      .map(({ field, text, source }) => `${source} must be ${SETTINGS[field].kind.allowed}, not "${text}"`)
  );
}

/** Where a name leads nowhere, any projection will do: with a problem nothing is started. */
function chooseProjection(
  given: readonly Given[],
  file: Source,
): { readonly projection: Projection; readonly problems: readonly string[] } {
  const asked = given.find(({ field }) => field === 'preset');
  const name = asked?.text ?? SETTINGS.preset.fallback;
  const preset = PRESETS.find((known) => known === name);
  const projection = preset === undefined ? file.projections?.get(name) : projectionOf(preset);
  if (projection !== undefined) return { projection, problems: [] };
  const otherwise = projectionOf('metallb');
  // It may well be defined, in what is reported already.
  const isTold = file.projections?.has(name) ?? file.problems.length > 0;
  if (isTold && SETTINGS.preset.parse(name) !== undefined) return { projection: otherwise, problems: [] };
  const problem = `${asked?.source ?? '--preset'} must be ${SETTINGS.preset.kind.allowed}, not "${name}"`;
  return { projection: otherwise, problems: [problem] };
}

/** Where the kubeconfig lies. A Pod is told of its API server by the environment, and has no desk. */
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

/** A file that somebody named; of several, as kubectl does, one suffices. */
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

/** A value that is no value gives its default here: its problem is reported, and others can be found. */
function build(given: readonly Given[], derived: Derived): Settings {
  const values = SETTING_FIELDS.map((field) => {
    const text = given.find((one) => one.field === field)?.text;
    const row = SETTINGS[field];
    return [field, (text === undefined ? undefined : row.parse(text)) ?? row.fallback];
  });
  return Object.freeze({ ...(Object.fromEntries(values) as SettingValues), ...derived });
}

/** What is wrong between settings, each of which is right by itself. */
function crossProblems(settings: Settings, source: (field: SettingField) => string): string[] {
  const problems: string[] = [];
  if (settings.context !== undefined && settings.kubeconfigFiles === undefined) {
    problems.push(`${source('context')} needs a kubeconfig: set --kubeconfig or KUBECONFIG too`);
  }
  if ((settings.inClusterTokenFile === undefined) !== (settings.inClusterNamespace === undefined)) {
    problems.push('--in-cluster-token-file and --in-cluster-namespace need each other: set both');
  }
  if (settings.inClusterTokenFile !== undefined && settings.credentials === 'kubeconfig') {
    problems.push(
      `${source('inClusterTokenFile')} does not go with ${source('credentials')} kubeconfig: ` +
        'such clients bring their own token',
    );
  }
  const own = join(resolve(settings.stateDir), 'kubeconfig');
  for (const file of [settings.kubeconfigFiles ?? []].flat()) {
    const from = source('kubeconfig');
    // Easily done where clients and proxy share an environment; every request would come back to us.
    if (resolve(file) === own) {
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
