/** One row of a table of settings: a setting of `serve` (settings.ts) or a flag of another command. Pure. */
import { type Kind, text } from './kinds.ts';

/** One row of the table; `T` is the type of its value. */
export interface Setting<T> {
  /** The flag without its dashes. The name in the environment and the key in the file are derived from it. */
  readonly flag: string;
  readonly group: string;
  readonly kind: Kind<unknown>;
  /** The default as the user would write it; undefined if there is none. */
  readonly default: string | undefined;
  /** The help text, without markup. */
  readonly help: string;
  /** Further names in the environment, weaker than the setting's own. */
  readonly alsoEnv: readonly string[];
  /** The files that may contain the setting, if it is not only a flag. */
  readonly inFile: InFile;
  /** True if a change in the file takes effect while the program runs. */
  readonly live: boolean;
  /** Undefined if the text is not of this kind. */
  parse(text: string): T | undefined;
  /** The value if the setting is not given. */
  readonly fallback: T;
  /** A letter with the same meaning as the flag. */
  readonly short?: string | undefined;
  /** True if the flag takes no value. */
  readonly isSwitch?: boolean | undefined;
  /** True if a repeated flag adds to its earlier values; otherwise it replaces them. */
  readonly repeats?: boolean | undefined;
}

/**
 * `any`: every config file. `named`: only a file that a flag or the environment names. This protects settings that say
 * where requests and credentials go and where the program listens and writes: the file at the default path is a mounted
 * ConfigMap, and its writers need not be trusted with the client's token. `none`: for the setting that names the file.
 */
export type InFile = 'any' | 'named' | 'none';

type Said = 'default' | 'alsoEnv' | 'inFile' | 'live' | 'short' | 'isSwitch' | 'repeats';
/** The optional properties of a row, and its help. */
type More = Pick<Setting<unknown>, 'help'> & Partial<Pick<Setting<unknown>, Said>>;

const USUAL = { default: undefined, alsoEnv: [], inFile: 'any', live: false } as const;

export function setting<T>(
  group: string,
  flag: string,
  kind: Kind<T>,
  more: More & { readonly default: string },
): Setting<T>;
export function setting<T>(group: string, flag: string, kind: Kind<T>, more: More): Setting<T | undefined>;
export function setting<T>(group: string, flag: string, kind: Kind<T>, more: More): Setting<T | undefined> {
  const fallback = more.default === undefined ? undefined : kind.parse(more.default);
  if (more.default !== undefined && fallback === undefined)
    throw new Error(`the default of --${flag} must be ${kind.allowed}`);
  return { ...USUAL, ...more, group, flag, kind, parse: (given) => kind.parse(given), fallback };
}

export function turnedOn(group: string, flag: string, help: string): Setting<true | undefined> {
  const kind = text('', 'nothing', () => true as const);
  return setting(group, flag, kind, { help, isSwitch: true });
}
