/** All sources of settings, read: what each says, before anything is made of it. Pure: the world is handed in. */
import { type Given, type Source } from './given.ts';
import { type Env, readEnv } from './read-env.ts';
import { readFileSettings } from './read-file.ts';
import { readFlags } from './read-flags.ts';
import { entriesOfText } from './read-resources.ts';
import { SETTINGS } from './settings.ts';
import { messageOf } from '../platform/text/failure.ts';

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

/** What was given, by whom. */
export interface Gathered {
  readonly input: SettingsInput;
  /** By flags and environment, strongest first. */
  readonly stronger: readonly Given[];
  readonly file: Source;
  /** Of flags and environment. */
  readonly problems: readonly string[];
}

export function gatherSettings(input: SettingsInput): Gathered {
  const flags = readFlags(input.argv);
  const environment = readEnv(input.env);
  const stronger = [...flags.given, ...environment.given];
  return {
    input,
    stronger,
    file: readConfigFile(stronger, input.readFile, input.mayBeMissing ?? false),
    problems: [...flags.problems, ...environment.problems],
  };
}

/** The resources that are named, as they are written, by what a stronger source hides too. */
export function namedResources({ stronger, file }: Gathered): readonly string[] {
  return [...stronger, ...file.given]
    .filter(({ field }) => field === 'resources')
    .flatMap(({ text, source, entries }) => entries ?? entriesOfText(text, source))
    .map(({ name }) => name);
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
    const cause = messageOf(error);
    return { given: [], problems: [`${source}: cannot read ${path}: ${cause}`] };
  }
  if (text !== undefined) return readFileSettings(text, path, named !== undefined);
  return {
    given: [],
    problems: named === undefined || mayBeMissing ? [] : [`${source}: ${path} does not exist`],
  };
}
