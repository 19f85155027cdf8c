/** Reads all sources of settings without interpreting the values. Pure: files and environment are parameters. */
import type { Given, Source } from './given.ts';
import { type Env, readEnv } from './read-env.ts';
import { readFileSettings } from './read-file.ts';
import { readFlags } from './read-flags.ts';
import { entriesOfText } from './read-resources.ts';
import { SETTINGS } from './settings.ts';
import { messageOf } from '../platform/text/failure.ts';

export interface SettingsInput {
  readonly argv: readonly string[];
  readonly env: Env;
  /** Reads a text file; undefined if it does not exist. Throws if it exists but cannot be read. */
  readonly readFile: (path: string) => string | undefined;
  /** True if a file that is named explicitly may be missing too. */
  readonly mayBeMissing?: boolean;
  /** Tells whether a file that is read later exists. If undefined, all files count as existing. */
  readonly exists?: (path: string) => boolean;
}

export interface Gathered {
  readonly input: SettingsInput;
  /** Values from flags and environment, strongest first. */
  readonly stronger: readonly Given[];
  readonly file: Source;
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

/** All resource names in the settings, including those that a stronger source hides. */
export function namedResources({ stronger, file }: Gathered): readonly string[] {
  return [...stronger, ...file.given]
    .filter(({ field }) => field === 'resources')
    .flatMap(({ text, source, entries }) => entries ?? entriesOfText(text, source))
    .map(({ name }) => name);
}

/**
 * The file at the default path may be missing, because the ConfigMap mounted there is optional. Unless a flag or the
 * environment names the file, some settings are not allowed in it.
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
